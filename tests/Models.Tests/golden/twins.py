"""The networks of src/Models in plain PyTorch, with the same state_dict names; and safetensors files without the library."""
import json
import struct

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

KINDS = {"F32": np.float32, "F64": np.float64, "I64": np.int64}


def read_safetensors(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    arrays = {}
    for name, e in header.items():
        if name != "__metadata__":
            begin, end = e["data_offsets"]
            arrays[name] = torch.from_numpy(np.frombuffer(data[begin:end], KINDS[e["dtype"]]).reshape(e["shape"]).copy())
    return arrays


def write_safetensors(path, arrays):
    header, parts, at = {}, [], 0
    for name, value in arrays.items():
        value = value.detach().numpy()
        value = value.astype(np.int64 if value.dtype == np.int64 else np.float32)
        raw = value.tobytes()
        header[name] = {"dtype": "I64" if value.dtype == np.int64 else "F32", "shape": list(value.shape), "data_offsets": [at, at + len(raw)]}
        parts.append(raw)
        at += len(raw)
    text = json.dumps(header).encode()
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


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
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    def __init__(self, shape, outputs, width=20, stemStride=1, pool=1):
        super().__init__()
        self.pool = pool
        self.conv1 = nn.Conv2d(shape[0], width, 3, stemStride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for i, stride in enumerate((1, 2, 2, 2)):
            channels = width << i
            setattr(self, f"layer{i + 1}", nn.Sequential(Block(inputs, channels, stride), Block(channels, channels, 1)))
            inputs = channels
        self.fc = nn.Linear(inputs * pool * pool, outputs)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(F.adaptive_avg_pool2d(x, self.pool).flatten(1))


class MlpBlock(nn.Module):
    def __init__(self, features, hidden):
        super().__init__()
        self.fc1 = nn.Linear(features, hidden)
        self.fc2 = nn.Linear(hidden, features)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class PatchEmbedding(nn.Module):
    def __init__(self, channels, patch, width):
        super().__init__()
        self.proj = nn.Conv2d(channels, width, patch, patch)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class MixerBlock(nn.Module):
    def __init__(self, tokens, channels, tokenHidden, channelHidden):
        super().__init__()
        self.norm1 = nn.LayerNorm(channels, 1e-6)
        self.mlp_tokens = MlpBlock(tokens, tokenHidden)
        self.norm2 = nn.LayerNorm(channels, 1e-6)
        self.mlp_channels = MlpBlock(channels, channelHidden)

    def forward(self, x):
        x = x + self.mlp_tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.mlp_channels(self.norm2(x))


class Mixer(nn.Module):
    def __init__(self, shape, outputs, patch=4, width=64, depth=2, tokenHidden=64, channelHidden=256):
        super().__init__()
        tokens = (shape[1] // patch) * (shape[2] // patch)
        self.stem = PatchEmbedding(shape[0], patch, width)
        self.blocks = nn.Sequential(*[MixerBlock(tokens, width, tokenHidden, channelHidden) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, 1e-6)
        self.head = nn.Linear(width, outputs)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.stem(x))).mean(1))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        b, t, w = x.shape
        q, k, v = self.qkv(x).reshape(b, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        p = (q @ k.transpose(-2, -1) / (w // self.heads) ** 0.5).softmax(-1)
        return self.proj((p @ v).transpose(1, 2).reshape(b, t, w))


class TransformerBlock(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, 1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, 1e-6)
        self.mlp = MlpBlock(width, hidden)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    def __init__(self, shape, outputs, patch=4, width=64, depth=4, heads=4, mlpHidden=128, classToken=True):
        super().__init__()
        tokens = (shape[1] // patch) * (shape[2] // patch)
        if classToken:
            self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, tokens + int(classToken), width))
        self.patch_embed = PatchEmbedding(shape[0], patch, width)
        self.blocks = nn.Sequential(*[TransformerBlock(width, heads, mlpHidden) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, 1e-6)
        self.head = nn.Linear(width, outputs)
        self.class_token = classToken

    def forward(self, x):
        x = self.patch_embed(x)
        if self.class_token:
            x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1)
        x = self.norm(self.blocks(x + self.pos_embed))
        return self.head(x[:, 0] if self.class_token else x.mean(1))


class SmallCnn(nn.Module):
    def __init__(self, shape, outputs, channels=(6, 16), hidden=(120, 84)):
        super().__init__()
        layers, inputs = [], shape[0]
        for i, c in enumerate(channels):
            layers += [nn.Conv2d(inputs, c, 5, padding=2 if i == 0 and min(shape[1:]) < 32 else 0), nn.ReLU(), nn.MaxPool2d(2)]
            inputs = c
        self.features = nn.Sequential(*layers)
        layers, inputs = [], self.features(torch.zeros(1, *shape)).numel()
        for h in hidden:
            layers += [nn.Linear(inputs, h), nn.ReLU()]
            inputs = h
        self.classifier = nn.Sequential(*layers, nn.Linear(inputs, outputs))

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class AlexNet(nn.Module):
    """Dropout, which no two engines draw alike, is left out."""

    def __init__(self, shape, outputs, hidden=2048, bias=False, dropout=0, lateDropout=0):
        super().__init__()
        assert dropout == 0 and lateDropout == 0
        self.conv1 = nn.Conv2d(shape[0], 64, 4, bias=bias)
        self.conv2 = nn.Conv2d(64, 128, 3, bias=bias)
        self.conv3 = nn.Conv2d(128, 256, 2, bias=bias)
        self.fc1 = nn.Linear(self.features(torch.zeros(1, *shape)).shape[1], hidden, bias=bias)
        self.fc2 = nn.Linear(hidden, hidden, bias=bias)
        self.fc3 = nn.Linear(hidden, outputs, bias=bias)

    def features(self, x):
        for conv in (self.conv1, self.conv2, self.conv3):
            x = F.max_pool2d(F.relu(conv(x)), 2)
        return x.flatten(1)

    def forward(self, x):
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(self.features(x))))))


