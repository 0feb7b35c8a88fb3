namespace Engram.Kernels.Simt;

/// <summary>A batch of strided matrices as one side of a product.</summary>
internal struct MatrixSource : ITileSource
{
    public Floats X;
    public int BatchStep, RowStep, DepthStep;

    public readonly int AlongDepth => DepthStep == 1 ? 1 : 0;

    public float At(int batch, int row, int depth) => X[(batch * BatchStep) + (row * RowStep) + (depth * DepthStep)];
}

/// <summary>c ← activation(alpha·product + beta·c + bias).</summary>
internal struct MatrixTarget<TOp> : ITileTarget where TOp : struct, IUnaryOp
{
    public Floats C, Bias;
    public TOp Activation;
    public int BatchStep, RowStep, HasBias;
    public float Alpha, Beta;

    public void Put(int batch, int row, int column, float value)
    {
        int at = (batch * BatchStep) + (row * RowStep) + column;
        value *= Alpha;
        if (Beta != 0f)
            value = Gpu.Fma(Beta, C[at], value);
        if (HasBias != 0)
            value += Bias[column];
        C[at] = Activation.Forward(new GpuLane(value)).Value;
    }
}
