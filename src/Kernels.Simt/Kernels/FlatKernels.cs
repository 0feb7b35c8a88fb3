namespace Engram.Kernels.Simt;

/// <summary>What a kernel over contiguous operands does to an element, and to four neighbours at once.</summary>
internal interface IFlatBody
{
    /// <summary>One element.</summary>
    void One(int i);

    /// <summary>Four elements from a multiple of four on.</summary>
    void Four(int i);
}

/// <summary>Elementwise over operands that lie alike, from multiples of four on: a thread takes four elements at once, the last one what is left.</summary>
internal struct FlatKernel<TBody> : IKernel where TBody : struct, IFlatBody
{
    public TBody Body;
    public int Count;

    public void Run()
    {
        int first = 4 * Gpu.Global;
        if (first + 3 < Count)
        {
            Body.Four(first);
            return;
        }

        for (int i = first; i < Count; i++)
            Body.One(i);
    }
}

/// <summary>The same an element per thread, for operands that begin anywhere.</summary>
internal struct SingleKernel<TBody> : IKernel where TBody : struct, IFlatBody
{
    public TBody Body;
    public int Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i < Count)
            Body.One(i);
    }
}

/// <summary>y ← value.</summary>
internal struct FlatFill : IFlatBody
{
    public Floats Y;
    public float Value;

    public void One(int i) => Y[i] = Value;

    public void Four(int i) => Gpu.Store4(Y, i, new Quad { X = Value, Y = Value, Z = Value, W = Value });
}

/// <summary>y ← op(x).</summary>
internal struct FlatMap<TOp> : IFlatBody where TOp : struct, IUnaryOp
{
    public TOp Op;
    public Floats X, Y;

    public void One(int i) => Y[i] = Of(X[i]);

    public void Four(int i)
    {
        Quad x = Gpu.Load4(X, i);
        Gpu.Store4(Y, i, new Quad { X = Of(x.X), Y = Of(x.Y), Z = Of(x.Z), W = Of(x.W) });
    }

    private float Of(float x) => Op.Forward(new GpuLane(x)).Value;
}

/// <summary>y ← op(a, b).</summary>
internal struct FlatZip<TOp> : IFlatBody where TOp : struct, IBinaryOp
{
    public TOp Op;
    public Floats A, B, Y;

    public void One(int i) => Y[i] = Of(A[i], B[i]);

    public void Four(int i)
    {
        Quad a = Gpu.Load4(A, i), b = Gpu.Load4(B, i);
        Gpu.Store4(Y, i, new Quad { X = Of(a.X, b.X), Y = Of(a.Y, b.Y), Z = Of(a.Z, b.Z), W = Of(a.W, b.W) });
    }

    private float Of(float a, float b) => Op.Forward(new GpuLane(a), new GpuLane(b)).Value;
}

/// <summary>dx ← dy·op'(x, y), or added.</summary>
internal struct FlatMapBackward<TOp> : IFlatBody where TOp : struct, IDifferentiableUnaryOp
{
    public TOp Op;
    public Floats Dy, X, Y, Dx;
    public int Accumulate;

    public void One(int i) => Dx[i] = Of(Dy[i], X[i], Y[i], Accumulate != 0 ? Dx[i] : 0f);

    public void Four(int i)
    {
        Quad dy = Gpu.Load4(Dy, i), x = Gpu.Load4(X, i), y = Gpu.Load4(Y, i), old = default;
        if (Accumulate != 0)
            old = Gpu.Load4(Dx, i);
        Gpu.Store4(Dx, i, new Quad { X = Of(dy.X, x.X, y.X, old.X), Y = Of(dy.Y, x.Y, y.Y, old.Y), Z = Of(dy.Z, x.Z, y.Z, old.Z), W = Of(dy.W, x.W, y.W, old.W) });
    }

    private float Of(float dy, float x, float y, float old)
    {
        float slope = Op.Derivative(new GpuLane(x), new GpuLane(y)).Value;
        return Accumulate != 0 ? Gpu.Fma(dy, slope, old) : dy * slope;
    }
}

/// <summary>gradient ← dy·∂op/∂a or dy·∂op/∂b, or added.</summary>
internal struct FlatZipBackward<TOp> : IFlatBody where TOp : struct, IDifferentiableBinaryOp
{
    public TOp Op;
    public Floats Dy, A, B, Y, Gradient;
    public int Side, Accumulate;

    public void One(int i) => Gradient[i] = Of(Dy[i], A[i], B[i], Y[i], Accumulate != 0 ? Gradient[i] : 0f);

    public void Four(int i)
    {
        Quad dy = Gpu.Load4(Dy, i), a = Gpu.Load4(A, i), b = Gpu.Load4(B, i), y = Gpu.Load4(Y, i), old = default;
        if (Accumulate != 0)
            old = Gpu.Load4(Gradient, i);
        Gpu.Store4(Gradient, i, new Quad
        {
            X = Of(dy.X, a.X, b.X, y.X, old.X), Y = Of(dy.Y, a.Y, b.Y, y.Y, old.Y), Z = Of(dy.Z, a.Z, b.Z, y.Z, old.Z), W = Of(dy.W, a.W, b.W, y.W, old.W),
        });
    }

    private float Of(float dy, float a, float b, float y, float old)
    {
        var (left, right, result) = (new GpuLane(a), new GpuLane(b), new GpuLane(y));
        float slope = (Side == 0 ? Op.DerivativeA(left, right, result) : Op.DerivativeB(left, right, result)).Value;
        return Accumulate != 0 ? Gpu.Fma(dy, slope, old) : dy * slope;
    }
}
