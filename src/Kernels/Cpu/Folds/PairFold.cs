using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Σ aᵢbᵢ, Σ bᵢ² and Σ aᵢ² of a block of two vectors in one reading, each with the error bound and the range of <see cref="DoubleFold"/>: four products at a time
/// are added in single precision, their sums in double precision, in 16 accumulators by place; every lane width gives the same bits.
/// </summary>
internal static unsafe class PairFold
{
    private const int Places = Streams.LineFloats, Stripe = 4 * Places;

    // what lanes that need several walks take at a time, whole stripes
    private const int Piece = 1024;

    /// <summary>Writes the three sums of at most <see cref="DoubleFold.BlockSize"/> elements.</summary>
    /// <param name="a">First vector.</param>
    /// <param name="b">Second vector.</param>
    /// <param name="count">Elements.</param>
    /// <param name="sums">⟨a, b⟩, ⟨b, b⟩, ⟨a, a⟩.</param>
    /// <param name="width">Lane width.</param>
    internal static void Run(float* a, float* b, int count, double* sums, LaneWidth width)
    {
        switch (width)
        {
            case LaneWidth.Sixteen:
                Run<DoubleLane8>(a, b, count, sums);
                break;
            case LaneWidth.Eight:
                Run<DoubleLane4>(a, b, count, sums);
                break;
            case LaneWidth.Four:
                Run<DoubleLane2>(a, b, count, sums);
                break;
            default:
                Run<DoubleLane1>(a, b, count, sums);
                break;
        }

        // products of single precision may have overflowed, or vanished below its least number
        sums[0] = DoubleFold.InRange(sums[0]) ? sums[0] : DoubleFold.Exact(a, b, count, width);
        sums[1] = DoubleFold.InRange(sums[1]) ? sums[1] : DoubleFold.Exact(b, b, count, width);
        sums[2] = DoubleFold.InRange(sums[2]) ? sums[2] : DoubleFold.Exact(a, a, count, width);
    }

    private static void Run<TLane>(float* a, float* b, int count, double* sums) where TLane : struct, IDoubleLane<TLane>
    {
        double* places = stackalloc double[3 * Places];
        new Span<double>(places, 3 * Places).Clear();
        int step = 2 * TLane.Count, whole = count / Stripe * Stripe;
        for (int start = 0, end; start < whole; start = end)
        {
            end = step == Places ? whole : int.Min(start + Piece, whole);
            for (int part = 0; part < Places; part += step)
            {
                Walk<TLane>(a, b, start + part, end, places + part);
            }
        }

        for (int i = whole; i < count; i++)
        {
            double x = a[i], y = b[i];
            double* place = places + (i % Places);
            place[0] = Math.FusedMultiplyAdd(x, y, place[0]);
            place[Places] = Math.FusedMultiplyAdd(y, y, place[Places]);
            place[2 * Places] = Math.FusedMultiplyAdd(x, x, place[2 * Places]);
        }

        for (int sum = 0; sum < 3; sum++, places += Places)
        {
            for (int half = Places / 2; half > 0; half /= 2)
            {
                for (int p = 0; p < half; p++)
                {
                    places[p] += places[half + p];
                }
            }

            sums[sum] = places[0];
        }
    }

    // whole stripes into two lanes of places
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Walk<TLane>(float* a, float* b, int at, int end, double* places) where TLane : struct, IDoubleLane<TLane>
    {
        QuadSums<TLane> lower = Load<TLane>(places), upper = Load<TLane>(places + TLane.Count);
        for (; at < end; at += Stripe)
        {
            for (int line = 0; line < Stripe; line += Places)
            {
                Streams.Prefetch(a + at + line, Places);
                Streams.Prefetch(b + at + line, Places);
            }

            TLane.AddQuads(ref lower, ref upper, a + at, b + at, Places);
        }

        Store(lower, places);
        Store(upper, places + TLane.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static QuadSums<TLane> Load<TLane>(double* places) where TLane : struct, IDoubleLane<TLane> =>
        new() { Product = TLane.Load(places), SquareB = TLane.Load(places + Places), SquareA = TLane.Load(places + 2 * Places) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLane>(in QuadSums<TLane> sums, double* places) where TLane : struct, IDoubleLane<TLane>
    {
        TLane.Store(sums.Product, places);
        TLane.Store(sums.SquareB, places + Places);
        TLane.Store(sums.SquareA, places + 2 * Places);
    }
}
