namespace Engram.Kernels.Simt;

/// <summary>Uniform numbers, a block of four words per thread: those of <see cref="RandomFill"/>.</summary>
internal struct UniformKernel : IKernel
{
    public Floats Y;
    public ulong Key, Step;
    public float Low, Range;
    public int Count;

    public void Run()
    {
        int block = Gpu.Global, i = 4 * block;
        if (i >= Count)
            return;
        (uint w0, uint w1, uint w2, uint w3) = Philox.Block(Key, (ulong)block, Step);
        Y[i] = Gpu.Fma(RandomBits.ToUniform(w0), Range, Low);
        if (i + 1 < Count)
            Y[i + 1] = Gpu.Fma(RandomBits.ToUniform(w1), Range, Low);
        if (i + 2 < Count)
            Y[i + 2] = Gpu.Fma(RandomBits.ToUniform(w2), Range, Low);
        if (i + 3 < Count)
            Y[i + 3] = Gpu.Fma(RandomBits.ToUniform(w3), Range, Low);
    }
}

/// <summary>Normal numbers, a block of four words per thread: those of <see cref="RandomFill"/>.</summary>
internal struct NormalKernel : IKernel
{
    public Floats Y;
    public ulong Key, Step;
    public float Mean, Deviation;
    public int Count;

    public void Run()
    {
        int block = Gpu.Global, i = 4 * block;
        if (i >= Count)
            return;
        (uint w0, uint w1, uint w2, uint w3) = Philox.Block(Key, (ulong)block, Step);
        Pair(i, w0, w1);
        if (i + 2 < Count)
            Pair(i + 2, w2, w3);
    }

    private void Pair(int i, uint radius, uint turns)
    {
        RandomBits.ToNormals(new GpuLane(RandomBits.ToRadius(radius)), new GpuLane(RandomBits.ToUniform(turns)), out GpuLane cos, out GpuLane sin);
        Y[i] = Gpu.Fma(Deviation, cos.Value, Mean);
        if (i + 1 < Count)
            Y[i + 1] = Gpu.Fma(Deviation, sin.Value, Mean);
    }
}
