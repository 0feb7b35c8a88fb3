using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Dot products along k for operands that are both contiguous along it: tiles of up to 6 x 4 with 32 registers, 3 x 4 with 16, a single row
/// by up to eight columns. What a vector holds is added up at the end, in one order for every tile. One body serves every lane and size.
/// </summary>
internal static unsafe class GemmDot<T>
    where T : struct, ILane<T>
{
    private const int MostColumns = 8;

    /// <summary>Rows of the largest tile.</summary>
    public static int MaxRows => T.Count switch
    {
        16 => 6,
        8 => 3,
        _ => 4,
    };

    /// <summary>c[tiles * rows, columns] = alpha * a * b + beta * c; a [tiles * rows, k] and b [k, columns] are contiguous along k.</summary>
    public static void Run(
        int tiles, int rows, int columns, nint k, float* a, nint rowA, float* b, nint colB, float* c, nint rowC, float alpha, float beta)
    {
        var groups = columns / 4;
        if (groups > 0)
            Rows<Count4>(groups, tiles, rows, k, a, rowA, b, colB, c, rowC, alpha, beta);
        b += 4 * groups * colB;
        c += 4 * groups;
        switch (columns % 4)
        {
            case 3: Rows<Count3>(1, tiles, rows, k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            case 2: Rows<Count2>(1, tiles, rows, k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            case 1: Rows<Count1>(1, tiles, rows, k, a, rowA, b, colB, c, rowC, alpha, beta); break;
        }
    }

    /// <summary>The same for one row.</summary>
    public static void Row(int columns, nint k, float* a, float* b, nint colB, float* c, float alpha, float beta)
    {
        var bands = (columns + MostColumns - 1) / MostColumns;
        // bands as equal as can be, the larger ones first: ten columns are five and five
        var (each, more) = (columns / bands, columns % bands);
        if (more > 0)
            Row(each + 1, more, k, a, b, colB, c, alpha, beta);
        var done = more * (each + 1);
        Row(each, bands - more, k, a, b + done * colB, colB, c + done, alpha, beta);
    }

    private static void Rows<TC>(
        int groups, int tiles, int rows, nint k, float* a, nint rowA, float* b, nint colB, float* c, nint rowC, float alpha, float beta)
        where TC : struct, ICount
    {
        switch (rows)
        {
            case 6: Inner<Count6, TC>(groups, tiles, k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            case 5: Inner<Count5, TC>(groups, tiles, k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            case 4: Inner<Count4, TC>(groups, tiles, k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            case 3: Inner<Count3, TC>(groups, tiles, k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            case 2: Inner<Count2, TC>(groups, tiles, k, a, rowA, b, colB, c, rowC, alpha, beta); break;
            default: Inner<Count1, TC>(groups, tiles, k, a, rowA, b, colB, c, rowC, alpha, beta); break;
        }
    }

    private static void Row(int columns, int bands, nint k, float* a, float* b, nint colB, float* c, float alpha, float beta)
    {
        switch (columns)
        {
            case 8: Row<Count8>(bands, k, a, b, colB, c, alpha, beta); break;
            case 7: Row<Count7>(bands, k, a, b, colB, c, alpha, beta); break;
            case 6: Row<Count6>(bands, k, a, b, colB, c, alpha, beta); break;
            case 5: Row<Count5>(bands, k, a, b, colB, c, alpha, beta); break;
            case 4: Row<Count4>(bands, k, a, b, colB, c, alpha, beta); break;
            case 3: Row<Count3>(bands, k, a, b, colB, c, alpha, beta); break;
            case 2: Row<Count2>(bands, k, a, b, colB, c, alpha, beta); break;
            default: Row<Count1>(bands, k, a, b, colB, c, alpha, beta); break;
        }
    }

    // accumulator sI_J holds partial sums of element (I, J) of a tile; tiles below each other share the columns of b
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Inner<TR, TC>(
        int groups, int tiles, nint k, float* a, nint rowA, float* b, nint colB, float* c, nint rowC, float alpha, float beta)
        where TR : struct, ICount
        where TC : struct, ICount
    {
        var rest = (int)(k % T.Count);
        var plain = alpha == 1 && beta == 0;
        for (; groups > 0; groups--, b += TC.Count * colB, c += TC.Count)
        {
            var at = a;
            var to = c;
            for (var tile = tiles; tile > 0; tile--, at += TR.Count * rowA, to += TR.Count * rowC)
            {
                var a0 = at;
                var a3 = at + 3 * rowA;
                var b0 = b;
                T s0_0 = default, s0_1 = default, s0_2 = default, s0_3 = default;
                T s1_0 = default, s1_1 = default, s1_2 = default, s1_3 = default;
                T s2_0 = default, s2_1 = default, s2_2 = default, s2_3 = default;
                T s3_0 = default, s3_1 = default, s3_2 = default, s3_3 = default;
                T s4_0 = default, s4_1 = default, s4_2 = default, s4_3 = default;
                T s5_0 = default, s5_1 = default, s5_2 = default, s5_3 = default;
                for (var left = k - rest; left > 0; left -= T.Count)
                {
                    var x0 = T.Load(a0);
                    var x1 = TR.Count > 1 ? T.Load(a0 + rowA) : default;
                    var x2 = TR.Count > 2 ? T.Load(a0 + 2 * rowA) : default;
                    var x3 = TR.Count > 3 ? T.Load(a3) : default;
                    var x4 = TR.Count > 4 ? T.Load(a3 + rowA) : default;
                    var x5 = TR.Count > 5 ? T.Load(a3 + 2 * rowA) : default;
                    {
                        var y = T.Load(b0);
                        T.Accumulate(ref s0_0, x0, y);
                        if (TR.Count > 1) T.Accumulate(ref s1_0, x1, y);
                        if (TR.Count > 2) T.Accumulate(ref s2_0, x2, y);
                        if (TR.Count > 3) T.Accumulate(ref s3_0, x3, y);
                        if (TR.Count > 4) T.Accumulate(ref s4_0, x4, y);
                        if (TR.Count > 5) T.Accumulate(ref s5_0, x5, y);
                    }

                    if (TC.Count > 1)
                    {
                        var y = T.Load(b0 + colB);
                        T.Accumulate(ref s0_1, x0, y);
                        if (TR.Count > 1) T.Accumulate(ref s1_1, x1, y);
                        if (TR.Count > 2) T.Accumulate(ref s2_1, x2, y);
                        if (TR.Count > 3) T.Accumulate(ref s3_1, x3, y);
                        if (TR.Count > 4) T.Accumulate(ref s4_1, x4, y);
                        if (TR.Count > 5) T.Accumulate(ref s5_1, x5, y);
                    }

                    if (TC.Count > 2)
                    {
                        var y = T.Load(b0 + 2 * colB);
                        T.Accumulate(ref s0_2, x0, y);
                        if (TR.Count > 1) T.Accumulate(ref s1_2, x1, y);
                        if (TR.Count > 2) T.Accumulate(ref s2_2, x2, y);
                        if (TR.Count > 3) T.Accumulate(ref s3_2, x3, y);
                        if (TR.Count > 4) T.Accumulate(ref s4_2, x4, y);
                        if (TR.Count > 5) T.Accumulate(ref s5_2, x5, y);
                    }

                    if (TC.Count > 3)
                    {
                        var y = T.Load(b0 + 3 * colB);
                        T.Accumulate(ref s0_3, x0, y);
                        if (TR.Count > 1) T.Accumulate(ref s1_3, x1, y);
                        if (TR.Count > 2) T.Accumulate(ref s2_3, x2, y);
                        if (TR.Count > 3) T.Accumulate(ref s3_3, x3, y);
                        if (TR.Count > 4) T.Accumulate(ref s4_3, x4, y);
                        if (TR.Count > 5) T.Accumulate(ref s5_3, x5, y);
                    }

                    a0 += T.Count;
                    if (TR.Count > 3) a3 += T.Count;
                    b0 += T.Count;
                }

                // what does not fill a vector is read alone, zeros beside it on both sides: no infinity meets them
                if (rest > 0)
                {
                    var x0 = T.LoadPartial(a0, rest);
                    var x1 = TR.Count > 1 ? T.LoadPartial(a0 + rowA, rest) : default;
                    var x2 = TR.Count > 2 ? T.LoadPartial(a0 + 2 * rowA, rest) : default;
                    var x3 = TR.Count > 3 ? T.LoadPartial(a3, rest) : default;
                    var x4 = TR.Count > 4 ? T.LoadPartial(a3 + rowA, rest) : default;
                    var x5 = TR.Count > 5 ? T.LoadPartial(a3 + 2 * rowA, rest) : default;
                    {
                        var y = T.LoadPartial(b0, rest);
                        T.Accumulate(ref s0_0, x0, y);
                        if (TR.Count > 1) T.Accumulate(ref s1_0, x1, y);
                        if (TR.Count > 2) T.Accumulate(ref s2_0, x2, y);
                        if (TR.Count > 3) T.Accumulate(ref s3_0, x3, y);
                        if (TR.Count > 4) T.Accumulate(ref s4_0, x4, y);
                        if (TR.Count > 5) T.Accumulate(ref s5_0, x5, y);
                    }

                    if (TC.Count > 1)
                    {
                        var y = T.LoadPartial(b0 + colB, rest);
                        T.Accumulate(ref s0_1, x0, y);
                        if (TR.Count > 1) T.Accumulate(ref s1_1, x1, y);
                        if (TR.Count > 2) T.Accumulate(ref s2_1, x2, y);
                        if (TR.Count > 3) T.Accumulate(ref s3_1, x3, y);
                        if (TR.Count > 4) T.Accumulate(ref s4_1, x4, y);
                        if (TR.Count > 5) T.Accumulate(ref s5_1, x5, y);
                    }

                    if (TC.Count > 2)
                    {
                        var y = T.LoadPartial(b0 + 2 * colB, rest);
                        T.Accumulate(ref s0_2, x0, y);
                        if (TR.Count > 1) T.Accumulate(ref s1_2, x1, y);
                        if (TR.Count > 2) T.Accumulate(ref s2_2, x2, y);
                        if (TR.Count > 3) T.Accumulate(ref s3_2, x3, y);
                        if (TR.Count > 4) T.Accumulate(ref s4_2, x4, y);
                        if (TR.Count > 5) T.Accumulate(ref s5_2, x5, y);
                    }

                    if (TC.Count > 3)
                    {
                        var y = T.LoadPartial(b0 + 3 * colB, rest);
                        T.Accumulate(ref s0_3, x0, y);
                        if (TR.Count > 1) T.Accumulate(ref s1_3, x1, y);
                        if (TR.Count > 2) T.Accumulate(ref s2_3, x2, y);
                        if (TR.Count > 3) T.Accumulate(ref s3_3, x3, y);
                        if (TR.Count > 4) T.Accumulate(ref s4_3, x4, y);
                        if (TR.Count > 5) T.Accumulate(ref s5_3, x5, y);
                    }
                }

                Store<TC>(to, GemmLanes.Sums(s0_0, s0_1, s0_2, s0_3), alpha, beta, plain);
                if (TR.Count > 1) Store<TC>(to + 1 * rowC, GemmLanes.Sums(s1_0, s1_1, s1_2, s1_3), alpha, beta, plain);
                if (TR.Count > 2) Store<TC>(to + 2 * rowC, GemmLanes.Sums(s2_0, s2_1, s2_2, s2_3), alpha, beta, plain);
                if (TR.Count > 3) Store<TC>(to + 3 * rowC, GemmLanes.Sums(s3_0, s3_1, s3_2, s3_3), alpha, beta, plain);
                if (TR.Count > 4) Store<TC>(to + 4 * rowC, GemmLanes.Sums(s4_0, s4_1, s4_2, s4_3), alpha, beta, plain);
                if (TR.Count > 5) Store<TC>(to + 5 * rowC, GemmLanes.Sums(s5_0, s5_1, s5_2, s5_3), alpha, beta, plain);
            }
        }
    }

    // one row of a; eight columns make eight chains, which two pipes of latency four need
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row<TC>(int bands, nint k, float* a, float* b, nint colB, float* c, float alpha, float beta)
        where TC : struct, ICount
    {
        var rest = (int)(k % T.Count);
        var plain = alpha == 1 && beta == 0;
        for (; bands > 0; bands--, b += TC.Count * colB, c += TC.Count)
        {
            var a0 = a;
            var b0 = b;
            var b4 = b + 4 * colB;
            T s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            for (var left = k - rest; left > 0; left -= T.Count)
            {
                var x = T.Load(a0);
                T.Accumulate(ref s0, x, T.Load(b0));
                if (TC.Count > 1) T.Accumulate(ref s1, x, T.Load(b0 + colB));
                if (TC.Count > 2) T.Accumulate(ref s2, x, T.Load(b0 + 2 * colB));
                if (TC.Count > 3) T.Accumulate(ref s3, x, T.Load(b0 + 3 * colB));
                if (TC.Count > 4) T.Accumulate(ref s4, x, T.Load(b4));
                if (TC.Count > 5) T.Accumulate(ref s5, x, T.Load(b4 + colB));
                if (TC.Count > 6) T.Accumulate(ref s6, x, T.Load(b4 + 2 * colB));
                if (TC.Count > 7) T.Accumulate(ref s7, x, T.Load(b4 + 3 * colB));
                a0 += T.Count;
                b0 += T.Count;
                if (TC.Count > 4) b4 += T.Count;
            }

            if (rest > 0)
            {
                var x = T.LoadPartial(a0, rest);
                T.Accumulate(ref s0, x, T.LoadPartial(b0, rest));
                if (TC.Count > 1) T.Accumulate(ref s1, x, T.LoadPartial(b0 + colB, rest));
                if (TC.Count > 2) T.Accumulate(ref s2, x, T.LoadPartial(b0 + 2 * colB, rest));
                if (TC.Count > 3) T.Accumulate(ref s3, x, T.LoadPartial(b0 + 3 * colB, rest));
                if (TC.Count > 4) T.Accumulate(ref s4, x, T.LoadPartial(b4, rest));
                if (TC.Count > 5) T.Accumulate(ref s5, x, T.LoadPartial(b4 + colB, rest));
                if (TC.Count > 6) T.Accumulate(ref s6, x, T.LoadPartial(b4 + 2 * colB, rest));
                if (TC.Count > 7) T.Accumulate(ref s7, x, T.LoadPartial(b4 + 3 * colB, rest));
            }

            Store<TC>(c, GemmLanes.Sums(s0, s1, s2, s3), alpha, beta, plain);
            if (TC.Count == 8) Store<Count4>(c + 4, GemmLanes.Sums(s4, s5, s6, s7), alpha, beta, plain);
            if (TC.Count == 7) Store<Count3>(c + 4, GemmLanes.Sums(s4, s5, s6, s7), alpha, beta, plain);
            if (TC.Count == 6) Store<Count2>(c + 4, GemmLanes.Sums(s4, s5, s6, s7), alpha, beta, plain);
            if (TC.Count == 5) Store<Count1>(c + 4, GemmLanes.Sums(s4, s5, s6, s7), alpha, beta, plain);
        }
    }

    // c[j] = alpha * sum[j] + beta * c[j] for the first TC columns, at most four; beta = 0 never reads c
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TC>(float* c, Lane4 sum, float alpha, float beta, bool plain)
        where TC : struct, ICount
    {
        if (!plain)
        {
            sum *= Lane4.Splat(alpha);
            if (beta != 0)
                sum = Lane4.FusedMultiplyAdd(Lane4.Splat(beta), TC.Count >= 4 ? Lane4.Load(c) : Lane4.LoadPartial(c, TC.Count), sum);
        }

        if (TC.Count >= 4)
            Lane4.Store(sum, c);
        else
            Lane4.StorePartial(sum, c, TC.Count);
    }
}
