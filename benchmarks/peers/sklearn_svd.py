"""Times truncated SVDs of a float32 matrix from a raw file: one request per line, "rank setting".

A setting is scikit-learn's n_iter (a number or auto, 10 vectors more than the rank), or torchN / torchrN: torch.svd_lowrank with niter N and q = rank + 10,
or q = rank. Answers "seconds error" per line; the relative Frobenius error is computed once per setting. Thread counts come from the environment. A fourth
argument "cpu" takes the process's own processor time."""
import sys
import time

import numpy as np

path, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
clock = time.process_time if sys.argv[4:] == ["cpu"] else time.perf_counter
a = np.fromfile(path, dtype=np.float32).reshape(rows, columns)
norm = np.linalg.norm(a.astype(np.float64))
errors = {}


def decompose(rank, setting):
    if setting.startswith("torch"):
        import torch

        exact = setting.startswith("torchr")
        torch.manual_seed(0)
        u, s, v = torch.svd_lowrank(torch.from_numpy(a), q=rank if exact else rank + 10, niter=int(setting[6 if exact else 5:]))
        return u[:, :rank].numpy(), s[:rank].numpy(), v[:, :rank].numpy().T
    from sklearn.utils.extmath import randomized_svd

    return randomized_svd(a, n_components=rank, n_oversamples=10, n_iter=setting if setting == "auto" else int(setting), random_state=0)


for line in sys.stdin:
    rank, setting = line.split()
    if line not in errors:
        u, s, vt = decompose(int(rank), setting)
        errors[line] = np.linalg.norm(a - (u.astype(np.float64) * s) @ vt) / norm
        decompose(int(rank), setting)
    start = clock()
    decompose(int(rank), setting)
    print(clock() - start, errors[line], flush=True)
