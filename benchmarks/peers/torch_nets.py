"""Times PyTorch on the networks of torch_networks.py: "network channels size batch kind".

kinds: backward (zero_grad, forward, cross-entropy, backward), train (the same and an SGD step), forward (no gradients, evaluation mode), peak (answers at once
with the process's largest resident size in bytes after ten training steps). Thread counts come from the environment."""
import os

import torch
import torch.nn.functional as F

from serve import serve
from torch_networks import network

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
torch.manual_seed(0)


def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


def make(name, channels, size, batch, kind):
    channels, size, batch = int(channels), int(size), int(batch)
    net = network(name, channels, size)
    x, y = torch.randn(batch, channels, size, size), torch.randint(0, 10, (batch,))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

    def backward():
        net.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), y).backward()

    def train():
        backward()
        optimizer.step()

    def forward():
        with torch.no_grad():
            net(x)
    if kind == "forward":
        net.eval()
    if kind == "peak":
        for _ in range(10):
            train()
        return [peak()]
    return {"backward": backward, "train": train, "forward": forward}[kind]


serve(make)
