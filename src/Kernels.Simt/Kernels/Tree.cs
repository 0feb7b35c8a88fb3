namespace Engram.Kernels.Simt;

/// <summary>
/// A value per thread folded over a group, in two steps between barriers and always in the same order: 256 values to 16 (<see cref="Narrow{TFold}"/>), 16 to one
/// that every thread computes (<see cref="Total{TFold}"/>). A kernel with barriers writes its values to <c>shared[thread]</c>, meets, narrows, meets, totals.
/// </summary>
internal static class Tree
{
    /// <summary>Elements of shared memory that it takes.</summary>
    public const int Length = Gpu.Threads + Width;

    private const int Width = 16;

    /// <summary>The first sixteen threads fold sixteen values each.</summary>
    public static void Narrow<TFold>(Floats shared) where TFold : struct, IFoldOp
    {
        int t = Gpu.Thread;
        if (t >= Width)
            return;
        var folded = new GpuLane(shared[t]);
        for (int i = t + Width; i < Gpu.Threads; i += Width)
            folded = TFold.Merge(folded, new GpuLane(shared[i]));
        shared[Gpu.Threads + t] = folded.Value;
    }

    /// <summary>All of it, in every thread.</summary>
    public static float Total<TFold>(Floats shared) where TFold : struct, IFoldOp
    {
        var folded = new GpuLane(shared[Gpu.Threads]);
        for (int i = Gpu.Threads + 1; i < Length; i++)
            folded = TFold.Merge(folded, new GpuLane(shared[i]));
        return folded.Value;
    }

    /// <summary>Brings sums of parts, at most one part per thread, to where <see cref="Narrow(Doubles, int)"/> wants them; 0 where there is no part.</summary>
    public static void Spread(Doubles shared, Doubles parts, int first, int count, int step, int sums)
    {
        int t = Gpu.Thread;
        for (int s = 0; s < sums; s++)
            shared[(s * Length) + t] = t < count ? parts[first + (t * step) + s] : 0;
    }

    /// <summary>The same for sums in double precision, one or several: sum s of a thread at <c>shared[s·Length + thread]</c>, at most sixteen.</summary>
    public static void Narrow(Doubles shared, int sums = 1)
    {
        int t = Gpu.Thread % Width, first = Gpu.Thread / Width * Length;
        if (Gpu.Thread >= sums * Width)
            return;
        double sum = shared[first + t];
        for (int i = t + Width; i < Gpu.Threads; i += Width)
            sum += shared[first + i];
        shared[first + Gpu.Threads + t] = sum;
    }

    /// <summary>The total of one of them, in every thread.</summary>
    public static double Total(Doubles shared, int of = 0)
    {
        int first = of * Length;
        double sum = shared[first + Gpu.Threads];
        for (int i = first + Gpu.Threads + 1; i < first + Length; i++)
            sum += shared[i];
        return sum;
    }
}
