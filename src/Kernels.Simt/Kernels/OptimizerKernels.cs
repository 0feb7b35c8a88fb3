namespace Engram.Kernels.Simt;

/// <summary>One step of stochastic gradient descent per element; the formula is <see cref="Engram.Kernels.Cpu.SgdStep"/>'s.</summary>
internal struct SgdKernel : IKernel
{
    public Floats P, G, V;
    public float Rate, Decay, Momentum, Share;
    public int HasMomentum, IsFirst, Nesterov, Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Count)
            return;
        float old = P[i], slope = Gpu.Fma(Decay, old, G[i]), direction = slope;
        if (HasMomentum != 0)
        {
            float velocity = Share * slope;
            if (IsFirst == 0)
                velocity = Gpu.Fma(Momentum, V[i], velocity);
            V[i] = velocity;
            direction = Nesterov != 0 ? Gpu.Fma(Momentum, velocity, slope) : velocity;
        }

        P[i] = Gpu.Fma(Rate, direction, old);
    }
}

/// <summary>One Adam or AdamW step per element; the formula is <see cref="Engram.Kernels.Cpu.AdamStep"/>'s.</summary>
internal struct AdamKernel : IKernel
{
    public Floats P, G, M, V;
    public float StepLength, RootScale, Epsilon, Share1, Share2, Beta2, Added, Shrink;
    public int Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Count)
            return;
        float value = P[i], slope = Gpu.Fma(Added, value, G[i]), mean = M[i];
        mean = Gpu.Fma(Share1, slope - mean, mean);
        float square = Gpu.Fma(Beta2, V[i], Share2 * slope * slope);
        float scale = Gpu.Fma(MathF.Sqrt(square), RootScale, Epsilon);
        M[i] = mean;
        V[i] = square;
        P[i] = Gpu.Fma(StepLength, mean / scale, value * Shrink);
    }
}
