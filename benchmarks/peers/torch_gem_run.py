"""Whole runs of GEM in plain PyTorch: ENGRAM_DATA=... python3 torch_gem_run.py STREAM SEED.

STREAM permutations is the preset gem-mnist-permutations (20 tasks of 1,000 images, rate 0.1, 256 memories a task), split is gem-mnist-split (5 tasks of two digits,
all images, rate 0.03, 100 memories a task); strength 0.5, batch 10, one pass, all tasks evaluated on all their test images after every task. Gradients go into the columns
of one matrix and the dual is solved in double precision from there, as the code that came with GEM lays it out. The order of images is the seed's own, not the preset's.
Prints the seconds of training and evaluation, and the mean accuracy after the last task in percent."""
import gzip
import os
import sys
import time

import numpy as np
import torch

from torch_step import Net, NARROW, by_columns

stream, seed = sys.argv[1], int(sys.argv[2])
torch.manual_seed(seed)
shuffle = np.random.RandomState(seed)
RATE, MEMORIES = (0.1, 256) if stream == "permutations" else (0.03, 100)


def read(part):
    def idx(kind, skip):
        with gzip.open(os.path.join(os.environ["ENGRAM_DATA"], "mnist", f"{part}-{kind}-ubyte.gz")) as file:
            return np.frombuffer(file.read(), np.uint8)[skip:]
    return torch.from_numpy(idx("images-idx3", 16).reshape(-1, 784).astype(np.float32) / 255), torch.from_numpy(idx("labels-idx1", 8).astype(np.int64))


def tasks():
    (x, y), (tx, ty) = read("train"), read("t10k")
    if stream == "permutations":
        for _ in range(20):
            order, chosen = torch.from_numpy(shuffle.permutation(784)), torch.from_numpy(shuffle.permutation(len(x))[:1000])
            yield x[chosen][:, order], y[chosen], tx[:, order], ty
        return
    for task in range(5):
        mine, test = torch.from_numpy(shuffle.permutation(np.flatnonzero((y // 2 == task).numpy()))), ty // 2 == task
        yield x[mine], y[mine], tx[test], ty[test]


start = time.perf_counter()
data = list(tasks())
prepared = time.perf_counter()
net = Net(NARROW)
net.optimizer.param_groups[0]["lr"] = RATE
length = sum(p.numel() for p in net.parameters)
memories = []
for t, (x, y, _, _) in enumerate(data):
    columns = torch.zeros(length, t + 1)

    def store(column):
        at = 0
        for p in net.parameters:
            columns[at:at + p.numel(), column].copy_(p.grad.view(-1))
            at += p.numel()

    for i in range(0, len(x), 10):
        for past, (mx, my) in enumerate(memories):
            net.backward(mx, my)
            store(past)
        net.backward(x[i:i + 10], y[i:i + 10])
        if t:
            store(t)
            net.step(by_columns(columns))
        else:
            net.optimizer.step()
    memories.append((x[-MEMORIES:], y[-MEMORIES:]))
    with torch.no_grad():
        accuracies = [float((net.net(tx).argmax(1) == ty).float().mean()) for _, _, tx, ty in data]
print(f"{time.perf_counter() - prepared:.2f} s after {prepared - start:.2f} s of reading, ACC {100 * np.mean(accuracies):.2f} %")
