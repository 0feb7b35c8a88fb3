using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>Largest or mean value of every window of one plane [height, width]. One thread.</summary>
public static unsafe class PlanePool
{
    /// <summary>y[i, j] = max or mean over window (i, j) of x.</summary>
    /// <param name="kind">What is taken of a window.</param>
    /// <param name="rows">The windows' rows.</param>
    /// <param name="columns">The windows' columns.</param>
    /// <param name="x">[rows.Input, columns.Input].</param>
    /// <param name="y">[rows.Output, columns.Output].</param>
    /// <param name="scratch">At least columns.Input numbers.</param>
    /// <param name="width">Lane width; every width gives the same bits.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(PoolKind kind, in PoolAxis rows, in PoolAxis columns, float* x, float* y, float* scratch, LaneWidth width)
    {
        if (kind != PoolKind.Max && rows.IsWhole && columns.IsWhole)
        {
            PoolWhole.Forward(x, 1, (nint)rows.Input * columns.Input, y, width);
            return;
        }

        bool triples = kind == PoolKind.Max && PoolTriples.Fits(rows) && PoolTriples.Fits(columns);
        if (triples || (rows.IsPairs && columns.IsPairs))
        {
            Common(triples, kind, rows, columns, x, y, width);
            return;
        }

        for (int i = 0; i < rows.Output; i++)
        {
            int first = rows.Start(i);
            int end = rows.End(i);
            float* to = y + ((nint)i * columns.Output);

            // down the columns with whole lanes, then along the row
            float* row = x + ((nint)first * columns.Input);
            if (end - first > 1)
            {
                Down(kind, row, end - first, columns.Input, scratch, width);
                row = scratch;
            }

            if (kind == PoolKind.Max)
            {
                MaxAlong(columns, row, to);
            }
            else
            {
                int high = kind == PoolKind.AverageWithPadding && rows.Kernel > 0 ? rows.Kernel : end - first;
                MeanAlong(columns, row, to, high, kind == PoolKind.AverageWithPadding);
            }
        }
    }

    private static void Common(bool triples, PoolKind kind, in PoolAxis rows, in PoolAxis columns, float* x, float* y, LaneWidth width)
    {
        switch (width)
        {
            case LaneWidth.Sixteen:
                Common<Lane16>(triples, kind, rows, columns, x, y);
                break;
            case LaneWidth.Eight:
                Common<Lane8>(triples, kind, rows, columns, x, y);
                break;
            case LaneWidth.Four:
                Common<Lane4>(triples, kind, rows, columns, x, y);
                break;
            default:
                Common<Lane1>(triples, kind, rows, columns, x, y);
                break;
        }
    }

    private static void Common<TLane>(bool triples, PoolKind kind, in PoolAxis rows, in PoolAxis columns, float* x, float* y)
        where TLane : struct, ILane<TLane>
    {
        if (triples)
        {
            PoolTriples.Forward<TLane>(rows, columns, x, y);
        }
        else
        {
            PoolPairs.Forward<TLane>(kind == PoolKind.Max, rows, columns, x, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Down(PoolKind kind, float* x, int rows, int columns, float* y, LaneWidth width)
    {
        if (kind == PoolKind.Max)
        {
            ElementwiseZip.Run(default(MaximumOp), x, 1, x + columns, 1, y, columns, width);
            for (int r = 2; r < rows; r++)
            {
                ElementwiseZip.Run(default(MaximumOp), y, 1, x + ((nint)r * columns), 1, y, columns, width);
            }

            return;
        }

        ElementwiseZip.Run(default(AddOp), x, 1, x + columns, 1, y, columns, width);
        for (int r = 2; r < rows; r++)
        {
            ElementwiseZip.Run(default(AddOp), y, 1, x + ((nint)r * columns), 1, y, columns, width);
        }
    }

    private static void MaxAlong(in PoolAxis axis, float* x, float* y)
    {
        if (axis.IsPairs)
        {
            for (int j = 0; j < axis.Output; j++)
            {
                y[j] = MathF.Max(x[2 * j], x[(2 * j) + 1]);
            }

            return;
        }

        for (int j = 0; j < axis.Output; j++)
        {
            int c = axis.Start(j);
            int end = axis.End(j);
            float largest = x[c];
            for (c++; c < end; c++)
            {
                largest = MathF.Max(largest, x[c]);
            }

            y[j] = largest;
        }
    }

    private static void MeanAlong(in PoolAxis axis, float* x, float* y, int rows, bool withPadding)
    {
        for (int j = 0; j < axis.Output; j++)
        {
            int start = axis.Start(j);
            int end = axis.End(j);
            float sum = x[start];
            for (int c = start + 1; c < end; c++)
            {
                sum += x[c];
            }

            int wide = withPadding && axis.Kernel > 0 ? axis.Kernel : end - start;
            y[j] = sum / ((float)rows * wide);
        }
    }
}
