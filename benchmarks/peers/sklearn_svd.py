"""Times scikit-learn's randomized_svd on a float32 matrix from a raw file: one request per line, "rank n_iter".

Answers "seconds error" per line; the relative Frobenius error is computed once per setting. Thread counts come from the environment."""
import sys
import time

import numpy as np
from sklearn.utils.extmath import randomized_svd

path, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
a = np.fromfile(path, dtype=np.float32).reshape(rows, columns)
norm = np.linalg.norm(a.astype(np.float64))
errors = {}
for line in sys.stdin:
    rank, iterations = line.split()
    arguments = dict(n_components=int(rank), n_oversamples=10, n_iter=iterations if iterations == "auto" else int(iterations), random_state=0)
    if line not in errors:
        u, s, vt = randomized_svd(a, **arguments)
        errors[line] = np.linalg.norm(a - (u.astype(np.float64) * s) @ vt) / norm
        randomized_svd(a, **arguments)
    start = time.perf_counter()
    randomized_svd(a, **arguments)
    print(time.perf_counter() - start, errors[line], flush=True)
