namespace Engram.Kernels.Simt;

/// <summary>
/// L⁻¹ of the Cholesky factor of a Gram matrix, in one group and double precision: its rows make the vectors orthonormal. A vector of which less than a
/// millionth is left beside those before it is rounding noise of single precision; it gets a row of zeros.
/// </summary>
internal struct TriangleKernel : IGroupKernel
{
    /// <summary>Most vectors.</summary>
    public const int Limit = 1024;

    private const double Noise = 1e-12;

    /// <summary>The Gram matrix, lower triangle; overwritten by L.</summary>
    public Doubles Gram;

    public Doubles Inverse;
    public int Size;

    public void Run()
    {
        Doubles before = Gpu.SharedDoubles(Limit);
        int t = Gpu.Thread;
        for (int i = t; i < Size; i += Gpu.Threads)
            before[i] = Gram[(i * Size) + i];
        Gpu.Barrier();
        for (int k = 0; k < Size; k++)
        {
            double pivot = Gram[(k * Size) + k], scale = pivot > Noise * before[k] ? 1 / Math.Sqrt(pivot) : 0;
            Gpu.Barrier();
            for (int i = k + t; i < Size; i += Gpu.Threads)
                Gram[(i * Size) + k] = Gram[(i * Size) + k] * scale;
            Gpu.Barrier();
            int rest = Size - k - 1;
            for (int e = t; e < rest * rest; e += Gpu.Threads)
            {
                int i = k + 1 + (e / rest), j = k + 1 + (e % rest);
                if (j <= i)
                    Gram[(i * Size) + j] = Gram[(i * Size) + j] - (Gram[(i * Size) + k] * Gram[(j * Size) + k]);
            }

            Gpu.Barrier();
        }

        // a column of the inverse per thread
        for (int j = t; j < Size; j += Gpu.Threads)
        {
            for (int i = 0; i < Size; i++)
            {
                double sum = i == j ? 1 : 0, pivot = Gram[(i * Size) + i];
                for (int k = j; k < i; k++)
                    sum -= Gram[(i * Size) + k] * Inverse[(k * Size) + j];
                Inverse[(i * Size) + j] = i >= j && pivot > 0 ? sum / pivot : 0;
            }
        }
    }
}
