using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static System.Runtime.Intrinsics.Vector512;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The 512-bit micro-kernels of the matrix product: an outer-product tile of up to 14 x 32.
/// AVX-512: 32 registers hold 28 accumulators, two vectors of B and one broadcast of A.
/// One body serves every tile: <c>TR</c> (rows), <c>TV</c> (vectors), <c>TL</c> (layout), <c>TC</c> (columns) are
/// types whose numbers are constants to the JIT, so what a tile lacks vanishes from its code.
/// </summary>
internal readonly unsafe partial struct GemmRung512 : IGemmRung
{
    // with fewer steps there is no time for a line of C to arrive
    private const int PrefetchDepth = 32;

    public static int Lanes => 16;

    public static int MaxRows => 14;

    public static int WideRows => 8;

    public static int WideVectors => 3;

    public static int MaxDotRows => GemmDot<Lane16>.MaxRows;

    public static void Dot(
        int rows, int columns, nint k, float* a, nint rowA, float* b, nint colB, float* c, nint rowC, float alpha, float beta) =>
        GemmDot<Lane16>.Run(1, rows, columns, k, a, rowA, b, colB, c, rowC, alpha, beta);

    public static bool CopiesPanels => true;

    public static void CopyingTile<TL>(
        int rows, nint k, float* a, nint rowA, float* b, nint rowB, float* packed, float* c, nint rowC, float alpha, float beta)
        where TL : struct, ITileLayout =>
        WideOf<TL>(rows, k, a, rowA, b, rowB, packed, c, rowC, alpha, beta);

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
        if (vectors == 3)
            WideOf<TL>(rows, k, a, rowA, b, rowB, null, c, rowC, alpha, beta);
        else if (vectors == 2)
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
            case 14: Outer<Count14, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 13: Outer<Count13, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 12: Outer<Count12, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 11: Outer<Count11, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 10: Outer<Count10, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
            case 9: Outer<Count9, TV, TL, TE>(tiles, k, a, rowA, b, rowB, c, rowC, alpha, beta, last); break;
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

    // c[i, j] for i < TR, j < TV * 16; accumulator cI_V holds row I, columns V * 16 … V * 16 + 15.
    // Unrolled 4 times: on Intel the integer instructions of a loop take slots from the multiply-adds.
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
            rowB = TV.Count * 16;
        nint rowA2 = 2 * rowA;
        nint rowB2 = 2 * rowB, colA2 = 2 * colA;
        nint rowB3 = 3 * rowB, colA3 = 3 * colA;
        nint rowB4 = 4 * rowB, colA4 = 4 * colA;
        nint nextA = TR.Count * (TL.PackedA ? k : rowA);
        var plain = alpha == 1 && beta == 0;
        for (; tiles > 0; tiles--, a += nextA, c += TR.Count * rowC)
        {
            var from = b;
            var a0 = a;
            var a3 = a + 3 * rowA;
            var a6 = a + 6 * rowA;
            var a9 = a + 9 * rowA;
            var a12 = a + 12 * rowA;
            Vector512<float> c0_0 = default, c0_1 = default;
            Vector512<float> c1_0 = default, c1_1 = default;
            Vector512<float> c2_0 = default, c2_1 = default;
            Vector512<float> c3_0 = default, c3_1 = default;
            Vector512<float> c4_0 = default, c4_1 = default;
            Vector512<float> c5_0 = default, c5_1 = default;
            Vector512<float> c6_0 = default, c6_1 = default;
            Vector512<float> c7_0 = default, c7_1 = default;
            Vector512<float> c8_0 = default, c8_1 = default;
            Vector512<float> c9_0 = default, c9_1 = default;
            Vector512<float> c10_0 = default, c10_1 = default;
            Vector512<float> c11_0 = default, c11_1 = default;
            Vector512<float> c12_0 = default, c12_1 = default;
            Vector512<float> c13_0 = default, c13_1 = default;
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
                if (TR.Count > 8) Prefetch<TV>(c + 8 * rowC);
                if (TR.Count > 9) Prefetch<TV>(c + 9 * rowC);
                if (TR.Count > 10) Prefetch<TV>(c + 10 * rowC);
                if (TR.Count > 11) Prefetch<TV>(c + 11 * rowC);
                if (TR.Count > 12) Prefetch<TV>(c + 12 * rowC);
                if (TR.Count > 13) Prefetch<TV>(c + 13 * rowC);
            }

            // addresses stand where they are used: handed to a method they would be computed apart. A packed panel has zeros beside its last column.
            Vector512<float> x, b0, b1;
            var left = k;
            for (; left >= 4; left -= 4)
            {
                b0 = TV.Count == 1 && TE.Cut && !TL.PackedB ? Lane16.LoadPartial(from, last).Value : Vector512.Load(from);
                b1 = TV.Count == 1 ? default : TE.Cut && !TL.PackedB ? Lane16.LoadPartial(from + 16, last).Value : Vector512.Load(from + 16);
                Ahead<TV, TL>(from);
                { x = Create(*a0); c0_0 = MultiplyAddEstimate(x, b0, c0_0); c0_1 = Two<TV>(x, b1, c0_1); }
                if (TR.Count > 1) { x = Create(a0[rowA]); c1_0 = MultiplyAddEstimate(x, b0, c1_0); c1_1 = Two<TV>(x, b1, c1_1); }
                if (TR.Count > 2) { x = Create(a0[rowA2]); c2_0 = MultiplyAddEstimate(x, b0, c2_0); c2_1 = Two<TV>(x, b1, c2_1); }
                if (TR.Count > 3) { x = Create(*a3); c3_0 = MultiplyAddEstimate(x, b0, c3_0); c3_1 = Two<TV>(x, b1, c3_1); }
                if (TR.Count > 4) { x = Create(a3[rowA]); c4_0 = MultiplyAddEstimate(x, b0, c4_0); c4_1 = Two<TV>(x, b1, c4_1); }
                if (TR.Count > 5) { x = Create(a3[rowA2]); c5_0 = MultiplyAddEstimate(x, b0, c5_0); c5_1 = Two<TV>(x, b1, c5_1); }
                if (TR.Count > 6) { x = Create(*a6); c6_0 = MultiplyAddEstimate(x, b0, c6_0); c6_1 = Two<TV>(x, b1, c6_1); }
                if (TR.Count > 7) { x = Create(a6[rowA]); c7_0 = MultiplyAddEstimate(x, b0, c7_0); c7_1 = Two<TV>(x, b1, c7_1); }
                if (TR.Count > 8) { x = Create(a6[rowA2]); c8_0 = MultiplyAddEstimate(x, b0, c8_0); c8_1 = Two<TV>(x, b1, c8_1); }
                if (TR.Count > 9) { x = Create(*a9); c9_0 = MultiplyAddEstimate(x, b0, c9_0); c9_1 = Two<TV>(x, b1, c9_1); }
                if (TR.Count > 10) { x = Create(a9[rowA]); c10_0 = MultiplyAddEstimate(x, b0, c10_0); c10_1 = Two<TV>(x, b1, c10_1); }
                if (TR.Count > 11) { x = Create(a9[rowA2]); c11_0 = MultiplyAddEstimate(x, b0, c11_0); c11_1 = Two<TV>(x, b1, c11_1); }
                if (TR.Count > 12) { x = Create(*a12); c12_0 = MultiplyAddEstimate(x, b0, c12_0); c12_1 = Two<TV>(x, b1, c12_1); }
                if (TR.Count > 13) { x = Create(a12[rowA]); c13_0 = MultiplyAddEstimate(x, b0, c13_0); c13_1 = Two<TV>(x, b1, c13_1); }
                b0 = TV.Count == 1 && TE.Cut && !TL.PackedB ? Lane16.LoadPartial(from + rowB, last).Value : Vector512.Load(from + rowB);
                b1 = TV.Count == 1 ? default : TE.Cut && !TL.PackedB ? Lane16.LoadPartial(from + rowB + 16, last).Value : Vector512.Load(from + rowB + 16);
                Ahead<TV, TL>(from + rowB);
                { x = Create(a0[colA]); c0_0 = MultiplyAddEstimate(x, b0, c0_0); c0_1 = Two<TV>(x, b1, c0_1); }
                if (TR.Count > 1) { x = Create(a0[rowA + colA]); c1_0 = MultiplyAddEstimate(x, b0, c1_0); c1_1 = Two<TV>(x, b1, c1_1); }
                if (TR.Count > 2) { x = Create(a0[rowA2 + colA]); c2_0 = MultiplyAddEstimate(x, b0, c2_0); c2_1 = Two<TV>(x, b1, c2_1); }
                if (TR.Count > 3) { x = Create(a3[colA]); c3_0 = MultiplyAddEstimate(x, b0, c3_0); c3_1 = Two<TV>(x, b1, c3_1); }
                if (TR.Count > 4) { x = Create(a3[rowA + colA]); c4_0 = MultiplyAddEstimate(x, b0, c4_0); c4_1 = Two<TV>(x, b1, c4_1); }
                if (TR.Count > 5) { x = Create(a3[rowA2 + colA]); c5_0 = MultiplyAddEstimate(x, b0, c5_0); c5_1 = Two<TV>(x, b1, c5_1); }
                if (TR.Count > 6) { x = Create(a6[colA]); c6_0 = MultiplyAddEstimate(x, b0, c6_0); c6_1 = Two<TV>(x, b1, c6_1); }
                if (TR.Count > 7) { x = Create(a6[rowA + colA]); c7_0 = MultiplyAddEstimate(x, b0, c7_0); c7_1 = Two<TV>(x, b1, c7_1); }
                if (TR.Count > 8) { x = Create(a6[rowA2 + colA]); c8_0 = MultiplyAddEstimate(x, b0, c8_0); c8_1 = Two<TV>(x, b1, c8_1); }
                if (TR.Count > 9) { x = Create(a9[colA]); c9_0 = MultiplyAddEstimate(x, b0, c9_0); c9_1 = Two<TV>(x, b1, c9_1); }
                if (TR.Count > 10) { x = Create(a9[rowA + colA]); c10_0 = MultiplyAddEstimate(x, b0, c10_0); c10_1 = Two<TV>(x, b1, c10_1); }
                if (TR.Count > 11) { x = Create(a9[rowA2 + colA]); c11_0 = MultiplyAddEstimate(x, b0, c11_0); c11_1 = Two<TV>(x, b1, c11_1); }
                if (TR.Count > 12) { x = Create(a12[colA]); c12_0 = MultiplyAddEstimate(x, b0, c12_0); c12_1 = Two<TV>(x, b1, c12_1); }
                if (TR.Count > 13) { x = Create(a12[rowA + colA]); c13_0 = MultiplyAddEstimate(x, b0, c13_0); c13_1 = Two<TV>(x, b1, c13_1); }
                b0 = TV.Count == 1 && TE.Cut && !TL.PackedB ? Lane16.LoadPartial(from + rowB2, last).Value : Vector512.Load(from + rowB2);
                b1 = TV.Count == 1 ? default : TE.Cut && !TL.PackedB ? Lane16.LoadPartial(from + rowB2 + 16, last).Value : Vector512.Load(from + rowB2 + 16);
                Ahead<TV, TL>(from + rowB2);
                { x = Create(a0[colA2]); c0_0 = MultiplyAddEstimate(x, b0, c0_0); c0_1 = Two<TV>(x, b1, c0_1); }
                if (TR.Count > 1) { x = Create(a0[rowA + colA2]); c1_0 = MultiplyAddEstimate(x, b0, c1_0); c1_1 = Two<TV>(x, b1, c1_1); }
                if (TR.Count > 2) { x = Create(a0[rowA2 + colA2]); c2_0 = MultiplyAddEstimate(x, b0, c2_0); c2_1 = Two<TV>(x, b1, c2_1); }
                if (TR.Count > 3) { x = Create(a3[colA2]); c3_0 = MultiplyAddEstimate(x, b0, c3_0); c3_1 = Two<TV>(x, b1, c3_1); }
                if (TR.Count > 4) { x = Create(a3[rowA + colA2]); c4_0 = MultiplyAddEstimate(x, b0, c4_0); c4_1 = Two<TV>(x, b1, c4_1); }
                if (TR.Count > 5) { x = Create(a3[rowA2 + colA2]); c5_0 = MultiplyAddEstimate(x, b0, c5_0); c5_1 = Two<TV>(x, b1, c5_1); }
                if (TR.Count > 6) { x = Create(a6[colA2]); c6_0 = MultiplyAddEstimate(x, b0, c6_0); c6_1 = Two<TV>(x, b1, c6_1); }
                if (TR.Count > 7) { x = Create(a6[rowA + colA2]); c7_0 = MultiplyAddEstimate(x, b0, c7_0); c7_1 = Two<TV>(x, b1, c7_1); }
                if (TR.Count > 8) { x = Create(a6[rowA2 + colA2]); c8_0 = MultiplyAddEstimate(x, b0, c8_0); c8_1 = Two<TV>(x, b1, c8_1); }
                if (TR.Count > 9) { x = Create(a9[colA2]); c9_0 = MultiplyAddEstimate(x, b0, c9_0); c9_1 = Two<TV>(x, b1, c9_1); }
                if (TR.Count > 10) { x = Create(a9[rowA + colA2]); c10_0 = MultiplyAddEstimate(x, b0, c10_0); c10_1 = Two<TV>(x, b1, c10_1); }
                if (TR.Count > 11) { x = Create(a9[rowA2 + colA2]); c11_0 = MultiplyAddEstimate(x, b0, c11_0); c11_1 = Two<TV>(x, b1, c11_1); }
                if (TR.Count > 12) { x = Create(a12[colA2]); c12_0 = MultiplyAddEstimate(x, b0, c12_0); c12_1 = Two<TV>(x, b1, c12_1); }
                if (TR.Count > 13) { x = Create(a12[rowA + colA2]); c13_0 = MultiplyAddEstimate(x, b0, c13_0); c13_1 = Two<TV>(x, b1, c13_1); }
                b0 = TV.Count == 1 && TE.Cut && !TL.PackedB ? Lane16.LoadPartial(from + rowB3, last).Value : Vector512.Load(from + rowB3);
                b1 = TV.Count == 1 ? default : TE.Cut && !TL.PackedB ? Lane16.LoadPartial(from + rowB3 + 16, last).Value : Vector512.Load(from + rowB3 + 16);
                Ahead<TV, TL>(from + rowB3);
                { x = Create(a0[colA3]); c0_0 = MultiplyAddEstimate(x, b0, c0_0); c0_1 = Two<TV>(x, b1, c0_1); }
                if (TR.Count > 1) { x = Create(a0[rowA + colA3]); c1_0 = MultiplyAddEstimate(x, b0, c1_0); c1_1 = Two<TV>(x, b1, c1_1); }
                if (TR.Count > 2) { x = Create(a0[rowA2 + colA3]); c2_0 = MultiplyAddEstimate(x, b0, c2_0); c2_1 = Two<TV>(x, b1, c2_1); }
                if (TR.Count > 3) { x = Create(a3[colA3]); c3_0 = MultiplyAddEstimate(x, b0, c3_0); c3_1 = Two<TV>(x, b1, c3_1); }
                if (TR.Count > 4) { x = Create(a3[rowA + colA3]); c4_0 = MultiplyAddEstimate(x, b0, c4_0); c4_1 = Two<TV>(x, b1, c4_1); }
                if (TR.Count > 5) { x = Create(a3[rowA2 + colA3]); c5_0 = MultiplyAddEstimate(x, b0, c5_0); c5_1 = Two<TV>(x, b1, c5_1); }
                if (TR.Count > 6) { x = Create(a6[colA3]); c6_0 = MultiplyAddEstimate(x, b0, c6_0); c6_1 = Two<TV>(x, b1, c6_1); }
                if (TR.Count > 7) { x = Create(a6[rowA + colA3]); c7_0 = MultiplyAddEstimate(x, b0, c7_0); c7_1 = Two<TV>(x, b1, c7_1); }
                if (TR.Count > 8) { x = Create(a6[rowA2 + colA3]); c8_0 = MultiplyAddEstimate(x, b0, c8_0); c8_1 = Two<TV>(x, b1, c8_1); }
                if (TR.Count > 9) { x = Create(a9[colA3]); c9_0 = MultiplyAddEstimate(x, b0, c9_0); c9_1 = Two<TV>(x, b1, c9_1); }
                if (TR.Count > 10) { x = Create(a9[rowA + colA3]); c10_0 = MultiplyAddEstimate(x, b0, c10_0); c10_1 = Two<TV>(x, b1, c10_1); }
                if (TR.Count > 11) { x = Create(a9[rowA2 + colA3]); c11_0 = MultiplyAddEstimate(x, b0, c11_0); c11_1 = Two<TV>(x, b1, c11_1); }
                if (TR.Count > 12) { x = Create(a12[colA3]); c12_0 = MultiplyAddEstimate(x, b0, c12_0); c12_1 = Two<TV>(x, b1, c12_1); }
                if (TR.Count > 13) { x = Create(a12[rowA + colA3]); c13_0 = MultiplyAddEstimate(x, b0, c13_0); c13_1 = Two<TV>(x, b1, c13_1); }
                from += rowB4;
                a0 += colA4;
                if (TR.Count > 3) a3 += colA4;
                if (TR.Count > 6) a6 += colA4;
                if (TR.Count > 9) a9 += colA4;
                if (TR.Count > 12) a12 += colA4;
            }

            for (; left > 0; left--)
            {
                b0 = TV.Count == 1 && TE.Cut && !TL.PackedB ? Lane16.LoadPartial(from, last).Value : Vector512.Load(from);
                b1 = TV.Count == 1 ? default : TE.Cut && !TL.PackedB ? Lane16.LoadPartial(from + 16, last).Value : Vector512.Load(from + 16);
                { x = Create(*a0); c0_0 = MultiplyAddEstimate(x, b0, c0_0); c0_1 = Two<TV>(x, b1, c0_1); }
                if (TR.Count > 1) { x = Create(a0[rowA]); c1_0 = MultiplyAddEstimate(x, b0, c1_0); c1_1 = Two<TV>(x, b1, c1_1); }
                if (TR.Count > 2) { x = Create(a0[rowA2]); c2_0 = MultiplyAddEstimate(x, b0, c2_0); c2_1 = Two<TV>(x, b1, c2_1); }
                if (TR.Count > 3) { x = Create(*a3); c3_0 = MultiplyAddEstimate(x, b0, c3_0); c3_1 = Two<TV>(x, b1, c3_1); }
                if (TR.Count > 4) { x = Create(a3[rowA]); c4_0 = MultiplyAddEstimate(x, b0, c4_0); c4_1 = Two<TV>(x, b1, c4_1); }
                if (TR.Count > 5) { x = Create(a3[rowA2]); c5_0 = MultiplyAddEstimate(x, b0, c5_0); c5_1 = Two<TV>(x, b1, c5_1); }
                if (TR.Count > 6) { x = Create(*a6); c6_0 = MultiplyAddEstimate(x, b0, c6_0); c6_1 = Two<TV>(x, b1, c6_1); }
                if (TR.Count > 7) { x = Create(a6[rowA]); c7_0 = MultiplyAddEstimate(x, b0, c7_0); c7_1 = Two<TV>(x, b1, c7_1); }
                if (TR.Count > 8) { x = Create(a6[rowA2]); c8_0 = MultiplyAddEstimate(x, b0, c8_0); c8_1 = Two<TV>(x, b1, c8_1); }
                if (TR.Count > 9) { x = Create(*a9); c9_0 = MultiplyAddEstimate(x, b0, c9_0); c9_1 = Two<TV>(x, b1, c9_1); }
                if (TR.Count > 10) { x = Create(a9[rowA]); c10_0 = MultiplyAddEstimate(x, b0, c10_0); c10_1 = Two<TV>(x, b1, c10_1); }
                if (TR.Count > 11) { x = Create(a9[rowA2]); c11_0 = MultiplyAddEstimate(x, b0, c11_0); c11_1 = Two<TV>(x, b1, c11_1); }
                if (TR.Count > 12) { x = Create(*a12); c12_0 = MultiplyAddEstimate(x, b0, c12_0); c12_1 = Two<TV>(x, b1, c12_1); }
                if (TR.Count > 13) { x = Create(a12[rowA]); c13_0 = MultiplyAddEstimate(x, b0, c13_0); c13_1 = Two<TV>(x, b1, c13_1); }
                from += rowB;
                a0 += colA;
                if (TR.Count > 3) a3 += colA;
                if (TR.Count > 6) a6 += colA;
                if (TR.Count > 9) a9 += colA;
                if (TR.Count > 12) a12 += colA;
            }

            Store<TV, TE>(c, c0_0, c0_1, alpha, beta, plain, last);
            if (TR.Count > 1) Store<TV, TE>(c + 1 * rowC, c1_0, c1_1, alpha, beta, plain, last);
            if (TR.Count > 2) Store<TV, TE>(c + 2 * rowC, c2_0, c2_1, alpha, beta, plain, last);
            if (TR.Count > 3) Store<TV, TE>(c + 3 * rowC, c3_0, c3_1, alpha, beta, plain, last);
            if (TR.Count > 4) Store<TV, TE>(c + 4 * rowC, c4_0, c4_1, alpha, beta, plain, last);
            if (TR.Count > 5) Store<TV, TE>(c + 5 * rowC, c5_0, c5_1, alpha, beta, plain, last);
            if (TR.Count > 6) Store<TV, TE>(c + 6 * rowC, c6_0, c6_1, alpha, beta, plain, last);
            if (TR.Count > 7) Store<TV, TE>(c + 7 * rowC, c7_0, c7_1, alpha, beta, plain, last);
            if (TR.Count > 8) Store<TV, TE>(c + 8 * rowC, c8_0, c8_1, alpha, beta, plain, last);
            if (TR.Count > 9) Store<TV, TE>(c + 9 * rowC, c9_0, c9_1, alpha, beta, plain, last);
            if (TR.Count > 10) Store<TV, TE>(c + 10 * rowC, c10_0, c10_1, alpha, beta, plain, last);
            if (TR.Count > 11) Store<TV, TE>(c + 11 * rowC, c11_0, c11_1, alpha, beta, plain, last);
            if (TR.Count > 12) Store<TV, TE>(c + 12 * rowC, c12_0, c12_1, alpha, beta, plain, last);
            if (TR.Count > 13) Store<TV, TE>(c + 13 * rowC, c13_0, c13_1, alpha, beta, plain, last);
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
            Sse.Prefetch0(c + 31);
    }

    // the same row of the next tile to the right: where B lies in place its rows are far apart, and nothing else foresees the jump
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ahead<TV, TL>(float* b)
        where TV : struct, ICount
        where TL : struct, ITileLayout
    {
        if (TL.PackedB || TV.Count == 1 || !Sse.IsSupported)
            return;
        Sse.Prefetch1(b + 32);
        Sse.Prefetch1(b + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Two<TV>(Vector512<float> x, Vector512<float> b, Vector512<float> c)
        where TV : struct, ICount => TV.Count > 1 ? Vector512.MultiplyAddEstimate(x, b, c) : c;

    // c = alpha * sum + beta * c; beta = 0 never reads c
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TV, TE>(float* c, Vector512<float> sum0, Vector512<float> sum1, float alpha, float beta, bool plain, int last)
        where TV : struct, ICount
        where TE : struct, ITileEdge
    {
        if (!plain)
        {
            sum0 *= alpha;
            sum1 *= alpha;
            if (beta != 0)
            {
                sum0 = Vector512.MultiplyAddEstimate(Vector512.Create(beta), TV.Count == 1 && TE.Cut ? Lane16.LoadPartial(c, last).Value : Vector512.Load(c), sum0);
                if (TV.Count > 1)
                    sum1 = Vector512.MultiplyAddEstimate(Vector512.Create(beta), TE.Cut ? Lane16.LoadPartial(c + 16, last).Value : Vector512.Load(c + 16), sum1);
            }
        }

        if (TV.Count > 1)
        {
            sum0.Store(c);
            c += 16;
            sum0 = sum1;
        }

        if (TE.Cut)
            Lane16.StorePartial(new(sum0), c, last);
        else
            sum0.Store(c);
    }
}
