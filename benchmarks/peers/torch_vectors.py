"""Times PyTorch on flat float vectors.

project p kind: A-GEM's projection (kind conflict or agree). gram n p: all inner products of n rows. row n p: those of one row with all. combine n p: a vector
plus a combination of n rows. sgd, momentum, adam p _: a step of torch.optim over one flat parameter (the foreach form). Threads come from the environment."""
import os

import torch

from serve import serve

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
torch.manual_seed(0)


def optimizer(kind, p):
    flat = torch.nn.Parameter(torch.randn(p))
    flat.grad = torch.randn(p) * 1e-3
    if kind == "adam":
        return torch.optim.Adam([flat], lr=1e-3, foreach=True).step
    return torch.optim.SGD([flat], lr=1e-3, momentum=0.9 if kind == "momentum" else 0, foreach=True).step


def make(kind, first, second):
    if kind in ("sgd", "momentum", "adam"):
        return optimizer(kind, int(first))
    if kind == "project":
        g, r = torch.randn(int(first)), torch.randn(int(first))
        conflict = second == "conflict"

        def project():
            product = torch.dot(g, r).item()
            if conflict:
                g.sub_(r, alpha=product / torch.dot(r, r).item())
        return project
    rows, vector, coefficients = torch.randn(int(first), int(second)), torch.randn(int(second)), torch.randn(int(first))
    if kind == "gram":
        return lambda: rows @ rows.t()
    if kind == "row":
        return lambda: rows @ rows[0]
    return lambda: vector.addmv_(rows.t(), coefficients, alpha=1e-6)


with torch.no_grad():
    serve(make)
