"""Golden trajectories of whole networks, computed by PyTorch in double precision from Engram's initial weights:

    ENGRAM_GOLDEN_WEIGHTS=$PWD/weights dotnet test tests/Models.Tests -c Release --filter Golden_weights
    python3 make_networks.py weights > networks.json

Every case of cases.json: ten steps of plain SGD, inputs and labels by the rules of twins.py. Stored: loss and logits of every step; of every
parameter's gradient at step 1 its norm, its product with a ±1 vector and up to 32 elements; the same of parameters and running statistics after step 10;
logits in evaluation mode after step 10; a checksum of the weights it began with.
"""
import hashlib
import json
import os
import sys

import numpy as np
import torch

import twins

STEPS, SAMPLES = 10, 32


def digits(value):
    return float(f"{value:.9g}")


def positions(count):
    """Where an array of that many elements is sampled: everywhere, or at the same places as GoldenCase.cs."""
    return np.arange(count) if count <= SAMPLES else twins.hash32(np.arange(SAMPLES) + count).astype(np.int64) % count


def sketch(array):
    flat = array.detach().double().numpy().reshape(-1)
    signs = 1.0 - 2.0 * (twins.hash32(np.arange(flat.size, dtype=np.uint64) + np.uint64(5)) & np.uint64(1)).astype(np.float64)
    return [digits(np.linalg.norm(flat)), digits(flat @ signs), *(digits(v) for v in flat[positions(flat.size)])]


def checksum(net):
    """SHA-256 over all parameters as float32, in the order of their names."""
    h = hashlib.sha256()
    for _, p in sorted(net.named_parameters()):
        h.update(p.detach().numpy().astype("<f4").tobytes())
    return h.hexdigest()


def trajectory(case, folder):
    net = twins.build(case)
    net.load_state_dict(twins.read_safetensors(os.path.join(folder, case["name"].replace(" ", "-").replace(",", "") + ".safetensors")), strict=True)
    row = {"name": case["name"], "weights": checksum(net), "losses": [], "logits": []}
    optimizer = torch.optim.SGD(net.parameters(), lr=case["learningRate"])
    for step in range(STEPS):
        optimizer.zero_grad()
        y = twins.run(net, twins.inputs(case, step))
        loss = torch.nn.functional.cross_entropy(y, twins.labels(case, step))
        loss.backward()
        if step == 0:
            row["gradient"] = {name: sketch(p.grad) for name, p in net.named_parameters()}
        row["losses"].append(digits(float(loss)))
        row["logits"].append([digits(v) for v in y.detach().reshape(-1).tolist()])
        optimizer.step()
    row["end"] = {name: sketch(v) for name, v in net.state_dict().items()}
    net.eval()
    row["evaluation"] = [digits(v) for v in twins.run(net, twins.inputs(case, STEPS)).detach().reshape(-1).tolist()]
    return row


if __name__ == "__main__":
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.json")) as f:
        cases = json.load(f)
    print("[")
    for i, case in enumerate(cases):
        print(case["name"], file=sys.stderr)
        print(json.dumps(trajectory(case, sys.argv[1]), separators=(",", ":")) + ("," if i + 1 < len(cases) else ""))
    print("]")
