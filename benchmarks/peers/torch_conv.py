"""Times PyTorch's conv2d: "kind batch channels outputs size kernel stride padding groups".

kinds: forward, data (gradient of the image), weight (gradient of the weights). Thread counts come from the environment."""
import os

import torch

from serve import serve

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
torch.manual_seed(0)
backward = torch.ops.aten.convolution_backward


def make(kind, b, i, o, size, k, s, p, groups):
    x, w = torch.randn(b, i, size, size), torch.randn(o, i // groups, k, k)
    y = torch.conv2d(x, w, None, s, p, 1, groups)
    g = torch.randn_like(y)
    a = (None, [s, s], [p, p], [1, 1], False, [0, 0], groups)
    if kind == "forward":
        return lambda: torch.conv2d(x, w, None, s, p, 1, groups)
    return lambda: backward(g, x, w, *a, [kind == "data", kind == "weight", False])


with torch.no_grad():
    serve(lambda kind, *sizes: make(kind, *map(int, sizes)))
