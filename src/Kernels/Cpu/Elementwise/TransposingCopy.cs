using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <summary>
/// A copy whose source runs along another axis than its destination (a transpose made contiguous): 4×4 blocks are turned in registers, inside tiles
/// whose rows and columns stay in the first-level cache.
/// </summary>
internal static unsafe class TransposingCopy
{
    private const int Tile = 32;
    private const int SmallestSide = 4;

    /// <summary>Copies the space when it has the form this kernel is for; false when it has not.</summary>
    /// <param name="space">Output and first input.</param>
    /// <param name="y">Start of the output.</param>
    /// <param name="x">Start of the input.</param>
    public static bool TryRun(in StridedSpace space, float* y, float* x)
    {
        if (space.Rank < 2 || space.Rank > 4 || space.InnerStride0 != 1 || space.InnerStride1 == 1 || space.InnerCount < SmallestSide)
            return false;
        int inner = space.Rank - 1, turned = -1;
        for (int d = 0; d < inner; d++)
        {
            if (space.Stride(1, d) == 1 && space.Size(d) >= SmallestSide)
                turned = d;
        }

        if (turned < 0)
            return false;
        // at most two axes are left over
        int first = -1, second = -1;
        for (int d = 0; d < inner; d++)
        {
            if (d == turned)
                continue;
            if (first < 0)
                first = d;
            else
                second = d;
        }

        nint firstCount = first < 0 ? 1 : space.Size(first), secondCount = second < 0 ? 1 : space.Size(second);
        for (nint i = 0; i < firstCount; i++)
        {
            for (nint j = 0; j < secondCount; j++)
            {
                nint offset0 = (first < 0 ? 0 : i * space.Stride(0, first)) + (second < 0 ? 0 : j * space.Stride(0, second));
                nint offset1 = (first < 0 ? 0 : i * space.Stride(1, first)) + (second < 0 ? 0 : j * space.Stride(1, second));
                Matrix(y + offset0, space.Stride(0, turned), x + offset1, space.InnerStride1, space.Size(turned), space.InnerCount);
            }
        }

        return true;
    }

    /// <summary>y[r, c] ← x[c, r] for y with <paramref name="rows"/> rows, rows of both lying in one piece.</summary>
    private static void Matrix(float* y, nint strideY, float* x, nint strideX, nint rows, nint columns)
    {
        for (nint r0 = 0; r0 < rows; r0 += Tile)
        {
            nint r1 = Math.Min(rows, r0 + Tile);
            for (nint c0 = 0; c0 < columns; c0 += Tile)
            {
                nint c1 = Math.Min(columns, c0 + Tile), r = r0;
                for (; r + 4 <= r1; r += 4)
                {
                    nint c = c0;
                    for (; c + 4 <= c1; c += 4)
                        Block(y + r * strideY + c, strideY, x + c * strideX + r, strideX);
                    for (; c < c1; c++)
                    {
                        for (nint k = r; k < r + 4; k++)
                            y[k * strideY + c] = x[c * strideX + k];
                    }
                }

                for (; r < r1; r++)
                {
                    for (nint c = c0; c < c1; c++)
                        y[r * strideY + c] = x[c * strideX + r];
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block(float* y, nint strideY, float* x, nint strideX)
    {
        Vector128<float> a = Vector128.Load(x), b = Vector128.Load(x + strideX), c = Vector128.Load(x + 2 * strideX), d = Vector128.Load(x + 3 * strideX);
        // pairs of rows interleaved as 64-bit halves: a0 b0 | a1 b1, then c0 d0 | c1 d1
        Vector128<float> ab01 = Interleave(a, b, upper: false), ab23 = Interleave(a, b, upper: true);
        Vector128<float> cd01 = Interleave(c, d, upper: false), cd23 = Interleave(c, d, upper: true);
        Vector128.Create(ab01.GetLower(), cd01.GetLower()).Store(y);
        Vector128.Create(ab01.GetUpper(), cd01.GetUpper()).Store(y + strideY);
        Vector128.Create(ab23.GetLower(), cd23.GetLower()).Store(y + 2 * strideY);
        Vector128.Create(ab23.GetUpper(), cd23.GetUpper()).Store(y + 3 * strideY);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Interleave(Vector128<float> a, Vector128<float> b, bool upper)
    {
        if (System.Runtime.Intrinsics.X86.Sse.IsSupported)
            return upper ? System.Runtime.Intrinsics.X86.Sse.UnpackHigh(a, b) : System.Runtime.Intrinsics.X86.Sse.UnpackLow(a, b);
        return upper ? Vector128.Create(a[2], b[2], a[3], b[3]) : Vector128.Create(a[0], b[0], a[1], b[1]);
    }
}
