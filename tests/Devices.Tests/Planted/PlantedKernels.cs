using Engram.Kernels.Simt;

namespace Engram.Devices.Tests;

/// <summary>Neighbours exchange values through shared memory; without the barrier it is a race.</summary>
internal struct SoundExchange : IGroupKernel
{
    public Floats X;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(Gpu.Threads);
        int t = Gpu.Thread;
        shared[t] = t;
        Gpu.Barrier();
        X[t] = shared[(t + 1) % Gpu.Threads];
    }
}

/// <summary>Threads write and read places that are some steps apart: what a counter of sectors and banks must see.</summary>
internal struct StridesKernel : IGroupKernel
{
    public Floats X;
    public int Step;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(33 * Gpu.Threads);
        int at = Gpu.Thread * Step;
        shared[at] = at;
        Gpu.Barrier();
        X[at] = Gpu.Fma(shared[at], 2f, 1f);
    }
}

/// <summary>Reads what another thread writes in the same phase: right in the emulator's order, and caught all the same.</summary>
internal struct RacyReduction : IGroupKernel
{
    public Floats X;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(Gpu.Threads);
        int t = Gpu.Thread;
        shared[t] = t;
        Gpu.Barrier();
        for (int half = Gpu.Threads / 2; half > 0; half /= 2)
        {
            if (t < half)
                shared[t] += shared[t + half];
        }

        Gpu.Barrier();
        X[t] = shared[0];
    }
}

/// <summary>A slot is used again while others may still read it: the barrier after the reading is missing.</summary>
internal struct ReusedSlot : IGroupKernel
{
    public Floats X;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(1);
        int t = Gpu.Thread;
        for (int i = 0; i < 2; i++)
        {
            if (t == 0)
                shared[0] = i;
            Gpu.Barrier();
            X[t] = shared[0];
        }
    }
}

/// <summary>The last thread's neighbour was never written.</summary>
internal struct UnwrittenShared : IGroupKernel
{
    public Floats X;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(Gpu.Threads + 1);
        int t = Gpu.Thread;
        shared[t] = t;
        Gpu.Barrier();
        X[t] = shared[t + 1];
    }
}

/// <summary>Half of the threads leave before the barrier.</summary>
internal struct EarlyReturn : IGroupKernel
{
    public Floats X;

    public void Run()
    {
        int t = Gpu.Thread;
        if (t < Gpu.Threads / 2)
            Gpu.Barrier();
        X[t] = t;
    }
}

/// <summary>Two branches, a barrier in each: on a GPU they are not the same one.</summary>
internal struct TwoBarriers : IGroupKernel
{
    public Floats X;

    public void Run()
    {
        int t = Gpu.Thread;
        if (t % 2 == 0)
        {
            Gpu.Barrier();
            X[t] = 0f;
        }
        else
        {
            Gpu.Barrier();
            X[t] = 1f;
        }
    }
}

/// <summary>Four elements at once from a place that is no multiple of four.</summary>
internal struct Misaligned : IGroupKernel
{
    public Floats X;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(4 * Gpu.Threads);
        int t = Gpu.Thread;
        Gpu.Store4(shared, 4 * t, Gpu.Load4(X, 0));
        Gpu.Barrier();
        Gpu.Store4(X, t + 1, Gpu.Load4(shared, 4 * t));
    }
}
