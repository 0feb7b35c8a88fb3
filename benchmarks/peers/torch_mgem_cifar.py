"""GEM on Split CIFAR-100 in plain PyTorch, beside the preset mgem-cifar100: ENGRAM_DATA=... python3 torch_mgem_cifar.py STRENGTH SEED [TASKS IMAGES MEMORIES TEST BATCH].

mGEM's network, masked heads (hidden logits -1e10), SGD 0.1, one pass, the last MEMORIES images of each task; strength below 0 is fine-tuning. The images are the first
IMAGES of a seeded shuffle of each task's, by default all, as the preset has them; their order differs. Prints accuracies in percent."""
import os
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
strength, seed = float(sys.argv[1]), int(sys.argv[2])
TASKS, IMAGES, MEMORIES, TEST, BATCH = (int(v) for v in (sys.argv[3:8] + ["10", "100000", "16", "200", "20"][len(sys.argv[3:8]):]))
CLASSES = 100 // TASKS
torch.manual_seed(seed)
shuffle = np.random.RandomState(seed)


def read(name):
    raw = np.fromfile(os.path.join(os.environ["ENGRAM_DATA"], "cifar100", name), np.uint8).reshape(-1, 3074)
    return torch.from_numpy(raw[:, 2:].reshape(-1, 3, 32, 32).astype(np.float32) / 255), torch.from_numpy(raw[:, 1].astype(np.int64))


def task_of(images, labels, task, most):
    chosen = np.flatnonzero((labels.numpy() // CLASSES) == task)
    shuffle.shuffle(chosen)
    return images[chosen[:most]], labels[chosen[:most]]


def network():
    layers, channels = [], 3
    for width in (128, 256, 512, 1024):
        layers += [nn.Conv2d(channels, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        channels = width
    return nn.Sequential(*layers, nn.Conv2d(channels, 100, 2), nn.Flatten())


def masked(logits, task):
    hidden = torch.full_like(logits, -1e10)
    own = slice(task * CLASSES, (task + 1) * CLASSES)
    hidden[:, own] = logits[:, own]
    return hidden


def gradient(x, y, task):
    net.zero_grad()
    F.cross_entropy(masked(net(x), task), y).backward()
    return torch.cat([p.grad.reshape(-1) for p in net.parameters()])


def reference(x, y, task):
    kept = [b.clone() for b in net.buffers()]  # memories are looked at, not learned from: running statistics stay
    g = gradient(x, y, task)
    for buffer, value in zip(net.buffers(), kept):
        buffer.copy_(value)
    return g


def project(g, rows):
    m = torch.stack(rows).double().numpy()
    k, b = m @ m.T, m @ g.double().numpy()
    if (b >= 0).all():
        return g
    v = np.full(len(b), strength)
    for _ in range(300):
        for i in range(len(b)):
            if k[i, i] > 0:
                v[i] = max(strength, v[i] - (k[i] @ v + b[i]) / k[i, i])
    return g + torch.from_numpy(m.T @ v).float()


def accuracy(task):
    net.eval()
    with torch.no_grad():
        right = (masked(net(tests[task][0]), task).argmax(1) == tests[task][1]).float().mean().item()
    net.train()
    return right


train, test = read("train.bin"), read("test.bin")
tests = [task_of(*test, task, TEST) for task in range(TASKS)]
net = network()
parameters, memory, matrix = list(net.parameters()), [], []
for task in range(TASKS):
    x, y = task_of(*train, task, IMAGES)
    for start in range(0, len(y), BATCH):
        g = gradient(x[start:start + BATCH], y[start:start + BATCH], task)
        if strength >= 0 and memory:
            g = project(g, [reference(*memory[k], k) for k in range(task)])
        at = 0
        with torch.no_grad():
            for p in parameters:
                p -= 0.1 * g[at:at + p.numel()].view_as(p)
                at += p.numel()
    memory.append((x[-MEMORIES:], y[-MEMORIES:]))
    matrix.append([accuracy(j) for j in range(TASKS)])
r = 100 * np.array(matrix)
last = np.arange(TASKS)
print(f"strength {strength} seed {seed}: ACC {r[-1].mean():.2f} BWT {(r[-1] - r[last, last])[:-1].mean() if TASKS > 1 else float('nan'):.2f} learning accuracy {r[last, last].mean():.2f}")
