using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.Intrinsics.Vector128;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The 128-bit micro-kernels of the matrix product: an outer-product tile of up to 8 x 8.
/// ARM's 32 registers hold 16 accumulators, enough for four pipes of latency four.
/// On x64 (16 registers) it spills and serves the tests.
/// One body serves every tile: <c>TR</c> (rows), <c>TV</c> (vectors), <c>TL</c> (layout), <c>TC</c> (columns) are
/// types whose numbers are constants to the JIT, so what a tile lacks vanishes from its code.
/// </summary>
internal readonly unsafe partial struct GemmRung128 : IGemmRung
{
    // with fewer steps there is no time for a line of C to arrive
    private const int PrefetchDepth = 32;

    public static int Lanes => 4;

    public static int MaxRows => 8;

    public static int WideRows => MaxRows;

    public static int WideVectors => 2;

    public static int MaxDotRows => GemmDot<Lane4>.MaxRows;

    public static void Dot(
        int rows, int columns, nint k, float* a, nint rowA, float* b, nint colB, float* c, nint rowC, float alpha, float beta) =>
        GemmDot<Lane4>.Run(1, rows, columns, k, a, rowA, b, colB, c, rowC, alpha, beta);

    public static void Tile<TL>(
        int rows, int vectors, nint k, float* a, nint rowA, float* b, nint rowB, float* c, nint rowC, float alpha, float beta, int last,
        int tiles)
        where TL : struct, ITileLayout
    {
        if (last == 0)
            TileOf<TL, WholeEdge>(rows, vectors, k, a, rowA, b, rowB, c, rowC, alpha, beta, Lanes, tiles);
        else
            TileOf<TL, CutEdge>(rows, vectors, k, a, rowA, b, rowB, c, rowC, alpha, beta, last, tiles);
    }

    private static void TileOf<TL, TE>(
        int rows, int vectors, nint k, float* a, nint rowA, float* b, nint rowB, float* c, nint rowC, float alpha, float beta, int last,
        int tiles)
        where TL : struct, ITileLayout
        where TE : struct, ITileEdge
    {
        if (vectors == 2)
            TileOf<Count2, TL, TE>(rows, k, a, rowA, b, rowB, c, rowC, alpha, beta, last, tiles);
        else
            TileOf<Count1, TL, TE>(rows, k, a, rowA, b, rowB, c, rowC, alpha, beta, last, tiles);
    }

    private static void TileOf<TV, TL, TE>(
        int rows, nint k, float* a, nint rowA, float* b, nint rowB, float* c, nint rowC, float alpha, float beta, int last, int tiles)
        where TV : struct, ICount
        where TL : struct, ITileLayout
        where TE : struct, ITileEdge
    {
        switch (rows)
        {
            case 8: Outer<Count8, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 7: Outer<Count7, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 6: Outer<Count6, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 5: Outer<Count5, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 4: Outer<Count4, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 3: Outer<Count3, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 2: Outer<Count2, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            default: Outer<Count1, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
        }
    }

    // c[i, j] for i < TR, j < TV * 4; accumulator cI_V holds row I, columns V * 4 … V * 4 + 3.
    // Unrolled 2 times: on Intel the integer instructions of a loop take slots from the multiply-adds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer<TR, TV, TL, TE>(
        int tiles, nint k, float* a, nint rowA, float* b, nint rowB, float* c, nint rowC, float alpha, float beta, int last)
        where TR : struct, ICount
        where TV : struct, ICount
        where TL : struct, ITileLayout
        where TE : struct, ITileEdge
    {
        // packed strides are constants, which become parts of addresses
        if (TL.PackedA)
            rowA = 1;
        nint colA = TL.PackedA ? TR.Count : 1;
        if (TL.PackedB)
            rowB = TV.Count * 4;
        nint rowA2 = 2 * rowA;
        nint rowB2 = 2 * rowB, colA2 = 2 * colA;
        nint nextA = TR.Count * (TL.PackedA ? k : rowA);
        var plain = alpha == 1 && beta == 0;
        for (; tiles > 0; tiles--, a += nextA, c += TR.Count * rowC)
        {
            var from = b;
            var a0 = a;
            var a3 = a + 3 * rowA;
            var a6 = a + 6 * rowA;
            Vector128<float> c0_0 = default, c0_1 = default;
            Vector128<float> c1_0 = default, c1_1 = default;
            Vector128<float> c2_0 = default, c2_1 = default;
            Vector128<float> c3_0 = default, c3_1 = default;
            Vector128<float> c4_0 = default, c4_1 = default;
            Vector128<float> c5_0 = default, c5_1 = default;
            Vector128<float> c6_0 = default, c6_1 = default;
            Vector128<float> c7_0 = default, c7_1 = default;
            if (k >= PrefetchDepth)
            {
                Prefetch<TV>(c);
                if (TR.Count > 1) Prefetch<TV>(c + 1 * rowC);
                if (TR.Count > 2) Prefetch<TV>(c + 2 * rowC);
                if (TR.Count > 3) Prefetch<TV>(c + 3 * rowC);
                if (TR.Count > 4) Prefetch<TV>(c + 4 * rowC);
                if (TR.Count > 5) Prefetch<TV>(c + 5 * rowC);
                if (TR.Count > 6) Prefetch<TV>(c + 6 * rowC);
                if (TR.Count > 7) Prefetch<TV>(c + 7 * rowC);
            }

            // addresses stand where they are used: handed to a method they would be computed apart. A packed panel has zeros beside its last column.
            Vector128<float> x, b0, b1;
            var left = k;
            for (; left >= 2; left -= 2)
            {
                b0 = TV.Count == 1 && TE.Cut && !TL.PackedB ? Lane4.LoadPartial(from, last).Value : Vector128.Load(from);
                b1 = TV.Count == 1 ? default : TE.Cut && !TL.PackedB ? Lane4.LoadPartial(from + 4, last).Value : Vector128.Load(from + 4);
                { x = Create(*a0); c0_0 = MultiplyAddEstimate(x, b0, c0_0); c0_1 = Two<TV>(x, b1, c0_1); }
                if (TR.Count > 1) { x = Create(a0[rowA]); c1_0 = MultiplyAddEstimate(x, b0, c1_0); c1_1 = Two<TV>(x, b1, c1_1); }
                if (TR.Count > 2) { x = Create(a0[rowA2]); c2_0 = MultiplyAddEstimate(x, b0, c2_0); c2_1 = Two<TV>(x, b1, c2_1); }
                if (TR.Count > 3) { x = Create(*a3); c3_0 = MultiplyAddEstimate(x, b0, c3_0); c3_1 = Two<TV>(x, b1, c3_1); }
                if (TR.Count > 4) { x = Create(a3[rowA]); c4_0 = MultiplyAddEstimate(x, b0, c4_0); c4_1 = Two<TV>(x, b1, c4_1); }
                if (TR.Count > 5) { x = Create(a3[rowA2]); c5_0 = MultiplyAddEstimate(x, b0, c5_0); c5_1 = Two<TV>(x, b1, c5_1); }
                if (TR.Count > 6) { x = Create(*a6); c6_0 = MultiplyAddEstimate(x, b0, c6_0); c6_1 = Two<TV>(x, b1, c6_1); }
                if (TR.Count > 7) { x = Create(a6[rowA]); c7_0 = MultiplyAddEstimate(x, b0, c7_0); c7_1 = Two<TV>(x, b1, c7_1); }
                b0 = TV.Count == 1 && TE.Cut && !TL.PackedB ? Lane4.LoadPartial(from + rowB, last).Value : Vector128.Load(from + rowB);
                b1 = TV.Count == 1 ? default : TE.Cut && !TL.PackedB ? Lane4.LoadPartial(from + rowB + 4, last).Value : Vector128.Load(from + rowB + 4);
                { x = Create(a0[colA]); c0_0 = MultiplyAddEstimate(x, b0, c0_0); c0_1 = Two<TV>(x, b1, c0_1); }
                if (TR.Count > 1) { x = Create(a0[rowA + colA]); c1_0 = MultiplyAddEstimate(x, b0, c1_0); c1_1 = Two<TV>(x, b1, c1_1); }
                if (TR.Count > 2) { x = Create(a0[rowA2 + colA]); c2_0 = MultiplyAddEstimate(x, b0, c2_0); c2_1 = Two<TV>(x, b1, c2_1); }
                if (TR.Count > 3) { x = Create(a3[colA]); c3_0 = MultiplyAddEstimate(x, b0, c3_0); c3_1 = Two<TV>(x, b1, c3_1); }
                if (TR.Count > 4) { x = Create(a3[rowA + colA]); c4_0 = MultiplyAddEstimate(x, b0, c4_0); c4_1 = Two<TV>(x, b1, c4_1); }
                if (TR.Count > 5) { x = Create(a3[rowA2 + colA]); c5_0 = MultiplyAddEstimate(x, b0, c5_0); c5_1 = Two<TV>(x, b1, c5_1); }
                if (TR.Count > 6) { x = Create(a6[colA]); c6_0 = MultiplyAddEstimate(x, b0, c6_0); c6_1 = Two<TV>(x, b1, c6_1); }
                if (TR.Count > 7) { x = Create(a6[rowA + colA]); c7_0 = MultiplyAddEstimate(x, b0, c7_0); c7_1 = Two<TV>(x, b1, c7_1); }
                from += rowB2;
                a0 += colA2;
                if (TR.Count > 3) a3 += colA2;
                if (TR.Count > 6) a6 += colA2;
            }

            for (; left > 0; left--)
            {
                b0 = TV.Count == 1 && TE.Cut && !TL.PackedB ? Lane4.LoadPartial(from, last).Value : Vector128.Load(from);
                b1 = TV.Count == 1 ? default : TE.Cut && !TL.PackedB ? Lane4.LoadPartial(from + 4, last).Value : Vector128.Load(from + 4);
                { x = Create(*a0); c0_0 = MultiplyAddEstimate(x, b0, c0_0); c0_1 = Two<TV>(x, b1, c0_1); }
                if (TR.Count > 1) { x = Create(a0[rowA]); c1_0 = MultiplyAddEstimate(x, b0, c1_0); c1_1 = Two<TV>(x, b1, c1_1); }
                if (TR.Count > 2) { x = Create(a0[rowA2]); c2_0 = MultiplyAddEstimate(x, b0, c2_0); c2_1 = Two<TV>(x, b1, c2_1); }
                if (TR.Count > 3) { x = Create(*a3); c3_0 = MultiplyAddEstimate(x, b0, c3_0); c3_1 = Two<TV>(x, b1, c3_1); }
                if (TR.Count > 4) { x = Create(a3[rowA]); c4_0 = MultiplyAddEstimate(x, b0, c4_0); c4_1 = Two<TV>(x, b1, c4_1); }
                if (TR.Count > 5) { x = Create(a3[rowA2]); c5_0 = MultiplyAddEstimate(x, b0, c5_0); c5_1 = Two<TV>(x, b1, c5_1); }
                if (TR.Count > 6) { x = Create(*a6); c6_0 = MultiplyAddEstimate(x, b0, c6_0); c6_1 = Two<TV>(x, b1, c6_1); }
                if (TR.Count > 7) { x = Create(a6[rowA]); c7_0 = MultiplyAddEstimate(x, b0, c7_0); c7_1 = Two<TV>(x, b1, c7_1); }
                from += rowB;
                a0 += colA;
                if (TR.Count > 3) a3 += colA;
                if (TR.Count > 6) a6 += colA;
            }

            Store<TV, TE>(c, c0_0, c0_1, alpha, beta, plain, last);
            if (TR.Count > 1) Store<TV, TE>(c + 1 * rowC, c1_0, c1_1, alpha, beta, plain, last);
            if (TR.Count > 2) Store<TV, TE>(c + 2 * rowC, c2_0, c2_1, alpha, beta, plain, last);
            if (TR.Count > 3) Store<TV, TE>(c + 3 * rowC, c3_0, c3_1, alpha, beta, plain, last);
            if (TR.Count > 4) Store<TV, TE>(c + 4 * rowC, c4_0, c4_1, alpha, beta, plain, last);
            if (TR.Count > 5) Store<TV, TE>(c + 5 * rowC, c5_0, c5_1, alpha, beta, plain, last);
            if (TR.Count > 6) Store<TV, TE>(c + 6 * rowC, c6_0, c6_1, alpha, beta, plain, last);
            if (TR.Count > 7) Store<TV, TE>(c + 7 * rowC, c7_0, c7_1, alpha, beta, plain, last);
        }
    }

    // the rows of C are needed when the sums are done, by then they are here
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch<TV>(float* c)
        where TV : struct, ICount
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(c);
        if (TV.Count > 1)
            Sse.Prefetch0(c + 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Two<TV>(Vector128<float> x, Vector128<float> b, Vector128<float> c)
        where TV : struct, ICount => TV.Count > 1 ? Vector128.MultiplyAddEstimate(x, b, c) : c;

    // c = alpha * sum + beta * c; beta = 0 never reads c
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TV, TE>(float* c, Vector128<float> sum0, Vector128<float> sum1, float alpha, float beta, bool plain, int last)
        where TV : struct, ICount
        where TE : struct, ITileEdge
    {
        if (!plain)
        {
            sum0 *= alpha;
            sum1 *= alpha;
            if (beta != 0)
            {
                sum0 = Vector128.MultiplyAddEstimate(Vector128.Create(beta), TV.Count == 1 && TE.Cut ? Lane4.LoadPartial(c, last).Value : Vector128.Load(c), sum0);
                if (TV.Count > 1)
                    sum1 = Vector128.MultiplyAddEstimate(Vector128.Create(beta), TE.Cut ? Lane4.LoadPartial(c + 4, last).Value : Vector128.Load(c + 4), sum1);
            }
        }

        if (TV.Count > 1)
        {
            sum0.Store(c);
            c += 4;
            sum0 = sum1;
        }

        if (TE.Cut)
            Lane4.StorePartial(new(sum0), c, last);
        else
            sum0.Store(c);
    }
}
