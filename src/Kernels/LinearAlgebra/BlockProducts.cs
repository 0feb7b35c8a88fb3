using Engram.Kernels.Cpu;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Products of a row-major matrix B [R, C] with a block of eight vectors, read in place: T = B Xᵀ and Y = Tᵀ B, for X and Y [8, C] held as rows and
/// T [R, 8]. Both read B along its rows, so it needs no packing in either direction.
/// </summary>
internal static unsafe partial class BlockProducts
{
    /// <summary>Vectors of a block.</summary>
    internal const int Block = 8;

    private const int Half = 4, Three = 3;

    /// <summary>T = B Xᵀ.</summary>
    /// <param name="b">B [rows, columns], rows <paramref name="ld"/> apart.</param>
    /// <param name="ld">Elements from one row of B to the next.</param>
    /// <param name="rows">Rows R.</param>
    /// <param name="columns">Columns C.</param>
    /// <param name="x">X [8, columns], rows <paramref name="xStride"/> apart.</param>
    /// <param name="xStride">Elements from one row of X to the next.</param>
    /// <param name="t">T [rows, 8], rows <paramref name="tStride"/> apart.</param>
    /// <param name="tStride">Elements from one row of T to the next.</param>
    internal static void Forward(float* b, nint ld, int rows, int columns, float* x, nint xStride, float* t, nint tStride)
    {
        switch (LaneWidths.Widest)
        {
            case LaneWidth.Sixteen:
                Forward<Lane16>(b, ld, rows, columns, x, xStride, t, tStride);
                break;
            case LaneWidth.Eight:
                Forward<Lane8>(b, ld, rows, columns, x, xStride, t, tStride);
                break;
            default:
                Forward<Lane4>(b, ld, rows, columns, x, xStride, t, tStride);
                break;
        }
    }

    /// <summary>
    /// Y = Tᵀ B, or Y + Tᵀ B; operands as in <see cref="Forward"/>, Y [8, columns]. Where <paramref name="ahead"/> is not 0, what lies that many elements
    /// behind each line of B is fetched into the second-level cache on the way.
    /// </summary>
    internal static void Backward(
        float* b, nint ld, int rows, int columns, float* t, nint tStride, float* y, nint yStride, bool accumulate, nint ahead = 0)
    {
        switch (LaneWidths.Widest)
        {
            case LaneWidth.Sixteen:
                Backward<Lane16>(b, ld, rows, columns, t, tStride, y, yStride, accumulate, ahead);
                break;
            case LaneWidth.Eight:
                Backward<Lane8>(b, ld, rows, columns, t, tStride, y, yStride, accumulate, ahead);
                break;
            default:
                Backward<Lane4>(b, ld, rows, columns, t, tStride, y, yStride, accumulate, ahead);
                break;
        }
    }

    // B passes by the vectors, which stay in the first-level cache: tiles of 3 x 8 where there are 32 registers, 3 x 4 where there are 16
    private static void Forward<TLane>(float* b, nint ld, int rows, int columns, float* x, nint xStride, float* t, nint tStride)
        where TLane : struct, ILane<TLane>
    {
        int r = 0;
        for (; r <= rows - Three; r += Three)
        {
            if (TLane.Count == 16)
            {
                ThreeRows<TLane, Count8>(b + r * ld, ld, columns, x, xStride, t + r * tStride, tStride);
            }
            else
            {
                ThreeRows<TLane, Count4>(b + r * ld, ld, columns, x, xStride, t + r * tStride, tStride);
                ThreeRows<TLane, Count4>(b + r * ld, ld, columns, x + Half * xStride, xStride, t + r * tStride + Half, tStride);
            }
        }

        for (; r < rows; r++)
            OneRow<TLane>(b + r * ld, columns, x, xStride, t + r * tStride);
    }

    private static void Backward<TLane>(float* b, nint ld, int rows, int columns, float* t, nint tStride, float* y, nint yStride, bool accumulate, nint ahead)
        where TLane : struct, ILane<TLane>
    {
        int c = 0;
        for (; c <= columns - (Three * TLane.Count); c += Three * TLane.Count)
        {
            if (TLane.Count == 16)
            {
                ThreeLanes<TLane, Count8>(b + c, ld, rows, t, tStride, y + c, yStride, accumulate, ahead);
            }
            else
            {
                ThreeLanes<TLane, Count4>(b + c, ld, rows, t, tStride, y + c, yStride, accumulate, ahead);
                ThreeLanes<TLane, Count4>(b + c, ld, rows, t + Half, tStride, y + c + Half * yStride, yStride, accumulate, 0);
            }
        }

        for (; c < columns; c += TLane.Count)
            OneLane<TLane>(b + c, ld, rows, Math.Min(TLane.Count, columns - c), t, tStride, y + c, yStride, accumulate);
    }
}
