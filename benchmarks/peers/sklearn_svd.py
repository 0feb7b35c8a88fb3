"""Times decompositions.

svd FILE rows columns rank setting: truncated SVD of the float32 matrix in a raw file; setting is auto (scikit-learn's randomized_svd as it comes) or an index
of SETTINGS. choose FILE rows columns rank error: answers with the index of the fastest setting whose relative Frobenius error is no larger, or -1.
fit FILE classes samples features rank: a decomposition per class, then mean and factor of the covariance of the coefficients. qr rows columns: thin QR.
eigh order vectors: all eigenvalues and the leading eigenvectors of a symmetric matrix. Thread counts come from the environment."""
import time

import numpy as np
import scipy.linalg
from sklearn.utils.extmath import randomized_svd

from serve import serve

try:
    import torch
except ImportError:
    torch = None
SETTINGS = [("sklearn", more, n) for more in (10, 40) for n in (0, 1, 2, 3, 4, 5, 6, 7, 10, 14)]
SETTINGS += [("torch", more, n) for more in (0, 10, 40) for n in (0, 1, 2, 3, 4, 6, 8, 12)]


def decompose(a, rank, setting):
    kind, more, iterations = setting
    if kind == "sklearn":
        return randomized_svd(a, n_components=rank, n_oversamples=more, n_iter=iterations, random_state=0)
    torch.manual_seed(0)
    u, s, v = torch.svd_lowrank(torch.from_numpy(a), q=rank + more, niter=iterations)
    return u[:, :rank].numpy(), s[:rank].numpy(), v[:, :rank].numpy().T


def read(path, *shape):
    return np.fromfile(path, dtype=np.float32).reshape(shape)


def error(a, u, s, vt):
    return np.linalg.norm(a - (u.astype(np.float64) * s) @ vt) / np.linalg.norm(a.astype(np.float64))


def choose(a, rank, largest):
    best, fastest = -1, np.inf
    for index, setting in enumerate(SETTINGS):
        if setting[0] != "sklearn" and torch is None or error(a, *decompose(a, rank, setting)) > largest * (1 + 1e-5):
            continue
        for _ in range(4):
            start = time.perf_counter()
            decompose(a, rank, setting)
            taken = time.perf_counter() - start
            if taken < fastest:
                best, fastest = index, taken
    return [best]


def fit(x, rank):
    for rows in x:
        u = randomized_svd(rows.T, n_components=rank, random_state=0)[0]
        z = u.T @ rows.T
        values, vectors = np.linalg.eigh(np.cov(z).reshape(rank, rank))
        z.mean(1), vectors * np.sqrt(np.maximum(values, 0))


def make(kind, *words):
    if kind == "qr":
        a = np.random.default_rng(0).uniform(-1, 1, (int(words[0]), int(words[1]))).astype(np.float32)
        return lambda: np.linalg.qr(a)
    if kind == "eigh":
        order, vectors = int(words[0]), int(words[1])
        a = np.random.default_rng(0).uniform(-1, 1, (order, order)).astype(np.float32)
        a = (a + a.T) / 2
        return lambda: (scipy.linalg.eigh(a, check_finite=False), vectors)
    path, *sizes = words
    if kind == "fit":
        classes, samples, features, rank = map(int, sizes)
        x = read(path, classes, samples, features)
        return lambda: fit(x, min(rank, samples))
    rows, columns, rank = map(int, sizes[:3])
    a = read(path, rows, columns)
    if kind == "choose":
        return choose(a, rank, float(sizes[3]))
    setting = ("sklearn", 10, "auto") if sizes[3] == "auto" else SETTINGS[int(sizes[3])]
    return lambda: decompose(a, rank, setting)


serve(make, keep=2)
