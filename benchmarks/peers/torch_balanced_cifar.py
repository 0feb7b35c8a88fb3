"""Balanced retrieval on Split CIFAR in plain PyTorch, beside the presets balanced-cifar100 and balanced-cifar10: ENGRAM_DATA=... python3 torch_balanced_cifar.py ARM SEED [DATASET BUFFER IMAGES TEST].

ARM: random (PCR), mir, imir or balanced (5:5); DATASET: cifar100 (20 tasks of 5 classes) or cifar10 (5 of 2); IMAGES and TEST: training and test images a task at most, 0 for all. ResNet-18 of width 20 with
cosine proxies, temperature 0.09, the proxy-based contrastive loss over two views (as it is; flip, crop, brightness, contrast, saturation), SGD 0.1, batches of 10 beside 10 replayed rows, one
pass, reservoir. Candidates: 50, scored in evaluation mode by a virtual step of SGD as MIR does, the contrast set that of the batch and the candidate's own class. The class order is the
engine's own for the seed (Philox, the same words), so that every task has the same images of the same files; their order within a task, draws and initial weights are PyTorch's.
Prints a JSON document."""
import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

from torch_networks import ResNet18

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
arm, seed = sys.argv[1], int(sys.argv[2])
name = sys.argv[3] if len(sys.argv) > 3 else "cifar100"
capacity = int(sys.argv[4]) if len(sys.argv) > 4 else 2000
images = int(sys.argv[5]) if len(sys.argv) > 5 else 0
test_images = int(sys.argv[6]) if len(sys.argv) > 6 else 0
high, low = {"random": (0, 0), "mir": (10, 0), "imir": (0, 10), "balanced": (5, 5)}[arm]
CLASSES, PER_TASK = (100, 5) if name == "cifar100" else (10, 2)
RATE, BATCH, REPLAYED, CANDIDATES, TEMPERATURE, HIDDEN = 0.1, 10, 10, 50, 0.09, -1e30
MASK = (1 << 64) - 1
torch.manual_seed(seed)
draws = np.random.RandomState(seed)


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def words(seed, purpose):
    """The engine's random words of a seed and a purpose: Philox 4x32-10, key by FNV-1a and SplitMix64's finalizer."""
    fnv = 0xCBF29CE484222325
    for c in purpose:
        fnv = ((fnv ^ ord(c)) * 0x100000001B3) & MASK
    key, block = mix(mix(fnv) ^ mix((seed + 0x9E3779B97F4A7C15) & MASK)), 0
    while True:
        c0, c1, c2, c3, k0, k1 = block & 0xFFFFFFFF, block >> 32, 0, 0, key & 0xFFFFFFFF, key >> 32
        for _ in range(10):
            p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
            c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & 0xFFFFFFFF, (p0 >> 32) ^ c3 ^ k1, p0 & 0xFFFFFFFF
            k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
        yield from (c0, c1, c2, c3)
        block += 1


def class_order():
    stream, order = words(seed, "class order"), list(range(CLASSES))
    for i in range(CLASSES - 1, 0, -1):
        while True:  # Lemire's bounded numbers
            product = next(stream) * (i + 1)
            if (product & 0xFFFFFFFF) >= (1 << 32) % (i + 1):
                break
        j = product >> 32
        order[i], order[j] = order[j], order[i]
    return order


def read(split):
    folder = os.path.join(os.environ["ENGRAM_DATA"], name)
    if name == "cifar100":
        files, skip = [split + ".bin"], 2
    else:
        files, skip = ([f"data_batch_{i}.bin" for i in range(1, 6)] if split == "train" else ["test_batch.bin"]), 1
    raw = np.concatenate([np.fromfile(os.path.join(folder, file), np.uint8).reshape(-1, 3072 + skip) for file in files])
    return torch.from_numpy(raw[:, skip:].reshape(-1, 3, 32, 32)), torch.from_numpy(raw[:, skip - 1].astype(np.int64))


class CosineNet(ResNet18):
    def __init__(self):
        super().__init__(20, 3, CLASSES)
        self.fc = torch.nn.Linear(160, CLASSES, bias=False)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return F.linear(F.normalize(F.adaptive_avg_pool2d(x, 1).flatten(1)), F.normalize(self.fc.weight)) / TEMPERATURE


def changed(x):
    n = len(x)
    padded, out = F.pad(x, (4, 4, 4, 4)), torch.empty_like(x)
    for i, (down, right, flip) in enumerate(zip(draws.randint(0, 9, n), draws.randint(0, 9, n), draws.rand(n) < 0.5)):
        crop = padded[i, :, down:down + 32, right:right + 32]
        out[i] = crop.flip(2) if flip else crop
    factor = torch.from_numpy((0.6 + 0.8 * draws.rand(3, n, 1, 1, 1)).astype(np.float32))
    red_green_blue = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    out = (out * factor[0]).clamp_(0, 1)
    out = (out * factor[1] + (1 - factor[1]) * (out * red_green_blue).sum(1, keepdim=True).mean((2, 3), keepdim=True)).clamp_(0, 1)
    return (out * factor[2] + (1 - factor[2]) * (out * red_green_blue).sum(1, keepdim=True)).clamp_(0, 1)


