using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>Mean and biased variance of a block of rows: a channel of a batch of images, or one row.</summary>
public static unsafe class Moments
{
    /// <summary>Mean and Σ(x − mean)²/n over rows × columns; NaN for no elements.</summary>
    /// <param name="x">First element; columns are contiguous.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="rowStride">Elements from one row to the next.</param>
    /// <param name="columns">Columns.</param>
    public static (double Mean, double Variance) Run(float* x, nint rows, nint rowStride, nint columns) =>
        Run(x, rows, rowStride, columns, LaneWidths.Widest);

    /// <summary>The same with a given lane width; every width gives the same bits.</summary>
    /// <remarks>
    /// Two passes, the second around the rounded mean of the first; what the rounding left over corrects both results, so that a mean that is
    /// large against the deviations costs no digits (Chan, Golub and LeVeque, 1983).
    /// </remarks>
    public static (double Mean, double Variance) Run(float* x, nint rows, nint rowStride, nint columns, LaneWidth width)
    {
        double count = (double)rows * columns;
        var (sum, _) = PairSums.Run(new ValueTerms(x), rows, rowStride, columns, width);
        float center = (float)(sum / count);
        var (rest, squares) = PairSums.Run(new DeviationTerms(x, center), rows, rowStride, columns, width);
        double offset = rest / count;
        return (center + offset, Math.Max(0, (squares / count) - (offset * offset)));
    }

    /// <summary>The same of one row, within a kernel's loop over rows; <paramref name="share"/> is 1/columns, which the loop need not divide for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (double Mean, double Variance) Row<TLane>(float* x, nint columns, double share) where TLane : struct, ILane<TLane>
    {
        var (sum, _) = PairSums.Row<ValueTerms, TLane>(new(x), columns);
        float center = (float)(sum * share);
        var (rest, squares) = PairSums.Row<DeviationTerms, TLane>(new(x, center), columns);
        double offset = rest * share;
        return (center + offset, Math.Max(0, (squares * share) - (offset * offset)));
    }
}
