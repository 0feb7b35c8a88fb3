using System.Runtime.Intrinsics;

namespace Engram.ContinualLearning;

/// <summary>
/// The two-dimensional DCT-II of 8 × 8 blocks with orthonormal scaling, Y = A·X·Aᵀ with A[u, i] = c_u·cos((2i + 1)uπ/16), c_0 = √(1/8), else 1/2
/// (Ahmed, Natarajan and Rao 1974); its inverse is X = Aᵀ·Y·A.
/// </summary>
public static class BlockDct
{
    /// <summary>Values along a side of a block.</summary>
    public const int Side = 8;

    /// <summary>Values of a block.</summary>
    public const int Size = Side * Side;

    private static readonly float[] Matrix = Cosines(transposed: false);
    private static readonly float[] Transposed = Cosines(transposed: true);

    /// <summary>A, row-major [8, 8].</summary>
    public static ReadOnlySpan<float> Basis => Matrix;

    /// <summary>Replaces values by coefficients [8, 8].</summary>
    public static void Forward(Span<float> block) => Sandwich(block, Matrix, Transposed);

    /// <summary>Replaces coefficients by values [8, 8].</summary>
    public static void Inverse(Span<float> block) => Sandwich(block, Transposed, Matrix);

    // X ← L·X·R, a row of eight at a time; no fused multiply-add, so that every machine gives the same bits. Rows of zeros, which most rows of
    // coefficients are, are left out: they would add nothing
    private static unsafe void Sandwich(Span<float> block, float[] left, float[] right)
    {
        if (block.Length < Size)
            throw new ArgumentException($"block DCT: expected {Size} values, got {block.Length}", nameof(block));
        Vector256<float>* half = stackalloc Vector256<float>[Side];
        int* rows = stackalloc int[Side];
        int present = 0;
        fixed (float* x = block, l = left, r = right)
        {
            for (int i = 0; i < Side; i++)
            {
                float* row = x + i * Side;
                if (Vector256.EqualsAll(Vector256.Load(row), Vector256<float>.Zero))
                    continue;
                Vector256<float> sum = Vector256.Create(row[0]) * Vector256.Load(r);
                for (int k = 1; k < Side; k++)
                    sum += Vector256.Create(row[k]) * Vector256.Load(r + k * Side);
                rows[present] = i;
                half[present++] = sum;
            }

            for (int i = 0; i < Side; i++)
            {
                Vector256<float> sum = Vector256<float>.Zero;
                for (int k = 0; k < present; k++)
                    sum += Vector256.Create(l[i * Side + rows[k]]) * half[k];
                sum.Store(x + i * Side);
            }
        }
    }

    private static float[] Cosines(bool transposed)
    {
        var a = new float[Size];
        for (int u = 0; u < Side; u++)
        {
            for (int i = 0; i < Side; i++)
                a[transposed ? i * Side + u : u * Side + i] = (float)((u == 0 ? Math.Sqrt(1 / 8.0) : 0.5) * Math.Cos((2 * i + 1) * u * Math.PI / 16));
        }

        return a;
    }
}