def offsets(labels):
    counts = torch.bincount(labels, minlength=CLASSES)
    return torch.where(counts > 0, counts.clamp(min=1).float().log(), torch.full((CLASSES,), HIDDEN))


def losses(x, labels, batch):
    """Losses of candidates, each as if it alone joined the batch."""
    own = offsets(batch).repeat(len(labels), 1)
    own[torch.arange(len(labels)), labels] = (torch.bincount(batch, minlength=CLASSES)[labels] + 1).float().log()
    return F.cross_entropy(net(x) + own, labels, reduction="none")


def retrieve(x, y, candidates):
    statistics = [b.clone() for b in net.buffers()]
    gradients = torch.autograd.grad(F.cross_entropy(net(x) + offsets(y), y), parameters)
    for buffer, value in zip(net.buffers(), statistics):
        buffer.copy_(value)
    net.eval()
    with torch.no_grad():
        kept = [p.clone() for p in parameters]
        before = losses(memory_x[candidates].float() / 255, memory_y[candidates], y)
        for p, g in zip(parameters, gradients):
            p -= RATE * g
        scores = losses(memory_x[candidates].float() / 255, memory_y[candidates], y) - before
        for p, value in zip(parameters, kept):
            p.copy_(value)
    net.train()
    order = torch.argsort(scores, descending=True, stable=True)
    return candidates[torch.cat([order[:high], order[len(order) - low:]]).numpy()]


def accuracy(task):
    x, y = tests[task]
    net.eval()
    with torch.no_grad():
        right = sum((net(rows.float() / 255).argmax(1) == labels).sum().item() for rows, labels in zip(x.split(250), y.split(250)))
    net.train()
    return right / len(y)


train, test, order = read("train"), read("test"), class_order()
tasks = [order[t:t + PER_TASK] for t in range(0, CLASSES, PER_TASK)]
chosen = [torch.isin(test[1], torch.tensor(task)) for task in tasks]
tests = [(test[0][rows][:test_images or None], test[1][rows][:test_images or None]) for rows in chosen]
net = CosineNet()
parameters = list(net.parameters())
memory_x, memory_y, held, offered = torch.empty(capacity, 3, 32, 32, dtype=torch.uint8), torch.empty(capacity, dtype=torch.int64), 0, 0
matrix, used, started = [], 0, time.time()
for number, task in enumerate(tasks):
    rows = np.flatnonzero(np.isin(train[1].numpy(), task))
    draws.shuffle(rows)
    rows = rows[:images] if images else rows
    used += len(rows)
    for start in range(0, len(rows), BATCH):
        batch = rows[start:start + BATCH]
        x, y = train[0][batch].float() / 255, train[1][batch]
        joint_x, joint_y = x, y
        if held:
            candidates = draws.choice(held, min(held, CANDIDATES if high + low else REPLAYED), replace=False)
            back = retrieve(x, y, candidates) if len(candidates) > REPLAYED else candidates
            joint_x, joint_y = torch.cat([x, memory_x[back].float() / 255]), torch.cat([y, memory_y[back]])
        joint_x, joint_y = torch.cat([joint_x, changed(joint_x)]), joint_y.repeat(2)
        net.zero_grad()
        F.cross_entropy(net(joint_x) + offsets(joint_y), joint_y).backward()
        with torch.no_grad():
            for p in parameters:
                p -= RATE * p.grad
        for i in batch:
            offered += 1
            slot = held if held < capacity else draws.randint(offered)
            held = min(capacity, held + 1)
            if slot < capacity:
                memory_x[slot], memory_y[slot] = train[0][i], train[1][i]
    matrix.append([accuracy(t) for t in range(number + 1)])
final = matrix[-1]
print(json.dumps({
    "arm": arm, "seed": seed, "dataset": name, "buffer": capacity, "images": used, "tasks": tasks, "acc": float(np.mean(final)),
    "forgetting": float(np.mean([max(matrix[t][j] for t in range(j, len(tasks) - 1)) - final[j] for j in range(len(tasks) - 1)])),
    "learningAccuracy": float(np.mean([matrix[t][t] for t in range(len(tasks))])), "anytime": float(np.mean([np.mean(row) for row in matrix])),
    "matrix": matrix, "seconds": time.time() - started, "torch": torch.__version__,
}))
