using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The outer-product tile of products read in place: up to 6 x 4 vectors with 32 registers, 6 x 2 or 3 x 4 with 16. It is wider and lower
/// than the tiles of deep products: a row of it is four whole lines of C, and writing C is half the work where k is small.
/// One body serves every lane and size: what a tile lacks vanishes from its code.
/// </summary>
internal static unsafe class GemmTile<T>
    where T : struct, ILane<T>
{
    /// <summary>
    /// c[tiles * rows, vectors * Count] = alpha * a * b + beta * c, <paramref name="tiles"/> tiles below each other; the columns of b and c are contiguous, and only <paramref name="last"/> lanes of
    /// the last vector exist. Every element is one chain of multiply-adds in the order of k.
    /// </summary>
    public static void Run(
        int tiles, int rows, int vectors, nint k, float* a, nint rowA, nint colA, float* b, nint rowB, float* c, nint rowC, float alpha, float beta, int last)
    {
        if (last == T.Count)
            Rows<WholeEdge>(tiles, rows, vectors, k, a, rowA, colA, b, rowB, c, rowC, alpha, beta, last);
        else
            Rows<CutEdge>(tiles, rows, vectors, k, a, rowA, colA, b, rowB, c, rowC, alpha, beta, last);
    }

    private static void Rows<TE>(
        int tiles, int rows, int vectors, nint k, float* a, nint rowA, nint colA, float* b, nint rowB, float* c, nint rowC, float alpha, float beta, int last)
        where TE : struct, ITileEdge
    {
        switch (rows)
        {
            case 6: Vectors<Count6, TE>(tiles, vectors, k, a, rowA, colA, b, rowB, c, rowC, alpha, beta, last); break;
            case 5: Vectors<Count5, TE>(tiles, vectors, k, a, rowA, colA, b, rowB, c, rowC, alpha, beta, last); break;
            case 4: Vectors<Count4, TE>(tiles, vectors, k, a, rowA, colA, b, rowB, c, rowC, alpha, beta, last); break;
            case 3: Vectors<Count3, TE>(tiles, vectors, k, a, rowA, colA, b, rowB, c, rowC, alpha, beta, last); break;
            case 2: Vectors<Count2, TE>(tiles, vectors, k, a, rowA, colA, b, rowB, c, rowC, alpha, beta, last); break;
            default: Vectors<Count1, TE>(tiles, vectors, k, a, rowA, colA, b, rowB, c, rowC, alpha, beta, last); break;
        }
    }

    private static void Vectors<TR, TE>(
        int tiles, int vectors, nint k, float* a, nint rowA, nint colA, float* b, nint rowB, float* c, nint rowC, float alpha, float beta, int last)
        where TR : struct, ICount
        where TE : struct, ITileEdge
    {
        switch (vectors)
        {
            case 4: Outer<TR, Count4, TE>(tiles, k, a, rowA, colA, b, rowB, c, rowC, alpha, beta, last); break;
            case 3: Outer<TR, Count3, TE>(tiles, k, a, rowA, colA, b, rowB, c, rowC, alpha, beta, last); break;
            case 2: Outer<TR, Count2, TE>(tiles, k, a, rowA, colA, b, rowB, c, rowC, alpha, beta, last); break;
            default: Outer<TR, Count1, TE>(tiles, k, a, rowA, colA, b, rowB, c, rowC, alpha, beta, last); break;
        }
    }

    // accumulator cI_V holds row I, vector V
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Outer<TR, TV, TE>(
        int tiles, nint k, float* a, nint rowA, nint colA, float* b, nint rowB, float* c, nint rowC, float alpha, float beta, int last)
        where TR : struct, ICount
        where TV : struct, ICount
        where TE : struct, ITileEdge
    {
        nint rowA2 = 2 * rowA;
        // steps in bytes: a sum instead of a shift and a sum
        nint colABytes = colA * sizeof(float), rowBBytes = rowB * sizeof(float);
        var plain = alpha == 1 && beta == 0;
        for (; tiles > 0; tiles--, a += TR.Count * rowA, c += TR.Count * rowC)
        {
            var at = a;
            var at3 = a + 3 * rowA;
            var from = b;
            T c0_0 = default, c0_1 = default, c0_2 = default, c0_3 = default;
            T c1_0 = default, c1_1 = default, c1_2 = default, c1_3 = default;
            T c2_0 = default, c2_1 = default, c2_2 = default, c2_3 = default;
            T c3_0 = default, c3_1 = default, c3_2 = default, c3_3 = default;
            T c4_0 = default, c4_1 = default, c4_2 = default, c4_3 = default;
            T c5_0 = default, c5_1 = default, c5_2 = default, c5_3 = default;
            // One variable for every splat and one for each vector of b, addresses written where they are used: with a variable per use the JIT
            // adds ten register moves and three address computations to every step.
            T x, b0, b1 = default, b2 = default, b3 = default;
            for (var left = k; left != 0; left--)
            {
                b0 = TE.Cut && TV.Count == 1 ? T.LoadPartial(from, last) : T.Load(from);
                if (TV.Count > 1) b1 = TE.Cut && TV.Count == 2 ? T.LoadPartial(from + T.Count, last) : T.Load(from + T.Count);
                if (TV.Count > 2) b2 = TE.Cut && TV.Count == 3 ? T.LoadPartial(from + 2 * T.Count, last) : T.Load(from + 2 * T.Count);
                if (TV.Count > 3) b3 = TE.Cut ? T.LoadPartial(from + 3 * T.Count, last) : T.Load(from + 3 * T.Count);
                x = T.Splat(*at);
                T.Accumulate(ref c0_0, x, b0);
                if (TV.Count > 1) T.Accumulate(ref c0_1, x, b1);
                if (TV.Count > 2) T.Accumulate(ref c0_2, x, b2);
                if (TV.Count > 3) T.Accumulate(ref c0_3, x, b3);

                if (TR.Count > 1)
                {
                    x = T.Splat(at[rowA]);
                    T.Accumulate(ref c1_0, x, b0);
                    if (TV.Count > 1) T.Accumulate(ref c1_1, x, b1);
                    if (TV.Count > 2) T.Accumulate(ref c1_2, x, b2);
                    if (TV.Count > 3) T.Accumulate(ref c1_3, x, b3);
                }

                if (TR.Count > 2)
                {
                    x = T.Splat(at[rowA2]);
                    T.Accumulate(ref c2_0, x, b0);
                    if (TV.Count > 1) T.Accumulate(ref c2_1, x, b1);
                    if (TV.Count > 2) T.Accumulate(ref c2_2, x, b2);
                    if (TV.Count > 3) T.Accumulate(ref c2_3, x, b3);
                }

                if (TR.Count > 3)
                {
                    x = T.Splat(*at3);
                    T.Accumulate(ref c3_0, x, b0);
                    if (TV.Count > 1) T.Accumulate(ref c3_1, x, b1);
                    if (TV.Count > 2) T.Accumulate(ref c3_2, x, b2);
                    if (TV.Count > 3) T.Accumulate(ref c3_3, x, b3);
                }

                if (TR.Count > 4)
                {
                    x = T.Splat(at3[rowA]);
                    T.Accumulate(ref c4_0, x, b0);
                    if (TV.Count > 1) T.Accumulate(ref c4_1, x, b1);
                    if (TV.Count > 2) T.Accumulate(ref c4_2, x, b2);
                    if (TV.Count > 3) T.Accumulate(ref c4_3, x, b3);
                }

                if (TR.Count > 5)
                {
                    x = T.Splat(at3[rowA2]);
                    T.Accumulate(ref c5_0, x, b0);
                    if (TV.Count > 1) T.Accumulate(ref c5_1, x, b1);
                    if (TV.Count > 2) T.Accumulate(ref c5_2, x, b2);
                    if (TV.Count > 3) T.Accumulate(ref c5_3, x, b3);
                }

                at = (float*)((byte*)at + colABytes);
                if (TR.Count > 3) at3 = (float*)((byte*)at3 + colABytes);
                from = (float*)((byte*)from + rowBBytes);
            }

            StoreRow<TV, TE>(c, c0_0, c0_1, c0_2, c0_3, alpha, beta, plain, last);
            if (TR.Count > 1) StoreRow<TV, TE>(c + 1 * rowC, c1_0, c1_1, c1_2, c1_3, alpha, beta, plain, last);
            if (TR.Count > 2) StoreRow<TV, TE>(c + 2 * rowC, c2_0, c2_1, c2_2, c2_3, alpha, beta, plain, last);
            if (TR.Count > 3) StoreRow<TV, TE>(c + 3 * rowC, c3_0, c3_1, c3_2, c3_3, alpha, beta, plain, last);
            if (TR.Count > 4) StoreRow<TV, TE>(c + 4 * rowC, c4_0, c4_1, c4_2, c4_3, alpha, beta, plain, last);
            if (TR.Count > 5) StoreRow<TV, TE>(c + 5 * rowC, c5_0, c5_1, c5_2, c5_3, alpha, beta, plain, last);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow<TV, TE>(float* c, T s0, T s1, T s2, T s3, float alpha, float beta, bool plain, int last)
        where TV : struct, ICount
        where TE : struct, ITileEdge
    {
        if (!plain)
        {
            s0 = Blend<TV, Count1, TE>(c, s0, alpha, beta, last);
            if (TV.Count > 1) s1 = Blend<TV, Count2, TE>(c, s1, alpha, beta, last);
            if (TV.Count > 2) s2 = Blend<TV, Count3, TE>(c, s2, alpha, beta, last);
            if (TV.Count > 3) s3 = Blend<TV, Count4, TE>(c, s3, alpha, beta, last);
        }

        Store<TV, Count1, TE>(c, s0, last);
        if (TV.Count > 1) Store<TV, Count2, TE>(c, s1, last);
        if (TV.Count > 2) Store<TV, Count3, TE>(c, s2, last);
        if (TV.Count > 3) Store<TV, Count4, TE>(c, s3, last);
    }

    // alpha * sum + beta * c; beta = 0 never reads c
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Blend<TV, TN, TE>(float* c, T sum, float alpha, float beta, int last)
        where TV : struct, ICount
        where TN : struct, ICount
        where TE : struct, ITileEdge
    {
        sum *= T.Splat(alpha);
        return beta != 0 ? T.FusedMultiplyAdd(T.Splat(beta), Load<TV, TN, TE>(c, last), sum) : sum;
    }

    // vector number TN (from one) of TV
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Load<TV, TN, TE>(float* from, int last)
        where TV : struct, ICount
        where TN : struct, ICount
        where TE : struct, ITileEdge
    {
        return TE.Cut && TN.Count == TV.Count ? T.LoadPartial(from + (TN.Count - 1) * T.Count, last) : T.Load(from + (TN.Count - 1) * T.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TV, TN, TE>(float* c, T value, int last)
        where TV : struct, ICount
        where TN : struct, ICount
        where TE : struct, ITileEdge
    {
        if (TE.Cut && TN.Count == TV.Count)
            T.StorePartial(value, c + (TN.Count - 1) * T.Count, last);
        else
            T.Store(value, c + (TN.Count - 1) * T.Count);
    }
}
