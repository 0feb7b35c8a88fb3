namespace Engram.Kernels.Simt;

/// <summary>Layer normalization of a row, a row per group.</summary>
internal struct LayerNormalizationKernel : IGroupKernel
{
    public Floats X, Y, Gain, Bias, Mean, Deviation;
    public int Features;
    public float Epsilon;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(Tree.Length);
        int t = Gpu.Thread, row = Gpu.GroupX, start = row * Features;
        float part = 0f;
        for (int i = t; i < Features; i += Gpu.Threads)
            part += X[start + i];
        shared[t] = part;
        Gpu.Barrier();
        Tree.Narrow<SumFold>(shared);
        Gpu.Barrier();
        float mean = Tree.Total<SumFold>(shared) / Features, squares = 0f;
        for (int i = t; i < Features; i += Gpu.Threads)
        {
            float distance = X[start + i] - mean;
            squares = Gpu.Fma(distance, distance, squares);
        }

        shared[t] = squares;
        Gpu.Barrier();
        Tree.Narrow<SumFold>(shared);
        Gpu.Barrier();
        float deviation = 1f / MathF.Sqrt((Tree.Total<SumFold>(shared) / Features) + Epsilon);
        if (t == 0)
        {
            Mean[row] = mean;
            Deviation[row] = deviation;
        }

        for (int i = t; i < Features; i += Gpu.Threads)
            Y[start + i] = Gpu.Fma((X[start + i] - mean) * deviation, Gain[i], Bias[i]);
    }
}

/// <summary>dx of a row, a row per group: s·(h − Σh/n − x̂·Σ(h·x̂)/n) with h = dy·gain and x̂ = (x − mean)·s.</summary>
internal struct LayerNormalizationBackwardKernel : IGroupKernel
{
    public Floats Dy, X, Gain, Mean, Deviation, Dx;
    public int Features, Accumulate;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(Tree.Length);
        int t = Gpu.Thread, row = Gpu.GroupX, start = row * Features;
        float mean = Mean[row], deviation = Deviation[row], sum = 0f, product = 0f;
        for (int i = t; i < Features; i += Gpu.Threads)
        {
            float h = Dy[start + i] * Gain[i];
            sum += h;
            product = Gpu.Fma(h, (X[start + i] - mean) * deviation, product);
        }

        shared[t] = sum;
        Gpu.Barrier();
        Tree.Narrow<SumFold>(shared);
        Gpu.Barrier();
        sum = Tree.Total<SumFold>(shared) / Features;
        shared[t] = product;
        Gpu.Barrier();
        Tree.Narrow<SumFold>(shared);
        Gpu.Barrier();
        product = Tree.Total<SumFold>(shared) / Features;
        for (int i = t; i < Features; i += Gpu.Threads)
        {
            float h = Dy[start + i] * Gain[i], value = deviation * Gpu.Fma((X[start + i] - mean) * deviation, -product, h - sum);
            Dx[start + i] = Accumulate != 0 ? Dx[start + i] + value : value;
        }
    }
}