def mgem_cnn(shape, outputs, channels=(128, 256, 512, 1024)):
    layers, inputs, size = [], shape[0], shape[1]
    for c in channels:
        layers += [nn.Conv2d(inputs, c, 3, 2, 1, bias=False), nn.BatchNorm2d(c), nn.ReLU()]
        inputs, size = c, (size + 1) // 2
    return nn.Sequential(*layers, nn.Conv2d(inputs, outputs, size), nn.Flatten())


def mlp(shape, outputs, hidden=(200, 200), activation="relu"):
    layers, inputs = [nn.Flatten()], shape[0] * shape[1] * shape[2]
    net = nn.Sequential()
    for h in hidden:
        layers += [nn.Linear(inputs, h), {"relu": nn.ReLU, "gelu": nn.GELU}[activation]()]
        inputs = h
    for i, layer in enumerate([*layers[1:], nn.Linear(inputs, outputs)]):
        net.add_module(str(i), layer)
    return net


TWINS = {"mlp": mlp, "mixer": Mixer, "vit": VisionTransformer, "resnet18": ResNet18, "small-cnn": SmallCnn, "alexnet": AlexNet, "mgem-cnn": mgem_cnn}


def build(case):
    """A twin in double precision for {"model": {"kind": …}, "shape": [c, h, w], "outputs": n}."""
    options = {k: v for k, v in case["model"].items() if k not in ("kind", "initialization")}
    torch.set_default_dtype(torch.float64)
    net = TWINS[case["model"]["kind"]](tuple(case["shape"]), case["outputs"], **options)
    net.flat_input = case["model"]["kind"] == "mlp"
    return net


def run(net, x):
    return net(x.flatten(1) if net.flat_input else x)


def hash32(i):
    """A 32-bit mix of whole numbers: the rule for inputs, labels and sampled positions, the same in GoldenCase.cs."""
    v = np.asarray(i, np.uint64) & np.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        v = ((v ^ (v >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    return v ^ (v >> np.uint64(16))


def inputs(case, step):
    """[batch, c, h, w], multiples of 2⁻¹⁶ in [−1, 1)."""
    shape = (case["batch"], *case["shape"])
    count = int(np.prod(shape))
    bits = hash32(np.arange(count, dtype=np.uint64) + np.uint64(1_000_003 * (step + 1 + 100 * case.get("seed", 0))))
    return torch.from_numpy(((bits >> np.uint64(15)).astype(np.float64) / 65536 - 1).reshape(shape))


def labels(case, step):
    bits = hash32(np.arange(case["batch"], dtype=np.uint64) + np.uint64(77_000_001 + 1009 * step))
    return torch.from_numpy((bits % np.uint64(case["outputs"])).astype(np.int64))
