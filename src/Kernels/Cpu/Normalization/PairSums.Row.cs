using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

internal static unsafe partial class PairSums
{
    /// <summary>
    /// Both sums of one row, the same bits as <see cref="Run{TTerms}"/> on it. A kernel that walks over many short rows has this in its loop: without a call and
    /// with few instructions around the sums, those of neighbouring rows overlap. Only whole stripes: with the rest of a row the JIT's budget for inlining is
    /// spent halfway.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (double First, double Second) Row<TTerms, TLane>(TTerms terms, nint columns)
        where TTerms : struct, IPairTerms
        where TLane : struct, ILane<TLane>
    {
        if (4 * TLane.Count < Places || columns > BlockSize || columns % Places != 0)
        {
            if (columns > BlockSize)
                return Long<TTerms, TLane>(terms, columns);
            float sum = Block<TTerms, TLane>(terms, 0, 1, 0, (int)columns, out float other);
            return (sum, other);
        }

        int width = TLane.Count;
        var a0 = TLane.Splat(0f);
        var a1 = a0;
        var b0 = a0;
        var b1 = a0;
        if (2 * width == Places)
        {
            for (nint i = 0; i < columns; i += Places)
            {
                Add(terms, i, ref a0, ref b0);
                Add(terms, i + width, ref a1, ref b1);
            }
        }
        else
        {
            var a2 = a0;
            var a3 = a0;
            var b2 = a0;
            var b3 = a0;
            for (nint i = 0; i < columns; i += Places)
            {
                Add(terms, i, ref a0, ref b0);
                Add(terms, i + width, ref a1, ref b1);
                Add(terms, i + (2 * width), ref a2, ref b2);
                Add(terms, i + (3 * width), ref a3, ref b3);
            }

            a0 += a2;
            a1 += a3;
            b0 += b2;
            b1 += b3;
        }

        return (TLane.FoldSum(a0 + a1), TTerms.HasSecond ? TLane.FoldSum(b0 + b1) : 0f);
    }

    // by value and not inlined: the loop around it keeps the terms in registers
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (double First, double Second) Long<TTerms, TLane>(TTerms terms, nint columns)
        where TTerms : struct, IPairTerms
        where TLane : struct, ILane<TLane> => Run<TTerms, TLane>(terms, 1, 0, columns);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TTerms, TLane>(TTerms terms, nint offset, ref TLane first, ref TLane second)
        where TTerms : struct, IPairTerms
        where TLane : struct, ILane<TLane>
    {
        var term = terms.First<TLane>(offset);
        first += term;
        if (TTerms.HasSecond)
        {
            second += terms.Second(offset, term);
        }
    }
}
