using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Reduces a contiguous run of n numbers to one. The order is fixed by n alone: blocks of <see cref="BlockSize"/> elements, element i
/// of a block entering accumulator i mod 64, the 64 merged halves upon halves, and the blocks merged by a binary tree. Lane width and
/// thread count cannot change a bit.
/// </summary>
/// <remarks>
/// Error of a sum in single precision: at most (22 + ⌈log₂(n/1024)⌉)·2⁻²⁴·Σ|xᵢ|. <see cref="DoubleFold"/> accumulates in double.
/// </remarks>
public static unsafe class Fold
{
    /// <summary>Elements of one block: the piece that threads hand out.</summary>
    public const int BlockSize = 1024;

    // accumulators side by side; narrower lanes walk over a block (4 KiB, in the first-level cache) more than once
    private const int Places = 64;

    /// <summary>How many blocks <paramref name="count"/> elements make.</summary>
    public static nint BlockCount(nint count) => (count + BlockSize - 1) / BlockSize;

    /// <summary>⊕ g(x[i]) for i below <paramref name="count"/>; the identity for an empty run.</summary>
    public static float Run<TFold>(float* x, nint count) where TFold : struct, IFoldOp => Run<TFold>(x, count, LaneWidths.Widest);

    /// <summary>The same with a given lane width; every width gives the same bits.</summary>
    public static float Run<TFold>(float* x, nint count, LaneWidth width) where TFold : struct, IFoldOp
    {
        if (count <= BlockSize)
        {
            return Block<TFold>(x, (int)count, width);
        }

        nint left = LeftBlocks(BlockCount(count)) * BlockSize;
        return Merge<TFold>(Run<TFold>(x, left, width), Run<TFold>(x + left, count - left, width));
    }

    /// <summary>Folds the blocks [<paramref name="firstBlock"/>, <paramref name="endBlock"/>) of a run into partials[block]: one thread's piece.</summary>
    public static void Blocks<TFold>(float* x, nint count, nint firstBlock, nint endBlock, float* partials) where TFold : struct, IFoldOp
    {
        for (nint block = firstBlock; block < endBlock; block++)
        {
            nint start = block * BlockSize;
            partials[block] = Block<TFold>(x + start, (int)nint.Min(BlockSize, count - start), LaneWidths.Widest);
        }
    }

    /// <summary>Merges the partials of all blocks; gives the bits of <see cref="Run{TFold}(float*, nint)"/>.</summary>
    public static float MergeBlocks<TFold>(float* partials, nint blocks) where TFold : struct, IFoldOp
    {
        if (blocks <= 1)
        {
            return blocks == 0 ? TFold.Identity : partials[0];
        }

        nint left = LeftBlocks(blocks);
        return Merge<TFold>(MergeBlocks<TFold>(partials, left), MergeBlocks<TFold>(partials + left, blocks - left));
    }

    // the largest power of two below the number of blocks
    private static nint LeftBlocks(nint blocks) => (nint)1 << BitOperations.Log2((nuint)(blocks - 1));

    private static float Merge<TFold>(float a, float b) where TFold : struct, IFoldOp =>
        TFold.Merge(new Lane1(a), new Lane1(b)).Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Block<TFold>(float* x, int count, LaneWidth width) where TFold : struct, IFoldOp => width switch
    {
        LaneWidth.Sixteen => Block<TFold, Lane16>(x, count),
        LaneWidth.Eight => Block<TFold, Lane8>(x, count),
        LaneWidth.Four => Block<TFold, Lane4>(x, count),
        _ => Block<TFold, Lane1>(x, count),
    };

    private static float Block<TFold, TLane>(float* x, int count)
        where TFold : struct, IFoldOp
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        float* places = stackalloc float[Places];
        for (int part = 0; part < Places; part += 4 * width)
        {
            var a0 = TLane.Splat(TFold.Identity);
            var a1 = a0;
            var a2 = a0;
            var a3 = a0;
            int i = part;
            for (; i + (4 * width) <= count; i += Places)
            {
                Streams.Prefetch(x + i, 4 * width);
                a0 = TFold.Accumulate(a0, TLane.Load(x + i));
                a1 = TFold.Accumulate(a1, TLane.Load(x + i + width));
                a2 = TFold.Accumulate(a2, TLane.Load(x + i + (2 * width)));
                a3 = TFold.Accumulate(a3, TLane.Load(x + i + (3 * width)));
            }

            // what is left of this part's last stripe: whole lanes, then element by element
            int rest = int.Clamp(count - i, 0, 4 * width);
            a0 = rest >= width ? TFold.Accumulate(a0, TLane.Load(x + i)) : a0;
            a1 = rest >= 2 * width ? TFold.Accumulate(a1, TLane.Load(x + i + width)) : a1;
            a2 = rest >= 3 * width ? TFold.Accumulate(a2, TLane.Load(x + i + (2 * width))) : a2;
            if (4 * width == Places && rest % width == 0)
            {
                // all places are in registers: the same two halvings without the detour through memory
                a0 = TFold.Merge(TFold.Merge(a0, a2), TFold.Merge(a1, a3));
                return TFold.MergeAcross(a0);
            }

            TLane.Store(a0, places + part);
            TLane.Store(a1, places + part + width);
            TLane.Store(a2, places + part + (2 * width));
            TLane.Store(a3, places + part + (3 * width));
            for (int last = rest - (rest % width); last < rest; last++)
            {
                float* place = places + part + last;
                Lane1.Store(TFold.Accumulate(new Lane1(*place), new Lane1(x[i + last])), place);
            }
        }

        int half = Places / 2;
        for (; half >= width; half /= 2)
        {
            for (int p = 0; p < half; p += width)
            {
                TLane.Store(TFold.Merge(TLane.Load(places + p), TLane.Load(places + half + p)), places + p);
            }
        }

        return TFold.MergeAcross(TLane.Load(places));
    }
}
