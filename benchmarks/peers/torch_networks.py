"""The networks of src/Models in plain PyTorch, under the same state-dict names, and a reader for safetensors files."""
import json

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)), inplace=True)


class ResNet18(nn.Module):
    def __init__(self, width, channels=3, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for k in range(4):
            outputs = width << k
            setattr(self, f"layer{k + 1}", nn.Sequential(Block(inputs, outputs, 1 if k == 0 else 2), Block(outputs, outputs, 1)))
            inputs = outputs
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class MixerBlock(nn.Module):
    def __init__(self, tokens, width, token_hidden, channel_hidden):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.mlp_tokens = Mlp(tokens, token_hidden)
        self.norm2 = nn.LayerNorm(width)
        self.mlp_channels = Mlp(width, channel_hidden)

    def forward(self, x):
        x = x + self.mlp_tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.mlp_channels(self.norm2(x))


class Stem(nn.Module):
    def __init__(self, channels, width, patch):
        super().__init__()
        self.proj = nn.Conv2d(channels, width, patch, patch)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class Mixer(nn.Module):
    def __init__(self, channels, size, patch=4, width=128, depth=4, token_hidden=64, channel_hidden=512, classes=10):
        super().__init__()
        self.stem = Stem(channels, width, patch)
        self.blocks = nn.Sequential(*[MixerBlock((size // patch) ** 2, width, token_hidden, channel_hidden) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.stem(x))).mean(1))


def network(name, channels, size):
    """resnet18-20, resnet18-64, mixer (width 128, depth 4), mixer-small (width 64, depth 2)"""
    if name.startswith("resnet18-"):
        return ResNet18(int(name.split("-")[1]), channels)
    if name == "mixer":
        return Mixer(channels, size)
    if name == "mixer-small":
        return Mixer(channels, size, width=64, depth=2, token_hidden=32, channel_hidden=128)
    raise SystemExit(f"unknown network {name}")


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    arrays = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        kind = {"F32": np.float32, "F64": np.float64, "I64": np.int64}[entry["dtype"]]
        start, end = entry["data_offsets"]
        arrays[name] = torch.from_numpy(np.frombuffer(data[8 + length + start:8 + length + end], kind).copy().reshape(entry["shape"]))
    return arrays
