"""Times how PyTorch finds <gradient of the loss of x, d> for every one of n samples: "way network n".

network: mlp (784-256-256-10) or one of torch_networks.py on 3x32x32, in evaluation mode. ways: tangents (forward-mode derivatives: values move along with
d), samples (per-sample gradients by functorch's vmap over grad, then inner products; in chunks, for they take n times the parameters). Threads come from
the environment."""
import os

import torch
import torch.autograd.forward_ad as forward_ad
import torch.nn as nn
import torch.nn.functional as F

from serve import serve
from torch_networks import network

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
torch.manual_seed(0)
CHUNK, FLOATS = 512, 32 << 20


def tangents(net, x, y):
    direction = [torch.randn_like(p) * 1e-3 for p in net.parameters()]
    owners = [(net.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2], p.detach()) for name, p in net.named_parameters()]
    for owner, name, _ in owners:
        del owner._parameters[name]

    def scores():
        with torch.no_grad(), forward_ad.dual_level():
            for (owner, name, p), d in zip(owners, direction):
                setattr(owner, name, forward_ad.make_dual(p, d))
            return torch.cat([forward_ad.unpack_dual(F.cross_entropy(net(rows), labels, reduction="none")).tangent
                              for rows, labels in zip(x.split(CHUNK), y.split(CHUNK))])
    return scores


def samples(net, x, y):
    from functorch import grad, make_functional_with_buffers, vmap

    direction = [torch.randn_like(p) * 1e-3 for p in net.parameters()]
    function, parameters, buffers = make_functional_with_buffers(net, disable_autograd_tracking=True)

    def loss(parameters, row, label):
        return F.cross_entropy(function(parameters, buffers, row[None]), label[None])
    gradients = vmap(grad(loss), (None, 0, 0))
    chunk = max(1, FLOATS // sum(p.numel() for p in parameters))

    def scores():
        return torch.cat([sum(g.flatten(1) @ d.flatten() for g, d in zip(gradients(parameters, rows, labels), direction))
                          for rows, labels in zip(x.split(chunk), y.split(chunk))])
    return scores


def make(way, name, n):
    if name == "mlp":
        net, x = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)), torch.rand(int(n), 784)
    else:
        net, x = network(name, 3, 32), torch.rand(int(n), 3, 32, 32)
    return {"tangents": tangents, "samples": samples}[way](net.eval(), x, torch.randint(0, 10, (int(n),)))


serve(make, keep=2)
