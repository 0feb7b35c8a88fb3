"""Times PyTorch training steps: "kind batch extra".

eager B 0: MLP 784-256-256-10, autograd, as a user writes it. lean B 0: the same arithmetic by hand, in place, without autograd. agem B M: batch and a reference
batch of M, projection always applied. er B M: batch and M replayed samples in one pass, then a reservoir update. pamgem B M: A-GEM in two halves of
MLP 784-100-100-10. gem T FORM: GEM of MLP 784-100-100-10 after T tasks with 256 memories each; FORM exact (non-negative least squares), diagonal, slices or
slices.diagonal (two halves), or columns: every gradient copied into a column of one matrix and the dual in double precision from there, as the code that came with
GEM lays it out. gemsolver T FORM: what of that step follows the gradients, FORM exact or columns. Thread counts come from the environment."""
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from serve import serve

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
torch.manual_seed(0)
WIDE, NARROW, POOL, MEMORY = [784, 256, 256, 10], [784, 100, 100, 10], 4096, 5000
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


class Net:
    """a network with its optimizer, and gradients as flat vectors"""

    def __init__(self, sizes):
        layers = [layer for i in range(len(sizes) - 1) for layer in (nn.Linear(sizes[i], sizes[i + 1]), nn.ReLU())]
        self.net = nn.Sequential(*layers[:-1])
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.001)
        self.parameters = list(self.net.parameters())

    def backward(self, x, y):
        self.optimizer.zero_grad()
        F.cross_entropy(self.net(x), y).backward()

    def gradient(self, x, y):
        self.backward(x, y)
        return torch.cat([p.grad.reshape(-1) for p in self.parameters])

    def step(self, gradient):
        at = 0
        for p in self.parameters:
            p.grad.copy_(gradient[at:at + p.numel()].view_as(p))
            at += p.numel()
        self.optimizer.step()


def eager(batch, _):
    net, feed = Net(WIDE), Feed(batch)

    def step():
        net.backward(*feed())
        net.optimizer.step()
    return step


def lean(batch, _):
    w = [torch.randn(WIDE[i + 1], WIDE[i]) * (2.0 / WIDE[i]) ** .5 for i in range(3)]
    b = [torch.zeros(s) for s in WIDE[1:]]
    h, d = [None] + [torch.empty(batch, s) for s in WIDE[1:]], [torch.empty(batch, s) for s in WIDE[1:]]
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
                w[i].addmm_(g.t(), h[i], alpha=-0.001)
                b[i].sub_(g.sum(0), alpha=0.001)
                if i > 0:
                    g = d[i - 1].mul_(h[i] > 0)
    return step


def project(g, r):
    g.sub_(r * (torch.dot(g, r) / torch.dot(r, r)))


def agem(batch, reference, sizes=None, parts=1):
    net, feed = Net(sizes or WIDE), Feed(batch)
    mx, my = torch.rand(MEMORY, 784), torch.randint(0, 10, (MEMORY,))

    def step():
        j = torch.randint(0, MEMORY, (reference,))
        r = net.gradient(mx[j], my[j])
        g = net.gradient(*feed())
        for part, of in zip(g.tensor_split(parts), r.tensor_split(parts)):
            project(part, of)
        net.step(g)
    return step


def er(batch, replayed):
    net, feed = Net(WIDE), Feed(batch)
    mx, my, seen = torch.rand(MEMORY, 784), torch.randint(0, 10, (MEMORY,)), 4 * MEMORY

    def step():
        x, y = feed()
        j = torch.randint(0, MEMORY, (replayed,))
        net.backward(torch.cat((x, mx[j])), torch.cat((y, my[j])))
        net.optimizer.step()
        slots = (torch.rand(batch) * torch.arange(seen + 1, seen + batch + 1)).long()
        kept = slots < MEMORY
        mx[slots[kept]], my[slots[kept]] = x[kept], y[kept]
    return step


def multipliers(k, b, form, strength=0.5):
    from scipy.optimize import nnls

    if form.endswith("diagonal"):
        return np.maximum(strength, -b / np.diag(k))
    # v = strength + u, u >= 0: min |Lt u + L^-1 c|
    lower = np.linalg.cholesky(k + 1e-6 * np.trace(k) / len(k) * np.eye(len(k)))
    return strength + nnls(lower.T, -np.linalg.solve(lower, b + strength * k.sum(1)))[0]


def swept(k, b, strength=0.5, ridge=1e-3):
    """ten sweeps over single multipliers, half a millisecond for 19"""
    k, v = 0.5 * (k + k.T) + ridge * np.eye(len(k)), np.full(len(k), strength)
    for _ in range(10):
        for i in range(len(k)):
            v[i] = max(strength, v[i] - (k[i] @ v + b[i]) / k[i, i])
    return v


def by_rows(rows, g, form):
    for part, of in zip(g.tensor_split(2), rows.tensor_split(2, 1)) if form.startswith("slices") else [(g, rows)]:
        b = (of @ part).double().numpy()
        if b.min() < 0:
            k = (of @ of.t()).double().numpy()
            part += torch.from_numpy(multipliers(k, b, form)).float() @ of
    return g


def by_columns(columns):
    """the last column is the gradient"""
    g, memories = columns[:, -1], columns[:, :-1]
    if (torch.mm(g.unsqueeze(0), memories) < 0).sum() == 0:
        return g
    m, current = memories.t().double().numpy(), g.double().numpy()
    return torch.from_numpy(m.T @ swept(m @ m.T, m @ current) + current).float()


def gem(tasks, form):
    net, feed = Net(NARROW), Feed(10)
    mx, my = torch.rand(tasks, 256, 784), torch.randint(0, 10, (tasks, 256))
    length = sum(p.numel() for p in net.parameters)
    rows, columns = torch.empty(tasks, length), torch.zeros(length, tasks + 1)

    def store(column):
        at = 0
        for p in net.parameters:
            columns[at:at + p.numel(), column].copy_(p.grad.view(-1))
            at += p.numel()

    def step():
        for task in range(tasks):
            if form == "columns":
                net.backward(mx[task], my[task])
                store(task)
            else:
                rows[task] = net.gradient(mx[task], my[task])
        if form == "columns":
            net.backward(*feed())
            store(tasks)
            net.step(by_columns(columns))
        else:
            net.step(by_rows(rows, net.gradient(*feed()), form))
    return step


def gemsolver(tasks, form):
    """gradients that share a direction, against a batch that goes the other way"""
    net = Net(NARROW)
    length = sum(p.numel() for p in net.parameters)
    shared = torch.rand(length) - 0.5
    rows = 0.3 * shared + torch.rand(tasks, length) - 0.5
    starts = -0.1 * shared + 0.3 * (torch.rand(8, length) - 0.5)
    columns, turn = torch.cat((rows, starts[:1])).t().contiguous(), [0]

    def step():
        turn[0] += 1
        g = starts[turn[0] % 8]
        if form == "columns":
            columns[:, -1] = g
            by_columns(columns)
        else:
            by_rows(rows, g.clone(), form)
    return step


def make(kind, first, second):
    if kind in ("gem", "gemsolver"):
        return (gem if kind == "gem" else gemsolver)(int(first), second)
    if kind == "pamgem":
        return agem(int(first), int(second), NARROW, 2)
    return {"eager": eager, "lean": lean, "agem": agem, "er": er}[kind](int(first), int(second))


if __name__ == "__main__":
    serve(make, keep=2)
