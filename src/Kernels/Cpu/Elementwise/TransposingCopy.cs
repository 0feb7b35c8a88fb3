namespace Engram.Kernels.Cpu;

/// <summary>
/// A copy whose source runs along another axis than its destination (a transpose made contiguous): strips are turned in registers
/// (<see cref="Transposition"/>), inside tiles whose rows and columns stay in the first-level cache.
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
        for (nint r = 0; r < rows; r += Tile)
        {
            for (nint c = 0; c < columns; c += Tile)
            {
                int width = (int)Math.Min(Tile, columns - c);
                Transposition.Run(x + c * strideX + r, strideX, width, Math.Min(Tile, rows - r), y + r * strideY + c, strideY);
            }
        }
    }
}
