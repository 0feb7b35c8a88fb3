"""Times PyTorch's normalizations, pooling, softmax, cross-entropy, activations, transposing copies and addition: "unit a b c".

The units and their sizes are those of the bench families."""
import os

import torch
from torch.nn import functional as F

from serve import serve

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
torch.manual_seed(0)
aten = torch.ops.aten
ONE = torch.tensor(1.0)


def make(unit, a, b, c):
    if unit in ("bn", "bnb"):
        x, w, z, v = torch.randn(a, b, c, c), torch.ones(b), torch.zeros(b), torch.ones(b)
        if unit == "bn":
            return lambda: F.batch_norm(x, z, v, w, z, True)
        _, mean, deviation = aten.native_batch_norm(x, w, z, None, None, True, 0.1, 1e-5)
        return lambda: aten.native_batch_norm_backward(x, x, w, None, None, mean, deviation, True, 1e-5, [True, True, True])
    if unit in ("ln", "lnb"):
        x, w, z = torch.randn(a, b), torch.ones(b), torch.zeros(b)
        if unit == "ln":
            return lambda: F.layer_norm(x, (b,), w, z, 1e-6)
        _, mean, deviation = aten.native_layer_norm(x, [b], w, z, 1e-6)
        return lambda: aten.native_layer_norm_backward(x, x, [b], mean, deviation, w, z, [True, True, True])
    if unit in ("mp", "mpb"):
        x = torch.randn(32, 64, 32, 32)
        if unit == "mp":
            return lambda: F.max_pool2d(x, a, b, c)
        y, at = aten.max_pool2d_with_indices(x, [a, a], [b, b], [c, c])
        return lambda: aten.max_pool2d_with_indices_backward(y, x, [a, a], [b, b], [c, c], [1, 1], False, at)
    if unit in ("sm", "smb"):
        x = torch.randn(a, b)
        y = x.softmax(1)
        return (lambda: x.softmax(1)) if unit == "sm" else (lambda: aten._softmax_backward_data(x, y, 1, torch.float32))
    if unit == "ce":
        x, labels = torch.randn(a, b), torch.randint(b, (a,))

        def loss_and_gradient():
            logs = torch.log_softmax(x, 1)
            _, total = aten.nll_loss_forward(logs, labels, None, 1, -100)
            return aten._log_softmax_backward_data(aten.nll_loss_backward(ONE, logs, labels, None, 1, -100, total), logs, 1, torch.float32)
        return loss_and_gradient
    if unit in ("ap", "apb"):
        x = torch.randn(a, b, c, c)
        g = torch.randn(a, b, c // 2, c // 2)
        return (lambda: F.avg_pool2d(x, 2)) if unit == "ap" else (lambda: aten.avg_pool2d_backward(g, x, [2, 2], [2, 2], [0, 0], False, True, None))
    if unit in ("gap", "gapb"):
        x, g = torch.randn(a, b, c, c), torch.randn(a, b, 1, 1)
        return (lambda: F.adaptive_avg_pool2d(x, 1)) if unit == "gap" else (lambda: g.expand(a, b, c, c).div(c * c))
    if unit == "tr":
        x, y = torch.randn(a, b, c), torch.empty(a, c, b)
        return lambda: y.copy_(x.transpose(1, 2))
    x, y, z = torch.randn(1 << 20), torch.randn(1 << 20), torch.empty(1 << 20)
    return {"gelu": lambda: F.gelu(x), "gelub": lambda: aten.gelu_backward(x, y), "relub": lambda: aten.threshold_backward(x, y, 0), "tanhb": lambda: aten.tanh_backward(x, y),
            "add": lambda: torch.add(x, y, out=z)}[unit]


with torch.no_grad():
    serve(lambda unit, *sizes: make(unit, *map(int, sizes)))
