"""Runs another PyTorch script of this folder with its tensors on the GPU: "torch_cuda.py SCRIPT [DEVICE]", e.g. "torch_cuda.py torch_units.py".

Calls are queued as a program would queue them, and the clock waits for the GPU before and after. Products are float32, not TF32, as Engram's are."""
import os
import runpy
import sys

import torch

import serve

script, device = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "cuda"
if device.startswith("cuda"):
    if not torch.cuda.is_available():
        sys.exit("torch_cuda.py: this PyTorch finds no CUDA device; name an interpreter that has one in ENGRAM_PYTHON")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    serve.settle = torch.cuda.synchronize
if hasattr(torch, "set_default_device"):  # PyTorch 2
    torch.set_default_device(device)
elif device.startswith("cuda"):
    torch.set_default_tensor_type(torch.cuda.FloatTensor)
sys.argv = [script]
runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), script), run_name="__main__")
