"""Trains a network on exactly the batches that the product trained on: python3 torch_train.py FOLDER -> one accuracy per line, after the first and the last epoch.

FOLDER (written by `Benchmarks train`) holds settings.json, weights.safetensors (the product's initial weights), x.bin and y.bin (training images, normalized
float32, and int32 labels), test-x.bin and test-y.bin, order.bin (int32 indices, one epoch after the other)."""
import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

from torch_networks import network, read_safetensors

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
folder = sys.argv[1]
with open(os.path.join(folder, "settings.json")) as file:
    s = json.load(file)
channels, size, batch = s["channels"], s["size"], s["batch"]


def images(name):
    return torch.from_numpy(np.fromfile(os.path.join(folder, name), np.float32).reshape(-1, channels, size, size))


def integers(name):
    return torch.from_numpy(np.fromfile(os.path.join(folder, name), np.int32).astype(np.int64))


x, y, test_x, test_y = images("x.bin"), integers("y.bin"), images("test-x.bin"), integers("test-y.bin")
order = integers("order.bin").reshape(s["epochs"], -1)
net = network(s["network"], channels, size)
net.load_state_dict(read_safetensors(os.path.join(folder, "weights.safetensors")), strict=True)
optimizer = torch.optim.SGD(net.parameters(), lr=s["learningRate"], momentum=s["momentum"])
for number, epoch in enumerate(order):
    net.train()
    for rows in epoch.split(batch):
        optimizer.zero_grad()
        F.cross_entropy(net(x[rows]), y[rows]).backward()
        optimizer.step()
    if number not in (0, len(order) - 1):
        continue
    net.eval()
    with torch.no_grad():
        right = sum(int((net(test_x[i:i + 250]).argmax(1) == test_y[i:i + 250]).sum()) for i in range(0, len(test_x), 250))
    print(right / len(test_x), flush=True)
