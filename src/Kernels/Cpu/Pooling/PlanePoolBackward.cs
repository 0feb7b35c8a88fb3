using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The backward pass of <see cref="PlanePool"/>: a mean's gradient spreads evenly over its window, a maximum's goes to the first place (row by
/// row) that holds it, a NaN counting as the largest. Windows are worked in order. One thread.
/// </summary>
public static unsafe class PlanePoolBackward
{
    /// <summary>dx ← or += the gradient of one plane.</summary>
    /// <param name="kind">As forward.</param>
    /// <param name="rows">As forward.</param>
    /// <param name="columns">As forward.</param>
    /// <param name="dy">[rows.Output, columns.Output].</param>
    /// <param name="x">[rows.Input, columns.Input], read for maxima only.</param>
    /// <param name="dx">[rows.Input, columns.Input].</param>
    /// <param name="accumulate">Whether dx is added to.</param>
    public static void Run(PoolKind kind, in PoolAxis rows, in PoolAxis columns, float* dy, float* x, float* dx, bool accumulate)
    {
        int count = rows.Input * columns.Input;
        if (kind != PoolKind.Max && rows.IsWhole && columns.IsWhole && !accumulate)
        {
            new Span<float>(dx, count).Fill(*dy / count);
            return;
        }

        if (!accumulate)
        {
            new Span<float>(dx, count).Clear();
        }

        for (int i = 0; i < rows.Output; i++)
        {
            int first = rows.Start(i);
            int end = rows.End(i);
            float* from = dy + ((nint)i * columns.Output);
            nint start = (nint)first * columns.Input;
            if (kind != PoolKind.Max)
            {
                bool withPadding = kind == PoolKind.AverageWithPadding && rows.Kernel > 0;
                Spread(columns, from, withPadding ? rows.Kernel : end - first, withPadding, dx + start, end - first);
            }
            else if (rows.IsPairs && columns.IsPairs)
            {
                Squares(columns, from, x + start, dx + start);
            }
            else
            {
                Largest(columns, from, x + start, dx + start, end - first);
            }
        }
    }

    private static void Spread(in PoolAxis axis, float* dy, int high, bool withPadding, float* dx, int rows)
    {
        for (int j = 0; j < axis.Output; j++)
        {
            int start = axis.Start(j);
            int end = axis.End(j);
            int wide = withPadding ? axis.Kernel : end - start;
            float share = dy[j] / ((float)high * wide);
            for (int r = 0; r < rows; r++)
            {
                float* row = dx + ((nint)r * axis.Input);
                for (int c = start; c < end; c++)
                {
                    row[c] += share;
                }
            }
        }
    }

    private static void Largest(in PoolAxis axis, float* dy, float* x, float* dx, int rows)
    {
        for (int j = 0; j < axis.Output; j++)
        {
            int start = axis.Start(j);
            int end = axis.End(j);
            nint at = start;
            float largest = x[start];
            for (int r = 0; r < rows && !float.IsNaN(largest); r++)
            {
                nint row = (nint)r * axis.Input;
                for (int c = start; c < end; c++)
                {
                    float value = x[row + c];
                    if (!(value <= largest))
                    {
                        at = row + c;
                        largest = value;
                        if (float.IsNaN(value))
                        {
                            break;
                        }
                    }
                }
            }

            dx[at] += dy[j];
        }
    }

    // windows of two by two side by side: the first of four equal bits, without a branch that could be guessed wrongly
    private static void Squares(in PoolAxis axis, float* dy, float* x, float* dx)
    {
        nint below = axis.Input;
        ref Vector128<int> places = ref MemoryMarshal.GetArrayDataReference(Places);
        for (int j = 0; j < axis.Output; j++)
        {
            nint c = 2 * (nint)j;
            var window = Vector128.Create(Vector64.Load(x + c), Vector64.Load(x + below + c));
            var largest = Vector128.Max(window, Vector128.Shuffle(window, Vector128.Create(1, 0, 3, 2)));
            largest = Vector128.Max(largest, Vector128.Shuffle(largest, Vector128.Create(2, 3, 0, 1)));
            uint holds = Vector128.ExtractMostSignificantBits(Vector128.Equals(window, largest));
            if (holds == 0)
            {
                holds = Vector128.ExtractMostSignificantBits(~Vector128.Equals(window, window)); // the maximum is a NaN
            }

            var place = System.Runtime.CompilerServices.Unsafe.Add(ref places, BitOperations.TrailingZeroCount(holds)).AsSingle();
            var gradient = Vector128.Create(dy[j]) & place;
            (Vector64.Load(dx + c) + gradient.GetLower()).Store(dx + c);
            (Vector64.Load(dx + below + c) + gradient.GetUpper()).Store(dx + below + c);
        }
    }

    private static readonly Vector128<int>[] Places =
        [Vector128.Create(-1, 0, 0, 0), Vector128.Create(0, -1, 0, 0), Vector128.Create(0, 0, -1, 0), Vector128.Create(0, 0, 0, -1)];
}
