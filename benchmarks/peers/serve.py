"""The loop of the peer scripts: one request per line, "words... repeats own" -> "seconds per call". own: 1 for the thread's processor time, 0 for the wall."""
import sys
import time


def settle():
    """Waits until the calls have been done; on the CPU they always have. torch_cuda.py puts the GPU's in its place."""


def serve(make, keep=1):
    """make(*words) gives the call of a request, or numbers that answer it at once; the last `keep` calls stay in memory."""
    calls = {}
    for line in sys.stdin:
        *request, repeats, own = line.split()
        key, repeats, clock = tuple(request), int(repeats), time.thread_time if own == "1" else time.perf_counter
        if key not in calls:
            while len(calls) >= keep:
                del calls[next(iter(calls))]
            made = make(*request)
            if not callable(made):
                print(*made, flush=True)
                continue
            calls[key] = made
            made()
            made()
        call = calls[key]
        if repeats > 1:
            for _ in range(1 + repeats // 4):  # outside the clock: brings caches back after the others' turns
                call()
        settle()
        start = clock()
        for _ in range(repeats):
            call()
        settle()
        print((clock() - start) / repeats, flush=True)
