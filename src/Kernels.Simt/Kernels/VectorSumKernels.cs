namespace Engram.Kernels.Simt;

/// <summary>Parts of inner products added up in order, an inner product per thread.</summary>
internal struct AddPartsKernel : IKernel
{
    public Doubles Parts, Sums;
    public int PartCount, Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Count)
            return;
        double sum = 0;
        for (int p = 0; p < PartCount; p++)
            sum += Parts[(i * PartCount) + p];
        Sums[i] = sum;
    }
}

/// <summary>target ← target + Σ coefficient·row, in double precision, rounded once.</summary>
internal struct AddRowsKernel : IKernel
{
    public Floats Rows, Target;
    public Doubles Coefficients;
    public int RowStep, RowCount, Count;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Count)
            return;
        double sum = Target[i];
        for (int r = 0; r < RowCount; r++)
            sum += Coefficients[r] * Rows[(r * RowStep) + i];
        Target[i] = (float)sum;
    }
}
