namespace Engram.Kernels.Simt;

/// <summary>Singular values of eigenvalues, and what their vectors are multiplied by: 1 and 1/σ for those that are kept, 0 for the rest.</summary>
internal struct SpectrumKernel : IKernel
{
    public Doubles Values, Kept, Inverse;
    public Floats S;
    public double Drop, Unit;
    public int Size, Rank;

    public void Run()
    {
        int k = Gpu.Global;
        if (k >= Rank)
            return;
        double value = k < Size ? Values[k] : 0, sigma = value > 0 ? Math.Sqrt(value) : 0;
        bool kept = sigma > Drop * Math.Sqrt(Values[0]);
        S[k] = kept ? (float)(sigma * Unit) : 0f;
        Kept[k] = kept ? 1 : 0;
        Inverse[k] = kept ? 1 / sigma : 0;
    }
}

/// <summary>y[k] ← scale[k]·Σ m[k, j]·x[j] over rows x, summed in double precision and rounded once.</summary>
internal struct CombineRowsKernel : IKernel
{
    public Doubles M, Scale;
    public Floats X, Y;
    public int MRow, Terms, XRow, YRow, YStep, HasScale, Rows, Columns;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Rows * Columns)
            return;
        int k = i / Columns, c = i % Columns;
        double sum = 0;
        for (int j = 0; j < Terms; j++)
            sum += M[(k * MRow) + j] * X[(j * XRow) + c];
        Y[(k * YRow) + (c * YStep)] = (float)(HasScale != 0 ? sum * Scale[k] : sum);
    }
}

/// <summary>The rows of the unit matrix.</summary>
internal struct UnitRowsKernel : IKernel
{
    public Floats X;
    public int Size;

    public void Run()
    {
        int i = Gpu.Global;
        if (i < Size * Size)
            X[i] = i / Size == i % Size ? 1f : 0f;
    }
}
