namespace Engram.Kernels.Simt;

/// <summary>Singular values of the leading eigenvalues, and what their vectors are divided by.</summary>
internal struct SpectrumKernel : IKernel
{
    public Doubles Values, Inverse;
    public Floats S;
    public double Unit;
    public int Count;

    public void Run()
    {
        int k = Gpu.Global;
        if (k >= Count)
            return;
        double sigma = Math.Sqrt(Values[k]);
        S[k] = (float)(sigma * Unit);
        Inverse[k] = 1 / sigma;
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

/// <summary>The unit matrix that the rotations or the elimination of a matrix [size, size] turn into its result, and the matrix's diagonal.</summary>
internal struct UnitAndDiagonalKernel : IKernel
{
    public Doubles A, Unit, Diagonal;
    public int Size;

    public void Run()
    {
        int e = Gpu.Global;
        if (e >= Size * Size)
            return;
        int i = e / Size, j = e % Size;
        Unit[e] = i == j ? 1 : 0;
        if (i == j)
            Diagonal[i] = A[e];
    }
}
