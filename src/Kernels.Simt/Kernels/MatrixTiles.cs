namespace Engram.Kernels.Simt;

/// <summary>A batch of strided matrices as one side of a product.</summary>
internal struct MatrixSource : ITileSource
{
    public Floats X;
    public int BatchStep, RowStep, DepthStep, Wide;

    public readonly int Order => DepthStep == 1 ? (Wide != 0 ? TileOrder.Depths : TileOrder.AcrossDepths) : Wide != 0 ? TileOrder.Lines : TileOrder.AcrossLines;

    public readonly int IsWide => Wide;

    public float At(int batch, int row, int depth) => X[(batch * BatchStep) + (row * RowStep) + (depth * DepthStep)];

    public Quad Four(int batch, int row, int depth) => Gpu.Load4(X, (batch * BatchStep) + (row * RowStep) + (depth * DepthStep));
}

/// <summary>c ← activation(alpha·product + beta·c + bias).</summary>
internal struct MatrixTarget<TOp> : ITileTarget where TOp : struct, IUnaryOp
{
    public Floats C, Bias;
    public TOp Activation;
    public int BatchStep, RowStep, HasBias, Wide;
    public float Alpha, Beta;

    public readonly int IsWide => Wide;

    public void Put(int batch, int row, int column, float value)
    {
        int at = (batch * BatchStep) + (row * RowStep) + column;
        C[at] = Of(value, Beta != 0f ? C[at] : 0f, HasBias != 0 ? Bias[column] : 0f);
    }

    public void PutFour(int batch, int row, int column, Quad values)
    {
        int at = (batch * BatchStep) + (row * RowStep) + column;
        Quad old = default, bias = default;
        if (Beta != 0f)
            old = Gpu.Load4(C, at);
        if (HasBias != 0)
            bias = Gpu.Load4(Bias, column);
        Gpu.Store4(C, at, new Quad { X = Of(values.X, old.X, bias.X), Y = Of(values.Y, old.Y, bias.Y), Z = Of(values.Z, old.Z, bias.Z), W = Of(values.W, old.W, bias.W) });
    }

    private float Of(float value, float old, float bias)
    {
        value *= Alpha;
        if (Beta != 0f)
            value = Gpu.Fma(Beta, old, value);
        if (HasBias != 0)
            value += bias;
        return Activation.Forward(new GpuLane(value)).Value;
    }
}

/// <summary>Products of parts of the depth, one behind the other: the batch of a part is its place.</summary>
internal struct PartTarget : ITileTarget
{
    public Floats Parts;
    public int Rows, Columns;

    public readonly int IsWide => (Columns & 3) == 0 ? 1 : 0;

    public void Put(int batch, int row, int column, float value) => Parts[(((batch * Rows) + row) * Columns) + column] = value;

    public void PutFour(int batch, int row, int column, Quad values) => Gpu.Store4(Parts, (((batch * Rows) + row) * Columns) + column, values);
}

/// <summary>Adds up the parts of a product in order, an element per thread, and gives the sum to where the product goes.</summary>
internal struct AddTilesKernel<TTarget> : IKernel where TTarget : struct, ITileTarget
{
    public Floats Parts;
    public TTarget Target;
    public int PartCount, Elements, Columns, Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Count)
            return;
        int batch = i / Elements, element = i % Elements;
        float sum = 0f;
        for (int p = 0; p < PartCount; p++)
            sum += Parts[(((batch * PartCount) + p) * Elements) + element];
        Target.Put(batch, element / Columns, element % Columns, sum);
    }
}
