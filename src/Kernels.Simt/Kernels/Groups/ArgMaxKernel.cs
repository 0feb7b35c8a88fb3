namespace Engram.Kernels.Simt;

/// <summary>The first place of the largest element of a row, a row per group; of the first NaN where there is one.</summary>
internal struct ArgMaxKernel : IGroupKernel
{
    public Floats X;
    public Ints Indices;
    public int RowStride, Columns;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(Tree.Length);
        int t = Gpu.Thread, start = Gpu.GroupX * RowStride;
        var largest = new GpuLane(float.NegativeInfinity);
        for (int c = t; c < Columns; c += Gpu.Threads)
            largest = GpuLane.Max(largest, new GpuLane(X[start + c]));
        shared[t] = largest.Value;
        Gpu.Barrier();
        Tree.Narrow<MaxFold>(shared);
        Gpu.Barrier();
        float maximum = Tree.Total<MaxFold>(shared);

        Ints places = Gpu.SharedInts(Gpu.Threads);
        int first = Columns;
        for (int c = t; c < Columns && first == Columns; c += Gpu.Threads)
        {
            float value = X[start + c];
            if (value == maximum || (float.IsNaN(maximum) && float.IsNaN(value)))
                first = c;
        }

        places[t] = first;
        Gpu.Barrier();
        if (t == 0)
        {
            for (int i = 1; i < Gpu.Threads; i++)
                first = Math.Min(first, places[i]);
            Indices[Gpu.GroupX] = first;
        }
    }
}
