using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.Intrinsics.Vector256;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The 256-bit micro-kernels of the matrix product: an outer-product tile of up to 6 x 16.
/// AVX2: 16 registers hold 12 accumulators, two vectors of B and one broadcast of A.
/// One body serves every tile: <c>TR</c> (rows), <c>TV</c> (vectors), <c>TL</c> (layout), <c>TC</c> (columns) are
/// types whose numbers are constants to the JIT, so what a tile lacks vanishes from its code.
/// </summary>
internal readonly unsafe partial struct GemmRung256 : IGemmRung
{
    // with fewer steps there is no time for a line of C to arrive
    private const int PrefetchDepth = 32;

    public static int Lanes => 8;

    public static int MaxRows => 6;

    public static int WideRows => MaxRows;

    public static int WideVectors => 2;

    public static int MaxDotRows => GemmDot<Lane8>.MaxRows;

    public static void Dot(
        int rows, int columns, nint k, float* a, nint rowA, float* b, nint colB, float* c, nint rowC, float alpha, float beta) =>
        GemmDot<Lane8>.Run(1, rows, columns, k, a, rowA, b, colB, c, rowC, alpha, beta);

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
            case 6: Outer<Count6, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 5: Outer<Count5, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 4: Outer<Count4, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 3: Outer<Count3, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 2: Outer<Count2, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            default: Outer<Count1, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
        }
    }

    // c[i, j] for i < TR, j < TV * 8; accumulator cI_V holds row I, columns V * 8 … V * 8 + 7.
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
            rowB = TV.Count * 8;
        nint rowA2 = 2 * rowA;
        nint rowB2 = 2 * rowB, colA2 = 2 * colA;
        nint nextA = TR.Count * (TL.PackedA ? k : rowA);
        var plain = alpha == 1 && beta == 0;
        for (; tiles > 0; tiles--, a += nextA, c += TR.Count * rowC)
        {
            var from = b;
            var a0 = a;
            var a3 = a + 3 * rowA;
            Vector256<float> c0_0 = default, c0_1 = default;
            Vector256<float> c1_0 = default, c1_1 = default;
            Vector256<float> c2_0 = default, c2_1 = default;
            Vector256<float> c3_0 = default, c3_1 = default;
            Vector256<float> c4_0 = default, c4_1 = default;
            Vector256<float> c5_0 = default, c5_1 = default;
            if (k >= PrefetchDepth)
            {
                Prefetch<TV>(c);
                if (TR.Count > 1) Prefetch<TV>(c + 1 * rowC);
                if (TR.Count > 2) Prefetch<TV>(c + 2 * rowC);
                if (TR.Count > 3) Prefetch<TV>(c + 3 * rowC);
                if (TR.Count > 4) Prefetch<TV>(c + 4 * rowC);
                if (TR.Count > 5) Prefetch<TV>(c + 5 * rowC);
            }

            // addresses stand where they are used: handed to a method they would be computed apart. A packed panel has zeros beside its last column.
            Vector256<float> x, b0, b1;
            var left = k;
            for (; left >= 2; left -= 2)
            {
                b0 = TV.Count == 1 && TE.Cut && !TL.PackedB ? Lane8.LoadPartial(from, last).Value : Vector256.Load(from);
                b1 = TV.Count == 1 ? default : TE.Cut && !TL.PackedB ? Lane8.LoadPartial(from + 8, last).Value : Vector256.Load(from + 8);
                Ahead<TV, TL>(from);
                { x = Create(*a0); c0_0 = MultiplyAddEstimate(x, b0, c0_0); c0_1 = Two<TV>(x, b1, c0_1); }
                if (TR.Count > 1) { x = Create(a0[rowA]); c1_0 = MultiplyAddEstimate(x, b0, c1_0); c1_1 = Two<TV>(x, b1, c1_1); }
                if (TR.Count > 2) { x = Create(a0[rowA2]); c2_0 = MultiplyAddEstimate(x, b0, c2_0); c2_1 = Two<TV>(x, b1, c2_1); }
                if (TR.Count > 3) { x = Create(*a3); c3_0 = MultiplyAddEstimate(x, b0, c3_0); c3_1 = Two<TV>(x, b1, c3_1); }
                if (TR.Count > 4) { x = Create(a3[rowA]); c4_0 = MultiplyAddEstimate(x, b0, c4_0); c4_1 = Two<TV>(x, b1, c4_1); }
                if (TR.Count > 5) { x = Create(a3[rowA2]); c5_0 = MultiplyAddEstimate(x, b0, c5_0); c5_1 = Two<TV>(x, b1, c5_1); }
                b0 = TV.Count == 1 && TE.Cut && !TL.PackedB ? Lane8.LoadPartial(from + rowB, last).Value : Vector256.Load(from + rowB);
                b1 = TV.Count == 1 ? default : TE.Cut && !TL.PackedB ? Lane8.LoadPartial(from + rowB + 8, last).Value : Vector256.Load(from + rowB + 8);
                Ahead<TV, TL>(from + rowB);
                { x = Create(a0[colA]); c0_0 = MultiplyAddEstimate(x, b0, c0_0); c0_1 = Two<TV>(x, b1, c0_1); }
                if (TR.Count > 1) { x = Create(a0[rowA + colA]); c1_0 = MultiplyAddEstimate(x, b0, c1_0); c1_1 = Two<TV>(x, b1, c1_1); }
                if (TR.Count > 2) { x = Create(a0[rowA2 + colA]); c2_0 = MultiplyAddEstimate(x, b0, c2_0); c2_1 = Two<TV>(x, b1, c2_1); }
                if (TR.Count > 3) { x = Create(a3[colA]); c3_0 = MultiplyAddEstimate(x, b0, c3_0); c3_1 = Two<TV>(x, b1, c3_1); }
                if (TR.Count > 4) { x = Create(a3[rowA + colA]); c4_0 = MultiplyAddEstimate(x, b0, c4_0); c4_1 = Two<TV>(x, b1, c4_1); }
                if (TR.Count > 5) { x = Create(a3[rowA2 + colA]); c5_0 = MultiplyAddEstimate(x, b0, c5_0); c5_1 = Two<TV>(x, b1, c5_1); }
                from += rowB2;
                a0 += colA2;
                if (TR.Count > 3) a3 += colA2;
            }

            for (; left > 0; left--)
            {
                b0 = TV.Count == 1 && TE.Cut && !TL.PackedB ? Lane8.LoadPartial(from, last).Value : Vector256.Load(from);
                b1 = TV.Count == 1 ? default : TE.Cut && !TL.PackedB ? Lane8.LoadPartial(from + 8, last).Value : Vector256.Load(from + 8);
                { x = Create(*a0); c0_0 = MultiplyAddEstimate(x, b0, c0_0); c0_1 = Two<TV>(x, b1, c0_1); }
                if (TR.Count > 1) { x = Create(a0[rowA]); c1_0 = MultiplyAddEstimate(x, b0, c1_0); c1_1 = Two<TV>(x, b1, c1_1); }
                if (TR.Count > 2) { x = Create(a0[rowA2]); c2_0 = MultiplyAddEstimate(x, b0, c2_0); c2_1 = Two<TV>(x, b1, c2_1); }
                if (TR.Count > 3) { x = Create(*a3); c3_0 = MultiplyAddEstimate(x, b0, c3_0); c3_1 = Two<TV>(x, b1, c3_1); }
                if (TR.Count > 4) { x = Create(a3[rowA]); c4_0 = MultiplyAddEstimate(x, b0, c4_0); c4_1 = Two<TV>(x, b1, c4_1); }
                if (TR.Count > 5) { x = Create(a3[rowA2]); c5_0 = MultiplyAddEstimate(x, b0, c5_0); c5_1 = Two<TV>(x, b1, c5_1); }
                from += rowB;
                a0 += colA;
                if (TR.Count > 3) a3 += colA;
            }

            Store<TV, TE>(c, c0_0, c0_1, alpha, beta, plain, last);
            if (TR.Count > 1) Store<TV, TE>(c + 1 * rowC, c1_0, c1_1, alpha, beta, plain, last);
            if (TR.Count > 2) Store<TV, TE>(c + 2 * rowC, c2_0, c2_1, alpha, beta, plain, last);
            if (TR.Count > 3) Store<TV, TE>(c + 3 * rowC, c3_0, c3_1, alpha, beta, plain, last);
            if (TR.Count > 4) Store<TV, TE>(c + 4 * rowC, c4_0, c4_1, alpha, beta, plain, last);
            if (TR.Count > 5) Store<TV, TE>(c + 5 * rowC, c5_0, c5_1, alpha, beta, plain, last);
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
            Sse.Prefetch0(c + 15);
    }

    // the same row of the next tile to the right: where B lies in place its rows are far apart, and nothing else foresees the jump
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ahead<TV, TL>(float* b)
        where TV : struct, ICount
        where TL : struct, ITileLayout
    {
        if (TL.PackedB || TV.Count == 1 || !Sse.IsSupported)
            return;
        Sse.Prefetch1(b + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Two<TV>(Vector256<float> x, Vector256<float> b, Vector256<float> c)
        where TV : struct, ICount => TV.Count > 1 ? Vector256.MultiplyAddEstimate(x, b, c) : c;

    // c = alpha * sum + beta * c; beta = 0 never reads c
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TV, TE>(float* c, Vector256<float> sum0, Vector256<float> sum1, float alpha, float beta, bool plain, int last)
        where TV : struct, ICount
        where TE : struct, ITileEdge
    {
        if (!plain)
        {
            sum0 *= alpha;
            sum1 *= alpha;
            if (beta != 0)
            {
                sum0 = Vector256.MultiplyAddEstimate(Vector256.Create(beta), TV.Count == 1 && TE.Cut ? Lane8.LoadPartial(c, last).Value : Vector256.Load(c), sum0);
                if (TV.Count > 1)
                    sum1 = Vector256.MultiplyAddEstimate(Vector256.Create(beta), TE.Cut ? Lane8.LoadPartial(c + 8, last).Value : Vector256.Load(c + 8), sum1);
            }
        }

        if (TV.Count > 1)
        {
            sum0.Store(c);
            c += 8;
            sum0 = sum1;
        }

        if (TE.Cut)
            Lane8.StorePartial(new(sum0), c, last);
        else
            sum0.Store(c);
    }
}
