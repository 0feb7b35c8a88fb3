"""Times PyTorch's matrix products: "batch m n k transposed_a transposed_b"; operands lie as those of the bench family."""
import os

import torch

from serve import serve

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
torch.manual_seed(0)


def make(batch, m, n, k, turned_a, turned_b):
    lead = (batch,) if batch > 1 else ()
    a = torch.randn(*lead, k, m).transpose(-2, -1) if turned_a else torch.randn(*lead, m, k)
    b = torch.randn(*lead, n, k).transpose(-2, -1) if turned_b else torch.randn(*lead, k, n)
    c = torch.empty(*lead, m, n)
    return lambda: torch.matmul(a, b, out=c)


with torch.no_grad():
    serve(lambda *sizes: make(*map(int, sizes)))
