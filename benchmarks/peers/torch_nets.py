"""Times PyTorch on the networks of torch_networks.py, one request per line: "network channels size batch kind repetitions" -> "seconds per call".

kinds: train (zero_grad, forward, cross-entropy, backward, SGD step), forward (no gradients, evaluation mode), peak (answers the process's largest resident
size in bytes after so many training steps). Thread counts come from the environment and are given to PyTorch as well."""
import os
import sys
import time

import torch
import torch.nn.functional as F

from torch_networks import network

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
torch.manual_seed(0)


def job(name, channels, size, batch, kind):
    net = network(name, channels, size)
    x, y = torch.randn(batch, channels, size, size), torch.randint(0, 10, (batch,))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

    def train():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), y).backward()
        optimizer.step()

    def forward():
        with torch.no_grad():
            net(x)
    if kind == "forward":
        net.eval()
        return forward
    return train


def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


jobs = {}
for line in sys.stdin:
    name, channels, size, batch, kind, repetitions = line.split()
    key = name, channels, size, batch, kind
    if key not in jobs:
        jobs.clear()  # one network at a time in memory
        jobs[key] = job(name, int(channels), int(size), int(batch), kind)
        for _ in range(2):
            jobs[key]()
    step = jobs[key]
    start = time.perf_counter()
    for _ in range(int(repetitions)):
        step()
    print(peak() if kind == "peak" else (time.perf_counter() - start) / int(repetitions), flush=True)
