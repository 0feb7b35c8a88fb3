namespace Engram.Kernels.Simt;

/// <summary>y ← value.</summary>
internal struct FillKernel : IKernel
{
    public Floats Y;
    public Space Space;
    public Steps AtY;
    public float Value;
    public int Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i < Count)
            Y[Space.At(i, AtY)] = Value;
    }
}

/// <summary>y ← op(x).</summary>
internal struct MapKernel<TOp> : IKernel where TOp : struct, IUnaryOp
{
    public TOp Op;
    public Floats X, Y;
    public Space Space;
    public Steps AtX, AtY;
    public int Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i < Count)
            Y[Space.At(i, AtY)] = Op.Forward(new GpuLane(X[Space.At(i, AtX)])).Value;
    }
}

/// <summary>dx ← dy·op'(x, y), or added.</summary>
internal struct MapBackwardKernel<TOp> : IKernel where TOp : struct, IDifferentiableUnaryOp
{
    public TOp Op;
    public Floats Dy, X, Y, Dx;
    public Space Space;
    public Steps AtDy, AtX, AtY, AtDx;
    public int Accumulate, Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Count)
            return;
        var slope = Op.Derivative(new GpuLane(X[Space.At(i, AtX)]), new GpuLane(Y[Space.At(i, AtY)]));
        float dy = Dy[Space.At(i, AtDy)];
        int at = Space.At(i, AtDx);
        Dx[at] = Accumulate != 0 ? Gpu.Fma(dy, slope.Value, Dx[at]) : dy * slope.Value;
    }
}

/// <summary>y ← op(a, b).</summary>
internal struct ZipKernel<TOp> : IKernel where TOp : struct, IBinaryOp
{
    public TOp Op;
    public Floats A, B, Y;
    public Space Space;
    public Steps AtA, AtB, AtY;
    public int Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i < Count)
            Y[Space.At(i, AtY)] = Op.Forward(new GpuLane(A[Space.At(i, AtA)]), new GpuLane(B[Space.At(i, AtB)])).Value;
    }
}

/// <summary>gradient ← dy·∂op/∂a or dy·∂op/∂b, or added.</summary>
internal struct ZipBackwardKernel<TOp> : IKernel where TOp : struct, IDifferentiableBinaryOp
{
    public TOp Op;
    public Floats Dy, A, B, Y, Gradient;
    public Space Space;
    public Steps AtDy, AtA, AtB, AtY, AtGradient;
    public int Side, Accumulate, Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Count)
            return;
        var a = new GpuLane(A[Space.At(i, AtA)]);
        var b = new GpuLane(B[Space.At(i, AtB)]);
        var y = new GpuLane(Y[Space.At(i, AtY)]);
        GpuLane slope = Side == 0 ? Op.DerivativeA(a, b, y) : Op.DerivativeB(a, b, y);
        float dy = Dy[Space.At(i, AtDy)];
        int at = Space.At(i, AtGradient);
        Gradient[at] = Accumulate != 0 ? Gpu.Fma(dy, slope.Value, Gradient[at]) : dy * slope.Value;
    }
}
