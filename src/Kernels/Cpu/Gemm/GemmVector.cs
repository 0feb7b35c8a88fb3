using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The two ends of the matrix product, where an operand is a vector: a row times a matrix (m = 1) and a column times a row (k = 1).
/// B and C have contiguous columns. Nothing beyond the last column is read or written.
/// </summary>
internal static unsafe class GemmVector<T>
    where T : struct, ILane<T>
{
    private const int MostVectors = 8;

    /// <summary>
    /// c[j] = alpha · Σ a[p] · b[p, j] + beta · c[j], in bands of up to eight vectors of c that stay in registers. As in a tile, every
    /// element is one chain of multiply-adds in the order of k; eight chains are what two pipes of latency four need.
    /// </summary>
    public static void Row(in GemmArgs g, nint n0, nint n1)
    {
        var vectors = (int)((n1 - n0 + T.Count - 1) / T.Count);
        var bands = (vectors + MostVectors - 1) / MostVectors;
        // bands as equal as can be: one of seven vectors twice rather than one of eight and one of six
        var (each, more) = (vectors / bands, vectors % bands);
        for (var j = n0; j < n1; more--)
        {
            var count = more > 0 ? each + 1 : each;
            var end = j + count * T.Count;
            if (end <= n1)
                Band<WholeEdge>(count, g, j, T.Count);
            else
                Band<CutEdge>(count, g, j, (int)(n1 - end + T.Count));
            j = end;
        }
    }

    /// <summary>c[i, j] = alpha · a[i] · b[j] + beta · c[i, j], row after row as C lies in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RankOne(in GemmArgs g, nint m0, nint m1, nint n0, nint n1)
    {
        var a = g.A + m0 * g.RowStrideA;
        var b = g.B + n0;
        var c = g.C + m0 * g.RowStrideC + n0;
        var count = (int)(n1 - n0);
        var whole = count - count % T.Count;
        var rest = count - whole;
        var beta = T.Splat(g.Beta);
        for (var i = m0; i < m1; i++, a += g.RowStrideA, c += g.RowStrideC)
        {
            var x = T.Splat(g.Alpha * *a);
            if (g.Beta != 0)
            {
                for (nint j = 0; j < whole; j += T.Count)
                    T.Store(T.FusedMultiplyAdd(beta, T.Load(c + j), x * T.Load(b + j)), c + j);
                if (rest > 0)
                    T.StorePartial(T.FusedMultiplyAdd(beta, T.LoadPartial(c + whole, rest), x * T.LoadPartial(b + whole, rest)), c + whole, rest);
                continue;
            }

            nint at = 0;
            for (; at <= whole - 4 * T.Count; at += 4 * T.Count)
            {
                T.Store(x * T.Load(b + at), c + at);
                T.Store(x * T.Load(b + at + T.Count), c + at + T.Count);
                T.Store(x * T.Load(b + at + 2 * T.Count), c + at + 2 * T.Count);
                T.Store(x * T.Load(b + at + 3 * T.Count), c + at + 3 * T.Count);
            }

            for (; at < whole; at += T.Count)
                T.Store(x * T.Load(b + at), c + at);
            if (rest > 0)
                T.StorePartial(x * T.LoadPartial(b + whole, rest), c + whole, rest);
        }
    }

    private static void Band<TE>(int vectors, in GemmArgs g, nint j, int last)
        where TE : struct, ITileEdge
    {
        var b = g.B + j;
        var c = g.C + j;
        switch (vectors)
        {
            case 8: Band<Count8, TE>(g.K, g.A, g.ColStrideA, b, g.RowStrideB, c, g.Alpha, g.Beta, last); break;
            case 7: Band<Count7, TE>(g.K, g.A, g.ColStrideA, b, g.RowStrideB, c, g.Alpha, g.Beta, last); break;
            case 6: Band<Count6, TE>(g.K, g.A, g.ColStrideA, b, g.RowStrideB, c, g.Alpha, g.Beta, last); break;
            case 5: Band<Count5, TE>(g.K, g.A, g.ColStrideA, b, g.RowStrideB, c, g.Alpha, g.Beta, last); break;
            case 4: Band<Count4, TE>(g.K, g.A, g.ColStrideA, b, g.RowStrideB, c, g.Alpha, g.Beta, last); break;
            case 3: Band<Count3, TE>(g.K, g.A, g.ColStrideA, b, g.RowStrideB, c, g.Alpha, g.Beta, last); break;
            case 2: Band<Count2, TE>(g.K, g.A, g.ColStrideA, b, g.RowStrideB, c, g.Alpha, g.Beta, last); break;
            default: Band<Count1, TE>(g.K, g.A, g.ColStrideA, b, g.RowStrideB, c, g.Alpha, g.Beta, last); break;
        }
    }

    // vector v of the band is in cV; the last one may be cut
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Band<TV, TE>(nint k, float* a, nint strideA, float* b, nint rowB, float* c, float alpha, float beta, int last)
        where TV : struct, ICount
        where TE : struct, ITileEdge
    {
        T c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (var left = k; left != 0; left--, a += strideA, b += rowB)
        {
            var x = T.Splat(*a);
            T.Accumulate(ref c0, x, Load<TV, Count1, TE>(b, last));
            if (TV.Count > 1) T.Accumulate(ref c1, x, Load<TV, Count2, TE>(b, last));
            if (TV.Count > 2) T.Accumulate(ref c2, x, Load<TV, Count3, TE>(b, last));
            if (TV.Count > 3) T.Accumulate(ref c3, x, Load<TV, Count4, TE>(b, last));
            if (TV.Count > 4) T.Accumulate(ref c4, x, Load<TV, Count5, TE>(b, last));
            if (TV.Count > 5) T.Accumulate(ref c5, x, Load<TV, Count6, TE>(b, last));
            if (TV.Count > 6) T.Accumulate(ref c6, x, Load<TV, Count7, TE>(b, last));
            if (TV.Count > 7) T.Accumulate(ref c7, x, Load<TV, Count8, TE>(b, last));
        }

        Store<TV, Count1, TE>(c, c0, alpha, beta, last);
        if (TV.Count > 1) Store<TV, Count2, TE>(c, c1, alpha, beta, last);
        if (TV.Count > 2) Store<TV, Count3, TE>(c, c2, alpha, beta, last);
        if (TV.Count > 3) Store<TV, Count4, TE>(c, c3, alpha, beta, last);
        if (TV.Count > 4) Store<TV, Count5, TE>(c, c4, alpha, beta, last);
        if (TV.Count > 5) Store<TV, Count6, TE>(c, c5, alpha, beta, last);
        if (TV.Count > 6) Store<TV, Count7, TE>(c, c6, alpha, beta, last);
        if (TV.Count > 7) Store<TV, Count8, TE>(c, c7, alpha, beta, last);
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
    private static void Store<TV, TN, TE>(float* c, T sum, float alpha, float beta, int last)
        where TV : struct, ICount
        where TN : struct, ICount
        where TE : struct, ITileEdge
    {
        sum *= T.Splat(alpha);
        if (beta != 0)
            T.Accumulate(ref sum, T.Splat(beta), Load<TV, TN, TE>(c, last));
        if (TE.Cut && TN.Count == TV.Count)
            T.StorePartial(sum, c + (TN.Count - 1) * T.Count, last);
        else
            T.Store(sum, c + (TN.Count - 1) * T.Count);
    }
}
