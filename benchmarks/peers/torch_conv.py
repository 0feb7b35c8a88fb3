"""Times PyTorch's conv2d, one request per line: "kind batch channels outputs size kernel stride padding groups repetitions own" -> "seconds per call".

kinds: forward, data (gradient of the image), weight (gradient of the weights). own: 1 for the
thread's processor time, 0 for the wall. Thread counts come from the environment."""
import os
import sys
import time

import torch

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
torch.manual_seed(0)
backward = torch.ops.aten.convolution_backward
calls = {}


def make(kind, b, i, o, size, k, s, p, groups):
    x, w = torch.randn(b, i, size, size), torch.randn(o, i // groups, k, k)
    y = torch.conv2d(x, w, None, s, p, 1, groups)
    g = torch.randn_like(y)
    a = (None, [s, s], [p, p], [1, 1], False, [0, 0], groups)
    if kind == "forward":
        return lambda: torch.conv2d(x, w, None, s, p, 1, groups)
    return lambda: backward(g, x, w, *a, [kind == "data", kind == "weight", False])


with torch.no_grad():
    for line in sys.stdin:
        kind, *sizes, repetitions, own = line.split()
        clock = time.thread_time if own == "1" else time.perf_counter
        key = (kind, *sizes)
        if key not in calls:
            calls = {key: make(kind, *map(int, sizes))}
            calls[key]()
            calls[key]()
        call = calls[key]
        start = clock()
        for _ in range(int(repetitions)):
            call()
        print((clock() - start) / int(repetitions), flush=True)
