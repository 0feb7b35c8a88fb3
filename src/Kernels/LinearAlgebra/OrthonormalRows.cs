namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Makes nearly orthonormal rows X [count, length] orthonormal, first rows first: Cholesky of X Xᵀ in double precision, or Gram-Schmidt
/// done twice where that matrix is too close to singular. Row i only mixes with rows before it, so leading components keep their meaning.
/// </summary>
internal static unsafe class OrthonormalRows
{
    internal static long ScratchDoubles(int count) => 2L * count * count + SymmetricProduct.ScratchDoubles(count);

    internal static void Run(float* rows, int count, int length, double* scratch)
    {
        double* gram = scratch, inverse = gram + (long)count * count, packed = inverse + (long)count * count;
        SymmetricProduct.Run(new MatrixView(rows, length, count, 1, length), gram, packed);
        if (CholeskyFactor.Factor(gram, count) < 0.05)
        {
            GramSchmidt(rows, count, length);
            return;
        }

        CholeskyFactor.Invert(gram, count, inverse);
        for (int i = count - 1; i >= 0; i--)
        {
            // X ← R⁻ᵀ X in place from the last row up: row i needs rows before it, still untouched
            float* row = rows + (long)i * length;
            FloatVectors.Scale((float)inverse[(long)i * count + i], row, length);
            for (int k = 0; k < i; k++)
            {
                FloatVectors.Add((float)inverse[(long)k * count + i], rows + (long)k * length, row, length);
            }
        }
    }

    private static void GramSchmidt(float* rows, int count, int length)
    {
        int unit = 0;
        for (int i = 0; i < count; i++)
        {
            float* row = rows + (long)i * length;
            double before = Math.Sqrt(FloatVectors.Dot(row, row, length));
            Remove(rows, i, length, row);
            double norm = Math.Sqrt(FloatVectors.Dot(row, row, length));
            while (!(norm > 1e-3 * before) || norm == 0)
            {
                // nothing of the direction is left but rounding noise: any direction outside the span serves
                new Span<float>(row, length).Clear();
                row[unit++ % length] = 1;
                before = Math.Sqrt(1.0 / length);
                Remove(rows, i, length, row);
                norm = Math.Sqrt(FloatVectors.Dot(row, row, length));
            }

            FloatVectors.Scale((float)(1 / norm), row, length);
        }
    }

    private static void Remove(float* rows, int count, int length, float* row)
    {
        for (int pass = 0; pass < 2; pass++)
        {
            for (int k = 0; k < count; k++)
            {
                FloatVectors.Add((float)-FloatVectors.Dot(rows + (long)k * length, row, length), rows + (long)k * length, row, length);
            }
        }
    }
}
