using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The 512-bit micro-kernels of the matrix product: an outer-product tile of up to 14 x 32 and a dot-product tile of up to 6 x 4.
/// AVX-512: 32 registers hold 24 accumulators, two vectors of B and one broadcast of A.
/// One body serves every tile height: <c>TRows.Count</c> is a constant to the JIT, so rows that a tile lacks vanish from its code.
/// </summary>
internal readonly unsafe struct GemmRung512 : IGemmRung
{
    // with fewer steps there is no time for a line of C to arrive
    private const int PrefetchDepth = 32;

    public static int Lanes => 16;

    public static int MaxRows => 14;

    public static int MaxDotRows => 6;

    public static void Tile<TLayout>(
        int rows, int vectors, nint k, float* a, nint rowA, float* b, nint rowB, float* c, nint rowC, float alpha, float beta)
        where TLayout : struct, ITileLayout
    {
        if (vectors == 2)
            TileOf<Count2, TLayout>(rows, k, a, rowA, b, rowB, c, rowC, alpha, beta);
        else
            TileOf<Count1, TLayout>(rows, k, a, rowA, b, rowB, c, rowC, alpha, beta);
    }

    private static void TileOf<TVectors, TLayout>(
        int rows, nint k, float* a, nint rowA, float* b, nint rowB, float* c, nint rowC, float alpha, float beta)
        where TVectors : struct, ICount
        where TLayout : struct, ITileLayout
    {
        switch (rows)
        {
            case 14: Outer<Count14, TVectors, TLayout>(k, a, rowA, b, rowB, c, rowC, alpha, beta); break;
            case 13: Outer<Count13, TVectors, TLayout>(k, a, rowA, b, rowB, c, rowC, alpha, beta); break;
            case 12: Outer<Count12, TVectors, TLayout>(k, a, rowA, b, rowB, c, rowC, alpha, beta); break;
            case 11: Outer<Count11, TVectors, TLayout>(k, a, rowA, b, rowB, c, rowC, alpha, beta); break;
            case 10: Outer<Count10, TVectors, TLayout>(k, a, rowA, b, rowB, c, rowC, alpha, beta); break;
            case 9: Outer<Count9, TVectors, TLayout>(k, a, rowA, b, rowB, c, rowC, alpha, beta); break;
            case 8: Outer<Count8, TVectors, TLayout>(k, a, rowA, b, rowB, c, rowC, alpha, beta); break;
            case 7: Outer<Count7, TVectors, TLayout>(k, a, rowA, b, rowB, c, rowC, alpha, beta); break;
            case 6: Outer<Count6, TVectors, TLayout>(k, a, rowA, b, rowB, c, rowC, alpha, beta); break;
            case 5: Outer<Count5, TVectors, TLayout>(k, a, rowA, b, rowB, c, rowC, alpha, beta); break;
            case 4: Outer<Count4, TVectors, TLayout>(k, a, rowA, b, rowB, c, rowC, alpha, beta); break;
            case 3: Outer<Count3, TVectors, TLayout>(k, a, rowA, b, rowB, c, rowC, alpha, beta); break;
            case 2: Outer<Count2, TVectors, TLayout>(k, a, rowA, b, rowB, c, rowC, alpha, beta); break;
            default: Outer<Count1, TVectors, TLayout>(k, a, rowA, b, rowB, c, rowC, alpha, beta); break;
        }
    }

    public static void Dot(
        int rows, int columns, nint k, float* a, nint rowA, float* b, nint colB, float* c, nint rowC, float alpha, float beta)
    {
        if (columns == 1)
            DotOf<Count1>(rows, k, a, rowA, b, colB, c, rowC, alpha, beta);
        else
            DotOf<Count4>(rows, k, a, rowA, b, colB, c, rowC, alpha, beta);
    }

    private static void DotOf<TColumns>(
        int rows, nint k, float* a, nint rowA, float* b, nint colB, float* c, nint rowC, float alpha, float beta)
        where TColumns : struct, ICount
    {
        switch (rows)
        {
            case 6: Inner<Count6, TColumns>(k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            case 5: Inner<Count5, TColumns>(k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            case 4: Inner<Count4, TColumns>(k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            case 3: Inner<Count3, TColumns>(k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            case 2: Inner<Count2, TColumns>(k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            default: Inner<Count1, TColumns>(k, a, rowA, b, colB, c, rowC, alpha, beta); break;
        }
    }

    // c[i, j] for i < TRows, j < TVectors * 16; accumulator cI_V holds row I, columns V * 16 … V * 16 + 15.
    // Unrolled 4 times: on Intel the integer instructions of a loop take slots from the multiply-adds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer<TRows, TVectors, TLayout>(
        nint k, float* a, nint rowA, float* b, nint rowB, float* c, nint rowC, float alpha, float beta)
        where TRows : struct, ICount
        where TVectors : struct, ICount
        where TLayout : struct, ITileLayout
    {
        // packed strides are constants, which become parts of addresses
        nint colA = TLayout.PackedA ? TRows.Count : 1;
        if (TLayout.PackedA)
            rowA = 1;
        if (TLayout.PackedB)
            rowB = TVectors.Count * 16;
        nint rowA2 = 2 * rowA;
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
            Prefetch<TVectors>(c);
            if (TRows.Count > 1) Prefetch<TVectors>(c + 1 * rowC);
            if (TRows.Count > 2) Prefetch<TVectors>(c + 2 * rowC);
            if (TRows.Count > 3) Prefetch<TVectors>(c + 3 * rowC);
            if (TRows.Count > 4) Prefetch<TVectors>(c + 4 * rowC);
            if (TRows.Count > 5) Prefetch<TVectors>(c + 5 * rowC);
            if (TRows.Count > 6) Prefetch<TVectors>(c + 6 * rowC);
            if (TRows.Count > 7) Prefetch<TVectors>(c + 7 * rowC);
            if (TRows.Count > 8) Prefetch<TVectors>(c + 8 * rowC);
            if (TRows.Count > 9) Prefetch<TVectors>(c + 9 * rowC);
            if (TRows.Count > 10) Prefetch<TVectors>(c + 10 * rowC);
            if (TRows.Count > 11) Prefetch<TVectors>(c + 11 * rowC);
            if (TRows.Count > 12) Prefetch<TVectors>(c + 12 * rowC);
            if (TRows.Count > 13) Prefetch<TVectors>(c + 13 * rowC);
        }

        Vector512<float> x, b0, b1;
        nint rowB2 = 2 * rowB;
        nint rowB3 = 3 * rowB;
        nint rowB4 = 4 * rowB;
        var left = k;
        for (; left >= 4; left -= 4)
        {
            b0 = Vector512.Load(b);
            b1 = TVectors.Count > 1 ? Vector512.Load(b + 16) : default;
            { x = Vector512.Create(*a0); c0_0 = Vector512.MultiplyAddEstimate(x, b0, c0_0); c0_1 = Second<TVectors>(x, b1, c0_1); }
            if (TRows.Count > 1) { x = Vector512.Create(a0[rowA]); c1_0 = Vector512.MultiplyAddEstimate(x, b0, c1_0); c1_1 = Second<TVectors>(x, b1, c1_1); }
            if (TRows.Count > 2) { x = Vector512.Create(a0[rowA2]); c2_0 = Vector512.MultiplyAddEstimate(x, b0, c2_0); c2_1 = Second<TVectors>(x, b1, c2_1); }
            if (TRows.Count > 3) { x = Vector512.Create(*a3); c3_0 = Vector512.MultiplyAddEstimate(x, b0, c3_0); c3_1 = Second<TVectors>(x, b1, c3_1); }
            if (TRows.Count > 4) { x = Vector512.Create(a3[rowA]); c4_0 = Vector512.MultiplyAddEstimate(x, b0, c4_0); c4_1 = Second<TVectors>(x, b1, c4_1); }
            if (TRows.Count > 5) { x = Vector512.Create(a3[rowA2]); c5_0 = Vector512.MultiplyAddEstimate(x, b0, c5_0); c5_1 = Second<TVectors>(x, b1, c5_1); }
            if (TRows.Count > 6) { x = Vector512.Create(*a6); c6_0 = Vector512.MultiplyAddEstimate(x, b0, c6_0); c6_1 = Second<TVectors>(x, b1, c6_1); }
            if (TRows.Count > 7) { x = Vector512.Create(a6[rowA]); c7_0 = Vector512.MultiplyAddEstimate(x, b0, c7_0); c7_1 = Second<TVectors>(x, b1, c7_1); }
            if (TRows.Count > 8) { x = Vector512.Create(a6[rowA2]); c8_0 = Vector512.MultiplyAddEstimate(x, b0, c8_0); c8_1 = Second<TVectors>(x, b1, c8_1); }
            if (TRows.Count > 9) { x = Vector512.Create(*a9); c9_0 = Vector512.MultiplyAddEstimate(x, b0, c9_0); c9_1 = Second<TVectors>(x, b1, c9_1); }
            if (TRows.Count > 10) { x = Vector512.Create(a9[rowA]); c10_0 = Vector512.MultiplyAddEstimate(x, b0, c10_0); c10_1 = Second<TVectors>(x, b1, c10_1); }
            if (TRows.Count > 11) { x = Vector512.Create(a9[rowA2]); c11_0 = Vector512.MultiplyAddEstimate(x, b0, c11_0); c11_1 = Second<TVectors>(x, b1, c11_1); }
            if (TRows.Count > 12) { x = Vector512.Create(*a12); c12_0 = Vector512.MultiplyAddEstimate(x, b0, c12_0); c12_1 = Second<TVectors>(x, b1, c12_1); }
            if (TRows.Count > 13) { x = Vector512.Create(a12[rowA]); c13_0 = Vector512.MultiplyAddEstimate(x, b0, c13_0); c13_1 = Second<TVectors>(x, b1, c13_1); }
            b0 = Vector512.Load(b + rowB);
            b1 = TVectors.Count > 1 ? Vector512.Load(b + rowB + 16) : default;
            { x = Vector512.Create(a0[colA]); c0_0 = Vector512.MultiplyAddEstimate(x, b0, c0_0); c0_1 = Second<TVectors>(x, b1, c0_1); }
            if (TRows.Count > 1) { x = Vector512.Create(a0[rowA + colA]); c1_0 = Vector512.MultiplyAddEstimate(x, b0, c1_0); c1_1 = Second<TVectors>(x, b1, c1_1); }
            if (TRows.Count > 2) { x = Vector512.Create(a0[rowA2 + colA]); c2_0 = Vector512.MultiplyAddEstimate(x, b0, c2_0); c2_1 = Second<TVectors>(x, b1, c2_1); }
            if (TRows.Count > 3) { x = Vector512.Create(a3[colA]); c3_0 = Vector512.MultiplyAddEstimate(x, b0, c3_0); c3_1 = Second<TVectors>(x, b1, c3_1); }
            if (TRows.Count > 4) { x = Vector512.Create(a3[rowA + colA]); c4_0 = Vector512.MultiplyAddEstimate(x, b0, c4_0); c4_1 = Second<TVectors>(x, b1, c4_1); }
            if (TRows.Count > 5) { x = Vector512.Create(a3[rowA2 + colA]); c5_0 = Vector512.MultiplyAddEstimate(x, b0, c5_0); c5_1 = Second<TVectors>(x, b1, c5_1); }
            if (TRows.Count > 6) { x = Vector512.Create(a6[colA]); c6_0 = Vector512.MultiplyAddEstimate(x, b0, c6_0); c6_1 = Second<TVectors>(x, b1, c6_1); }
            if (TRows.Count > 7) { x = Vector512.Create(a6[rowA + colA]); c7_0 = Vector512.MultiplyAddEstimate(x, b0, c7_0); c7_1 = Second<TVectors>(x, b1, c7_1); }
            if (TRows.Count > 8) { x = Vector512.Create(a6[rowA2 + colA]); c8_0 = Vector512.MultiplyAddEstimate(x, b0, c8_0); c8_1 = Second<TVectors>(x, b1, c8_1); }
            if (TRows.Count > 9) { x = Vector512.Create(a9[colA]); c9_0 = Vector512.MultiplyAddEstimate(x, b0, c9_0); c9_1 = Second<TVectors>(x, b1, c9_1); }
            if (TRows.Count > 10) { x = Vector512.Create(a9[rowA + colA]); c10_0 = Vector512.MultiplyAddEstimate(x, b0, c10_0); c10_1 = Second<TVectors>(x, b1, c10_1); }
            if (TRows.Count > 11) { x = Vector512.Create(a9[rowA2 + colA]); c11_0 = Vector512.MultiplyAddEstimate(x, b0, c11_0); c11_1 = Second<TVectors>(x, b1, c11_1); }
            if (TRows.Count > 12) { x = Vector512.Create(a12[colA]); c12_0 = Vector512.MultiplyAddEstimate(x, b0, c12_0); c12_1 = Second<TVectors>(x, b1, c12_1); }
            if (TRows.Count > 13) { x = Vector512.Create(a12[rowA + colA]); c13_0 = Vector512.MultiplyAddEstimate(x, b0, c13_0); c13_1 = Second<TVectors>(x, b1, c13_1); }
            b0 = Vector512.Load(b + rowB2);
            b1 = TVectors.Count > 1 ? Vector512.Load(b + rowB2 + 16) : default;
            { x = Vector512.Create(a0[2 * colA]); c0_0 = Vector512.MultiplyAddEstimate(x, b0, c0_0); c0_1 = Second<TVectors>(x, b1, c0_1); }
            if (TRows.Count > 1) { x = Vector512.Create(a0[rowA + 2 * colA]); c1_0 = Vector512.MultiplyAddEstimate(x, b0, c1_0); c1_1 = Second<TVectors>(x, b1, c1_1); }
            if (TRows.Count > 2) { x = Vector512.Create(a0[rowA2 + 2 * colA]); c2_0 = Vector512.MultiplyAddEstimate(x, b0, c2_0); c2_1 = Second<TVectors>(x, b1, c2_1); }
            if (TRows.Count > 3) { x = Vector512.Create(a3[2 * colA]); c3_0 = Vector512.MultiplyAddEstimate(x, b0, c3_0); c3_1 = Second<TVectors>(x, b1, c3_1); }
            if (TRows.Count > 4) { x = Vector512.Create(a3[rowA + 2 * colA]); c4_0 = Vector512.MultiplyAddEstimate(x, b0, c4_0); c4_1 = Second<TVectors>(x, b1, c4_1); }
            if (TRows.Count > 5) { x = Vector512.Create(a3[rowA2 + 2 * colA]); c5_0 = Vector512.MultiplyAddEstimate(x, b0, c5_0); c5_1 = Second<TVectors>(x, b1, c5_1); }
            if (TRows.Count > 6) { x = Vector512.Create(a6[2 * colA]); c6_0 = Vector512.MultiplyAddEstimate(x, b0, c6_0); c6_1 = Second<TVectors>(x, b1, c6_1); }
            if (TRows.Count > 7) { x = Vector512.Create(a6[rowA + 2 * colA]); c7_0 = Vector512.MultiplyAddEstimate(x, b0, c7_0); c7_1 = Second<TVectors>(x, b1, c7_1); }
            if (TRows.Count > 8) { x = Vector512.Create(a6[rowA2 + 2 * colA]); c8_0 = Vector512.MultiplyAddEstimate(x, b0, c8_0); c8_1 = Second<TVectors>(x, b1, c8_1); }
            if (TRows.Count > 9) { x = Vector512.Create(a9[2 * colA]); c9_0 = Vector512.MultiplyAddEstimate(x, b0, c9_0); c9_1 = Second<TVectors>(x, b1, c9_1); }
            if (TRows.Count > 10) { x = Vector512.Create(a9[rowA + 2 * colA]); c10_0 = Vector512.MultiplyAddEstimate(x, b0, c10_0); c10_1 = Second<TVectors>(x, b1, c10_1); }
            if (TRows.Count > 11) { x = Vector512.Create(a9[rowA2 + 2 * colA]); c11_0 = Vector512.MultiplyAddEstimate(x, b0, c11_0); c11_1 = Second<TVectors>(x, b1, c11_1); }
            if (TRows.Count > 12) { x = Vector512.Create(a12[2 * colA]); c12_0 = Vector512.MultiplyAddEstimate(x, b0, c12_0); c12_1 = Second<TVectors>(x, b1, c12_1); }
            if (TRows.Count > 13) { x = Vector512.Create(a12[rowA + 2 * colA]); c13_0 = Vector512.MultiplyAddEstimate(x, b0, c13_0); c13_1 = Second<TVectors>(x, b1, c13_1); }
            b0 = Vector512.Load(b + rowB3);
            b1 = TVectors.Count > 1 ? Vector512.Load(b + rowB3 + 16) : default;
            { x = Vector512.Create(a0[3 * colA]); c0_0 = Vector512.MultiplyAddEstimate(x, b0, c0_0); c0_1 = Second<TVectors>(x, b1, c0_1); }
            if (TRows.Count > 1) { x = Vector512.Create(a0[rowA + 3 * colA]); c1_0 = Vector512.MultiplyAddEstimate(x, b0, c1_0); c1_1 = Second<TVectors>(x, b1, c1_1); }
            if (TRows.Count > 2) { x = Vector512.Create(a0[rowA2 + 3 * colA]); c2_0 = Vector512.MultiplyAddEstimate(x, b0, c2_0); c2_1 = Second<TVectors>(x, b1, c2_1); }
            if (TRows.Count > 3) { x = Vector512.Create(a3[3 * colA]); c3_0 = Vector512.MultiplyAddEstimate(x, b0, c3_0); c3_1 = Second<TVectors>(x, b1, c3_1); }
            if (TRows.Count > 4) { x = Vector512.Create(a3[rowA + 3 * colA]); c4_0 = Vector512.MultiplyAddEstimate(x, b0, c4_0); c4_1 = Second<TVectors>(x, b1, c4_1); }
            if (TRows.Count > 5) { x = Vector512.Create(a3[rowA2 + 3 * colA]); c5_0 = Vector512.MultiplyAddEstimate(x, b0, c5_0); c5_1 = Second<TVectors>(x, b1, c5_1); }
            if (TRows.Count > 6) { x = Vector512.Create(a6[3 * colA]); c6_0 = Vector512.MultiplyAddEstimate(x, b0, c6_0); c6_1 = Second<TVectors>(x, b1, c6_1); }
            if (TRows.Count > 7) { x = Vector512.Create(a6[rowA + 3 * colA]); c7_0 = Vector512.MultiplyAddEstimate(x, b0, c7_0); c7_1 = Second<TVectors>(x, b1, c7_1); }
            if (TRows.Count > 8) { x = Vector512.Create(a6[rowA2 + 3 * colA]); c8_0 = Vector512.MultiplyAddEstimate(x, b0, c8_0); c8_1 = Second<TVectors>(x, b1, c8_1); }
            if (TRows.Count > 9) { x = Vector512.Create(a9[3 * colA]); c9_0 = Vector512.MultiplyAddEstimate(x, b0, c9_0); c9_1 = Second<TVectors>(x, b1, c9_1); }
            if (TRows.Count > 10) { x = Vector512.Create(a9[rowA + 3 * colA]); c10_0 = Vector512.MultiplyAddEstimate(x, b0, c10_0); c10_1 = Second<TVectors>(x, b1, c10_1); }
            if (TRows.Count > 11) { x = Vector512.Create(a9[rowA2 + 3 * colA]); c11_0 = Vector512.MultiplyAddEstimate(x, b0, c11_0); c11_1 = Second<TVectors>(x, b1, c11_1); }
            if (TRows.Count > 12) { x = Vector512.Create(a12[3 * colA]); c12_0 = Vector512.MultiplyAddEstimate(x, b0, c12_0); c12_1 = Second<TVectors>(x, b1, c12_1); }
            if (TRows.Count > 13) { x = Vector512.Create(a12[rowA + 3 * colA]); c13_0 = Vector512.MultiplyAddEstimate(x, b0, c13_0); c13_1 = Second<TVectors>(x, b1, c13_1); }
            b += rowB4;
            a0 += 4 * colA;
            if (TRows.Count > 3) a3 += 4 * colA;
            if (TRows.Count > 6) a6 += 4 * colA;
            if (TRows.Count > 9) a9 += 4 * colA;
            if (TRows.Count > 12) a12 += 4 * colA;
        }

        for (; left > 0; left--)
        {
            b0 = Vector512.Load(b);
            b1 = TVectors.Count > 1 ? Vector512.Load(b + 16) : default;
            { x = Vector512.Create(*a0); c0_0 = Vector512.MultiplyAddEstimate(x, b0, c0_0); c0_1 = Second<TVectors>(x, b1, c0_1); }
            if (TRows.Count > 1) { x = Vector512.Create(a0[rowA]); c1_0 = Vector512.MultiplyAddEstimate(x, b0, c1_0); c1_1 = Second<TVectors>(x, b1, c1_1); }
            if (TRows.Count > 2) { x = Vector512.Create(a0[rowA2]); c2_0 = Vector512.MultiplyAddEstimate(x, b0, c2_0); c2_1 = Second<TVectors>(x, b1, c2_1); }
            if (TRows.Count > 3) { x = Vector512.Create(*a3); c3_0 = Vector512.MultiplyAddEstimate(x, b0, c3_0); c3_1 = Second<TVectors>(x, b1, c3_1); }
            if (TRows.Count > 4) { x = Vector512.Create(a3[rowA]); c4_0 = Vector512.MultiplyAddEstimate(x, b0, c4_0); c4_1 = Second<TVectors>(x, b1, c4_1); }
            if (TRows.Count > 5) { x = Vector512.Create(a3[rowA2]); c5_0 = Vector512.MultiplyAddEstimate(x, b0, c5_0); c5_1 = Second<TVectors>(x, b1, c5_1); }
            if (TRows.Count > 6) { x = Vector512.Create(*a6); c6_0 = Vector512.MultiplyAddEstimate(x, b0, c6_0); c6_1 = Second<TVectors>(x, b1, c6_1); }
            if (TRows.Count > 7) { x = Vector512.Create(a6[rowA]); c7_0 = Vector512.MultiplyAddEstimate(x, b0, c7_0); c7_1 = Second<TVectors>(x, b1, c7_1); }
            if (TRows.Count > 8) { x = Vector512.Create(a6[rowA2]); c8_0 = Vector512.MultiplyAddEstimate(x, b0, c8_0); c8_1 = Second<TVectors>(x, b1, c8_1); }
            if (TRows.Count > 9) { x = Vector512.Create(*a9); c9_0 = Vector512.MultiplyAddEstimate(x, b0, c9_0); c9_1 = Second<TVectors>(x, b1, c9_1); }
            if (TRows.Count > 10) { x = Vector512.Create(a9[rowA]); c10_0 = Vector512.MultiplyAddEstimate(x, b0, c10_0); c10_1 = Second<TVectors>(x, b1, c10_1); }
            if (TRows.Count > 11) { x = Vector512.Create(a9[rowA2]); c11_0 = Vector512.MultiplyAddEstimate(x, b0, c11_0); c11_1 = Second<TVectors>(x, b1, c11_1); }
            if (TRows.Count > 12) { x = Vector512.Create(*a12); c12_0 = Vector512.MultiplyAddEstimate(x, b0, c12_0); c12_1 = Second<TVectors>(x, b1, c12_1); }
            if (TRows.Count > 13) { x = Vector512.Create(a12[rowA]); c13_0 = Vector512.MultiplyAddEstimate(x, b0, c13_0); c13_1 = Second<TVectors>(x, b1, c13_1); }
            b += rowB;
            a0 += colA;
            if (TRows.Count > 3) a3 += colA;
            if (TRows.Count > 6) a6 += colA;
            if (TRows.Count > 9) a9 += colA;
            if (TRows.Count > 12) a12 += colA;
        }

        Store<TVectors>(c, c0_0, c0_1, alpha, beta);
        if (TRows.Count > 1) Store<TVectors>(c + 1 * rowC, c1_0, c1_1, alpha, beta);
        if (TRows.Count > 2) Store<TVectors>(c + 2 * rowC, c2_0, c2_1, alpha, beta);
        if (TRows.Count > 3) Store<TVectors>(c + 3 * rowC, c3_0, c3_1, alpha, beta);
        if (TRows.Count > 4) Store<TVectors>(c + 4 * rowC, c4_0, c4_1, alpha, beta);
        if (TRows.Count > 5) Store<TVectors>(c + 5 * rowC, c5_0, c5_1, alpha, beta);
        if (TRows.Count > 6) Store<TVectors>(c + 6 * rowC, c6_0, c6_1, alpha, beta);
        if (TRows.Count > 7) Store<TVectors>(c + 7 * rowC, c7_0, c7_1, alpha, beta);
        if (TRows.Count > 8) Store<TVectors>(c + 8 * rowC, c8_0, c8_1, alpha, beta);
        if (TRows.Count > 9) Store<TVectors>(c + 9 * rowC, c9_0, c9_1, alpha, beta);
        if (TRows.Count > 10) Store<TVectors>(c + 10 * rowC, c10_0, c10_1, alpha, beta);
        if (TRows.Count > 11) Store<TVectors>(c + 11 * rowC, c11_0, c11_1, alpha, beta);
        if (TRows.Count > 12) Store<TVectors>(c + 12 * rowC, c12_0, c12_1, alpha, beta);
        if (TRows.Count > 13) Store<TVectors>(c + 13 * rowC, c13_0, c13_1, alpha, beta);
    }

    // the rows of C are needed when the sums are done, by then they are here
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch<TVectors>(float* c)
        where TVectors : struct, ICount
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(c);
        if (TVectors.Count > 1)
            Sse.Prefetch0(c + 31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Second<TVectors>(Vector512<float> x, Vector512<float> b, Vector512<float> c)
        where TVectors : struct, ICount => TVectors.Count > 1 ? Vector512.MultiplyAddEstimate(x, b, c) : c;

    // c = alpha * sum + beta * c; beta = 0 never reads c
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVectors>(float* c, Vector512<float> sum0, Vector512<float> sum1, float alpha, float beta)
        where TVectors : struct, ICount
    {
        sum0 *= alpha;
        if (TVectors.Count > 1)
            sum1 *= alpha;
        if (beta != 0)
        {
            sum0 = Vector512.MultiplyAddEstimate(Vector512.Create(beta), Vector512.Load(c), sum0);
            if (TVectors.Count > 1)
                sum1 = Vector512.MultiplyAddEstimate(Vector512.Create(beta), Vector512.Load(c + 16), sum1);
        }

        sum0.Store(c);
        if (TVectors.Count > 1)
            sum1.Store(c + 16);
    }

    // c[i, j] for i < TRows, j < TColumns; both operands run along k, accumulator sI_J holds partial sums of element (I, J)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Inner<TRows, TColumns>(
        nint k, float* a, nint rowA, float* b, nint colB, float* c, nint rowC, float alpha, float beta)
        where TRows : struct, ICount
        where TColumns : struct, ICount
    {
        var a0 = a;
        var a3 = a + 3 * rowA;
        var b0 = b;
        var b3 = b + 3 * colB;
        Vector512<float> s0_0 = default, s0_1 = default, s0_2 = default, s0_3 = default;
        Vector512<float> s1_0 = default, s1_1 = default, s1_2 = default, s1_3 = default;
        Vector512<float> s2_0 = default, s2_1 = default, s2_2 = default, s2_3 = default;
        Vector512<float> s3_0 = default, s3_1 = default, s3_2 = default, s3_3 = default;
        Vector512<float> s4_0 = default, s4_1 = default, s4_2 = default, s4_3 = default;
        Vector512<float> s5_0 = default, s5_1 = default, s5_2 = default, s5_3 = default;
        var left = k;
        for (; left >= 16; left -= 16)
        {
            var y0 = Vector512.Load(b0);
            var y1 = TColumns.Count > 1 ? Vector512.Load(b0 + colB) : default;
            var y2 = TColumns.Count > 1 ? Vector512.Load(b0 + 2 * colB) : default;
            var y3 = TColumns.Count > 1 ? Vector512.Load(b3) : default;
            {
                var x = Vector512.Load(a0);
                s0_0 = Vector512.MultiplyAddEstimate(x, y0, s0_0);
                if (TColumns.Count > 1)
                {
                    s0_1 = Vector512.MultiplyAddEstimate(x, y1, s0_1);
                    s0_2 = Vector512.MultiplyAddEstimate(x, y2, s0_2);
                    s0_3 = Vector512.MultiplyAddEstimate(x, y3, s0_3);
                }
            }
            if (TRows.Count > 1)
            {
                var x = Vector512.Load(a0 + rowA);
                s1_0 = Vector512.MultiplyAddEstimate(x, y0, s1_0);
                if (TColumns.Count > 1)
                {
                    s1_1 = Vector512.MultiplyAddEstimate(x, y1, s1_1);
                    s1_2 = Vector512.MultiplyAddEstimate(x, y2, s1_2);
                    s1_3 = Vector512.MultiplyAddEstimate(x, y3, s1_3);
                }
            }
            if (TRows.Count > 2)
            {
                var x = Vector512.Load(a0 + 2 * rowA);
                s2_0 = Vector512.MultiplyAddEstimate(x, y0, s2_0);
                if (TColumns.Count > 1)
                {
                    s2_1 = Vector512.MultiplyAddEstimate(x, y1, s2_1);
                    s2_2 = Vector512.MultiplyAddEstimate(x, y2, s2_2);
                    s2_3 = Vector512.MultiplyAddEstimate(x, y3, s2_3);
                }
            }
            if (TRows.Count > 3)
            {
                var x = Vector512.Load(a3);
                s3_0 = Vector512.MultiplyAddEstimate(x, y0, s3_0);
                if (TColumns.Count > 1)
                {
                    s3_1 = Vector512.MultiplyAddEstimate(x, y1, s3_1);
                    s3_2 = Vector512.MultiplyAddEstimate(x, y2, s3_2);
                    s3_3 = Vector512.MultiplyAddEstimate(x, y3, s3_3);
                }
            }
            if (TRows.Count > 4)
            {
                var x = Vector512.Load(a3 + rowA);
                s4_0 = Vector512.MultiplyAddEstimate(x, y0, s4_0);
                if (TColumns.Count > 1)
                {
                    s4_1 = Vector512.MultiplyAddEstimate(x, y1, s4_1);
                    s4_2 = Vector512.MultiplyAddEstimate(x, y2, s4_2);
                    s4_3 = Vector512.MultiplyAddEstimate(x, y3, s4_3);
                }
            }
            if (TRows.Count > 5)
            {
                var x = Vector512.Load(a3 + 2 * rowA);
                s5_0 = Vector512.MultiplyAddEstimate(x, y0, s5_0);
                if (TColumns.Count > 1)
                {
                    s5_1 = Vector512.MultiplyAddEstimate(x, y1, s5_1);
                    s5_2 = Vector512.MultiplyAddEstimate(x, y2, s5_2);
                    s5_3 = Vector512.MultiplyAddEstimate(x, y3, s5_3);
                }
            }
            a0 += 16;
            a3 += 16;
            b0 += 16;
            b3 += 16;
        }

        if (left > 0)
        {
            // the last vector reaches back over columns already summed (k >= 16 is the caller's promise); both operands are masked,
            // so that an infinity summed before does not meet a zero here
            var keep = Vector512.GreaterThanOrEqual(Vector512<int>.Indices, Vector512.Create(16 - (int)left)).AsSingle();
            var back = 16 - left;
            a0 -= back;
            a3 -= back;
            b0 -= back;
            b3 -= back;
            var y0 = Vector512.Load(b0) & keep;
            var y1 = TColumns.Count > 1 ? Vector512.Load(b0 + colB) & keep : default;
            var y2 = TColumns.Count > 1 ? Vector512.Load(b0 + 2 * colB) & keep : default;
            var y3 = TColumns.Count > 1 ? Vector512.Load(b3) & keep : default;
            {
                var x = Vector512.Load(a0) & keep;
                s0_0 = Vector512.MultiplyAddEstimate(x, y0, s0_0);
                if (TColumns.Count > 1)
                {
                    s0_1 = Vector512.MultiplyAddEstimate(x, y1, s0_1);
                    s0_2 = Vector512.MultiplyAddEstimate(x, y2, s0_2);
                    s0_3 = Vector512.MultiplyAddEstimate(x, y3, s0_3);
                }
            }
            if (TRows.Count > 1)
            {
                var x = Vector512.Load(a0 + rowA) & keep;
                s1_0 = Vector512.MultiplyAddEstimate(x, y0, s1_0);
                if (TColumns.Count > 1)
                {
                    s1_1 = Vector512.MultiplyAddEstimate(x, y1, s1_1);
                    s1_2 = Vector512.MultiplyAddEstimate(x, y2, s1_2);
                    s1_3 = Vector512.MultiplyAddEstimate(x, y3, s1_3);
                }
            }
            if (TRows.Count > 2)
            {
                var x = Vector512.Load(a0 + 2 * rowA) & keep;
                s2_0 = Vector512.MultiplyAddEstimate(x, y0, s2_0);
                if (TColumns.Count > 1)
                {
                    s2_1 = Vector512.MultiplyAddEstimate(x, y1, s2_1);
                    s2_2 = Vector512.MultiplyAddEstimate(x, y2, s2_2);
                    s2_3 = Vector512.MultiplyAddEstimate(x, y3, s2_3);
                }
            }
            if (TRows.Count > 3)
            {
                var x = Vector512.Load(a3) & keep;
                s3_0 = Vector512.MultiplyAddEstimate(x, y0, s3_0);
                if (TColumns.Count > 1)
                {
                    s3_1 = Vector512.MultiplyAddEstimate(x, y1, s3_1);
                    s3_2 = Vector512.MultiplyAddEstimate(x, y2, s3_2);
                    s3_3 = Vector512.MultiplyAddEstimate(x, y3, s3_3);
                }
            }
            if (TRows.Count > 4)
            {
                var x = Vector512.Load(a3 + rowA) & keep;
                s4_0 = Vector512.MultiplyAddEstimate(x, y0, s4_0);
                if (TColumns.Count > 1)
                {
                    s4_1 = Vector512.MultiplyAddEstimate(x, y1, s4_1);
                    s4_2 = Vector512.MultiplyAddEstimate(x, y2, s4_2);
                    s4_3 = Vector512.MultiplyAddEstimate(x, y3, s4_3);
                }
            }
            if (TRows.Count > 5)
            {
                var x = Vector512.Load(a3 + 2 * rowA) & keep;
                s5_0 = Vector512.MultiplyAddEstimate(x, y0, s5_0);
                if (TColumns.Count > 1)
                {
                    s5_1 = Vector512.MultiplyAddEstimate(x, y1, s5_1);
                    s5_2 = Vector512.MultiplyAddEstimate(x, y2, s5_2);
                    s5_3 = Vector512.MultiplyAddEstimate(x, y3, s5_3);
                }
            }
        }

        Sum<TColumns>(c, s0_0, s0_1, s0_2, s0_3, alpha, beta);
        if (TRows.Count > 1) Sum<TColumns>(c + 1 * rowC, s1_0, s1_1, s1_2, s1_3, alpha, beta);
        if (TRows.Count > 2) Sum<TColumns>(c + 2 * rowC, s2_0, s2_1, s2_2, s2_3, alpha, beta);
        if (TRows.Count > 3) Sum<TColumns>(c + 3 * rowC, s3_0, s3_1, s3_2, s3_3, alpha, beta);
        if (TRows.Count > 4) Sum<TColumns>(c + 4 * rowC, s4_0, s4_1, s4_2, s4_3, alpha, beta);
        if (TRows.Count > 5) Sum<TColumns>(c + 5 * rowC, s5_0, s5_1, s5_2, s5_3, alpha, beta);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sum<TColumns>(
        float* c, Vector512<float> s0, Vector512<float> s1, Vector512<float> s2, Vector512<float> s3, float alpha, float beta)
        where TColumns : struct, ICount
    {
        if (TColumns.Count > 1)
            GemmLanes.StoreSums(c, Fold(s0), Fold(s1), Fold(s2), Fold(s3), alpha, beta);
        else
            GemmLanes.StoreSum(c, Fold(s0), alpha, beta);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Fold(Vector512<float> x)
    {
        var half = x.GetLower() + x.GetUpper();
        return half.GetLower() + half.GetUpper();
    }
}
