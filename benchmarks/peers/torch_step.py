"""Times PyTorch training steps of an MLP, one request per line: "kind batch repetitions" -> "seconds per step".

kinds: eager (autograd, as a user writes it), lean (hand-written in place, no autograd), agem (batch + reference batch of the same size,
projection always applied). Thread counts come from the environment and are given to PyTorch as well."""
import os
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
torch.manual_seed(0)
SIZES, POOL = [784, 256, 256, 10], 4096
X, Y = torch.rand(POOL, 784), torch.randint(0, 10, (POOL,))


class Feed:
    """walks over the pool in order, without copies"""

    def __init__(self, batch):
        self.batch, self.at = batch, 0

    def __call__(self):
        if self.at + self.batch > POOL:
            self.at = 0
        i = self.at
        self.at += self.batch
        return X[i:i + self.batch], Y[i:i + self.batch]


def network():
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))


def eager(batch):
    net = network()
    optimizer, feed = torch.optim.SGD(net.parameters(), lr=0.01), Feed(batch)

    def step():
        x, y = feed()
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
    return step


def lean(batch):
    w = [torch.randn(SIZES[i + 1], SIZES[i]) * (2.0 / SIZES[i]) ** .5 for i in range(3)]
    b = [torch.zeros(s) for s in SIZES[1:]]
    h, d = [None] + [torch.empty(batch, s) for s in SIZES[1:]], [torch.empty(batch, s) for s in SIZES[1:]]
    feed, rows = Feed(batch), torch.arange(batch)

    def step():
        with torch.no_grad():
            h[0], y = feed()
            for i in range(3):
                torch.addmm(b[i], h[i], w[i].t(), out=h[i + 1])
                if i < 2:
                    h[i + 1].clamp_(min=0)
            g = torch.softmax(h[3], 1)
            g[rows, y] -= 1
            g /= batch
            for i in (2, 1, 0):
                if i > 0:
                    torch.mm(g, w[i], out=d[i - 1])
                w[i].addmm_(g.t(), h[i], alpha=-0.01)
                b[i].sub_(g.sum(0), alpha=0.01)
                if i > 0:
                    g = d[i - 1].mul_(h[i] > 0)
    return step


def agem(batch):
    net = network()
    optimizer, feed, parameters = torch.optim.SGD(net.parameters(), lr=0.001), Feed(batch), list(net.parameters())
    mx, my = torch.rand(5000, 784), torch.randint(0, 10, (5000,))

    def gradient(x, y):
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        return torch.cat([p.grad.reshape(-1) for p in parameters])

    def step():
        j = torch.randint(0, 5000, (batch,))
        r = gradient(mx[j], my[j])
        g = gradient(*feed())
        g.sub_(r * (torch.dot(g, r) / torch.dot(r, r)))
        o = 0
        for p in parameters:
            k = p.numel()
            p.grad.copy_(g[o:o + k].view_as(p))
            o += k
        optimizer.step()
    return step


steps = {}
for line in sys.stdin:
    kind, batch, repetitions = line.split()
    if (kind, batch) not in steps:
        steps[kind, batch] = {"eager": eager, "lean": lean, "agem": agem}[kind](int(batch))
        for _ in range(20):
            steps[kind, batch]()
    step = steps[kind, batch]
    start = time.perf_counter()
    for _ in range(int(repetitions)):
        step()
    print((time.perf_counter() - start) / int(repetitions), flush=True)
