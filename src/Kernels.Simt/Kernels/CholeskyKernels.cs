namespace Engram.Kernels.Simt;

/// <summary>
/// A step of the Cholesky factorization G = L D Lᵀ (unit lower triangular L) and, alongside, of L⁻¹: row <see cref="Step"/> is taken off the rows below it, in both.
/// A thread per row below and column; nobody reads what another one writes.
/// </summary>
internal struct CholeskyStepKernel : IKernel
{
    /// <summary>The Gram matrix, lower triangle; D remains on its diagonal.</summary>
    public Doubles Gram;

    /// <summary>The unit matrix at first, L⁻¹ after the last step.</summary>
    public Doubles Inverse;

    public int Size, Step;

    public void Run()
    {
        int e = Gpu.Global, i = Step + 1 + (e / Size), j = e % Size;
        double pivot = Gram[(Step * Size) + Step];
        if (i >= Size || j > i || !(pivot > 0))
            return;
        double factor = Gram[(i * Size) + Step] / pivot;
        if (j > Step)
            Gram[(i * Size) + j] = Gram[(i * Size) + j] - (factor * Gram[(j * Size) + Step]);
        else
            Inverse[(i * Size) + j] = Inverse[(i * Size) + j] - (factor * Inverse[(Step * Size) + j]);
    }
}

/// <summary>
/// D^(−1/2), with which rows of L⁻¹ make the vectors orthonormal, and the smallest share of a vector's squared norm that is left beside the vectors before it:
/// 1 where they are orthogonal, 0 where one depends on the others (or is zero, or holds NaN).
/// </summary>
internal struct CholeskyEndKernel : IKernel
{
    public Doubles Gram, Norms, Scale, Shares;
    public int Size, Place;

    public void Run()
    {
        int i = Gpu.Global;
        if (i >= Size)
            return;
        double pivot = Gram[(i * Size) + i];
        Scale[i] = pivot > 0 ? 1 / Math.Sqrt(pivot) : 0;
        if (i > 0)
            return;
        double least = 1;
        for (int k = 0; k < Size; k++)
        {
            double norm = Norms[k], left = Gram[(k * Size) + k], share = norm > 0 && left > 0 ? left / norm : 0;
            if (share < least)
                least = share;
        }

        Shares[Place] = least;
    }
}
