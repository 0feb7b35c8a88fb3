"""Times GEM's training step in plain PyTorch: python3 torch_gem.py [past tasks] [steps]. MLP 784-100-100-10, batch 10, 256 memories a task.

Written from the method's description: one backward pass per past task, its gradient copied into a column of a [p, tasks] matrix, the products with the current
gradient, and, where one is negative, the dual problem in float64 with a ridge of 1e-3 (here ten sweeps of coordinate descent, half a millisecond), v >= 0.5."""
import os
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
torch.manual_seed(0)
PAST, STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 19, int(sys.argv[2]) if len(sys.argv) > 2 else 11
net = nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 100), nn.ReLU(), nn.Linear(100, 10))
optimizer = torch.optim.SGD(net.parameters(), lr=0.0001)
memory_x, memory_y = torch.rand(PAST, 256, 784), torch.randint(0, 10, (PAST, 256))
x, y = torch.rand(10 * STEPS, 784), torch.randint(0, 10, (10 * STEPS,))
sizes = [p.numel() for p in net.parameters()]
grads = torch.zeros(sum(sizes), PAST + 1)


def store(column):
    at = 0
    for parameter, size in zip(net.parameters(), sizes):
        grads[at:at + size, column].copy_(parameter.grad.view(-1))
        at += size


def project(memories, gradient, margin=0.5, ridge=1e-3):
    g, m = gradient.double().numpy(), memories.t().double().numpy()
    k = m @ m.T
    k = 0.5 * (k + k.T) + ridge * np.eye(len(k))
    b, v = m @ g, np.full(len(k), margin)
    for _ in range(10):
        for i in range(len(k)):
            v[i] = max(margin, v[i] - (k[i] @ v + b[i]) / k[i, i])
    return torch.from_numpy(m.T @ v + g).float()


def step(i):
    for task in range(PAST):
        net.zero_grad()
        F.cross_entropy(net(memory_x[task]), memory_y[task]).backward()
        store(task)
    net.zero_grad()
    F.cross_entropy(net(x[10 * i:10 * i + 10]), y[10 * i:10 * i + 10]).backward()
    solver = 0.0
    if PAST:
        store(PAST)
        start = time.perf_counter()
        products = torch.mm(grads[:, PAST].unsqueeze(0), grads[:, :PAST])
        if (products < 0).sum() != 0:
            z = project(grads[:, :PAST], grads[:, PAST])
            at = 0
            for parameter, size in zip(net.parameters(), sizes):
                parameter.grad.copy_(z[at:at + size].view_as(parameter))
                at += size
        solver = time.perf_counter() - start
    optimizer.step()
    return solver


times, solves = [], []
for i in range(STEPS):
    begin = time.perf_counter()
    solves.append(step(i))
    times.append(time.perf_counter() - begin)
print(f"step {1e3 * np.median(times[2:]):.3f} ms, of it products and solver {1e3 * np.median(solves[2:]):.3f} ms ({PAST} past tasks, medians of {STEPS - 2})")
