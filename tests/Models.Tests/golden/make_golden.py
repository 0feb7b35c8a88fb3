"""Golden training trajectories, computed by PyTorch in double precision: python3 make_golden.py > golden.json

Each case: an MLP 20-16-12-5, fixed weights, inputs and labels (from numpy's generator, rounded to float32), ten steps of an
optimizer on one batch of 8 per step. Stored: the starting parameters, the batches, every step's loss, every parameter's gradient
at step 1, the parameters after step 10.
"""
import json
import numpy as np
import torch

torch.set_default_dtype(torch.float64)
SIZES, BATCH, STEPS = [20, 16, 12, 5], 8, 10
CASES = [
    ("relu sgd", "relu", {"kind": "sgd", "learningRate": 0.1}),
    ("gelu sgd momentum", "gelu", {"kind": "sgd", "learningRate": 0.05, "momentum": 0.9, "weightDecay": 0.001}),
    ("tanh sgd nesterov", "tanh", {"kind": "sgd", "learningRate": 0.05, "momentum": 0.8, "nesterov": True}),
    ("sigmoid adam", "sigmoid", {"kind": "adam", "learningRate": 0.01, "weightDecay": 0.01}),
    ("geluTanh adamw", "geluTanh", {"kind": "adam", "learningRate": 0.01, "weightDecay": 0.1, "decoupled": True}),
]
ACT = {"relu": torch.nn.ReLU, "gelu": torch.nn.GELU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid,
       "geluTanh": lambda: torch.nn.GELU(approximate="tanh")}


def optimizer(o, parameters):
    lr, wd = o["learningRate"], o.get("weightDecay", 0.0)
    if o["kind"] == "sgd":
        return torch.optim.SGD(parameters, lr=lr, momentum=o.get("momentum", 0.0), weight_decay=wd, nesterov=o.get("nesterov", False))
    return (torch.optim.AdamW if o.get("decoupled") else torch.optim.Adam)(parameters, lr=lr, weight_decay=wd)


def flat(tensors):
    return [float(v) for t in tensors for v in t.detach().reshape(-1)]


rows = []
for seed, (name, act, opt) in enumerate(CASES):
    rng = np.random.default_rng(seed)
    layers = []
    for i in range(3):
        layers.append(torch.nn.Linear(SIZES[i], SIZES[i + 1]))
        if i < 2:
            layers.append(ACT[act]())
    net = torch.nn.Sequential(*layers)
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.from_numpy(rng.uniform(-0.4, 0.4, tuple(p.shape)).astype(np.float32).astype(np.float64)))
    x = rng.normal(size=(STEPS, BATCH, SIZES[0])).astype(np.float32)
    y = rng.integers(0, SIZES[3], size=(STEPS, BATCH))
    start = flat(net.parameters())
    o = optimizer(opt, net.parameters())
    losses, gradient = [], None
    for s in range(STEPS):
        o.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(torch.from_numpy(x[s].astype(np.float64))), torch.from_numpy(y[s]))
        loss.backward()
        if s == 0:
            gradient = flat(p.grad for p in net.parameters())
        losses.append(float(loss))
        o.step()
    rows.append({"name": name, "activation": act, "optimizer": opt, "names": [n for n, _ in net.named_parameters()],
                 "start": start, "inputs": [float(v) for v in x.reshape(-1)], "labels": [int(v) for v in y.reshape(-1)],
                 "losses": losses, "gradient": gradient, "end": flat(net.parameters())})
print(json.dumps({"torch": torch.__version__, "sizes": SIZES, "batch": BATCH, "steps": STEPS, "cases": rows}))
