"""Proves that state dicts go both ways: interchange.py CASE.json FROM_ENGRAM.safetensors TO_ENGRAM.safetensors > result.json

Loads Engram's file strictly, answers with the logits in evaluation and in training mode; then fills the network anew, trains it a little so that the
running statistics move, writes its state_dict for Engram and answers with its logits in evaluation mode. For the full-size ResNet-18 the same file
also goes strictly into torchvision's network, where torchvision is at hand.
"""
import json
import sys

import torch

import twins

case = json.load(open(sys.argv[1]))
state = twins.read_safetensors(sys.argv[2])
net = twins.build(case)
net.load_state_dict(state, strict=True)
x = twins.inputs(case, 0)
answer = {}
with torch.no_grad():
    net.eval()
    answer["evaluation"] = twins.run(net, x).reshape(-1).tolist()
    net.train()
    answer["training"] = twins.run(net, x).reshape(-1).tolist()

if case["model"]["kind"] == "resnet18" and case["model"].get("width") == 64:
    try:
        import torchvision
        other = torchvision.models.resnet18(num_classes=case["outputs"])
        other.conv1 = torch.nn.Conv2d(case["shape"][0], 64, 3, 1, 1, bias=False)
        other.maxpool = torch.nn.Identity()
        other.load_state_dict(state, strict=True)
        other.eval()
        with torch.no_grad():
            answer["torchvision"] = other(x).reshape(-1).tolist()
    except ImportError:
        pass

torch.manual_seed(3)
net = twins.build(case)
optimizer = torch.optim.SGD(net.parameters(), lr=0.02)
for step in range(3):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(twins.run(net, twins.inputs(case, step + 1)), twins.labels(case, step + 1)).backward()
    optimizer.step()
twins.write_safetensors(sys.argv[3], net.state_dict())
net.load_state_dict(twins.read_safetensors(sys.argv[3]))
net.eval()
with torch.no_grad():
    answer["saved"] = twins.run(net, x).reshape(-1).tolist()
json.dump(answer, sys.stdout)
