using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>The tiles.</summary>
internal static unsafe partial class BlockProducts
{
    // 24 sums of 16 places: 32 registers hold them, three lines of B and one of X
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ThreeRows<TLane>(float* b, nint ld, int columns, float* x, nint xStride, float* t, nint tStride) where TLane : struct, ILane<TLane>
    {
        float* b1 = b + ld, b2 = b1 + ld, t1 = t + tStride, t2 = t1 + tStride;
        float* x0 = x, x1 = x0 + xStride, x2 = x1 + xStride, x3 = x2 + xStride, x4 = x3 + xStride, x5 = x4 + xStride, x6 = x5 + xStride, x7 = x6 + xStride;
        TLane zero = TLane.Splat(0);
        TLane s00 = zero, s01 = zero, s02 = zero, s03 = zero, s04 = zero, s05 = zero, s06 = zero, s07 = zero;
        TLane s10 = zero, s11 = zero, s12 = zero, s13 = zero, s14 = zero, s15 = zero, s16 = zero, s17 = zero;
        TLane s20 = zero, s21 = zero, s22 = zero, s23 = zero, s24 = zero, s25 = zero, s26 = zero, s27 = zero;
        int c = 0;
        for (; c <= columns - TLane.Count; c += TLane.Count)
        {
            TLane v0 = TLane.Load(b + c);
            TLane v1 = TLane.Load(b1 + c);
            TLane v2 = TLane.Load(b2 + c);
            TLane y = TLane.Load(x0 + c);
            s00 = TLane.FusedMultiplyAdd(v0, y, s00);
            s10 = TLane.FusedMultiplyAdd(v1, y, s10);
            s20 = TLane.FusedMultiplyAdd(v2, y, s20);
            y = TLane.Load(x1 + c);
            s01 = TLane.FusedMultiplyAdd(v0, y, s01);
            s11 = TLane.FusedMultiplyAdd(v1, y, s11);
            s21 = TLane.FusedMultiplyAdd(v2, y, s21);
            y = TLane.Load(x2 + c);
            s02 = TLane.FusedMultiplyAdd(v0, y, s02);
            s12 = TLane.FusedMultiplyAdd(v1, y, s12);
            s22 = TLane.FusedMultiplyAdd(v2, y, s22);
            y = TLane.Load(x3 + c);
            s03 = TLane.FusedMultiplyAdd(v0, y, s03);
            s13 = TLane.FusedMultiplyAdd(v1, y, s13);
            s23 = TLane.FusedMultiplyAdd(v2, y, s23);
            y = TLane.Load(x4 + c);
            s04 = TLane.FusedMultiplyAdd(v0, y, s04);
            s14 = TLane.FusedMultiplyAdd(v1, y, s14);
            s24 = TLane.FusedMultiplyAdd(v2, y, s24);
            y = TLane.Load(x5 + c);
            s05 = TLane.FusedMultiplyAdd(v0, y, s05);
            s15 = TLane.FusedMultiplyAdd(v1, y, s15);
            s25 = TLane.FusedMultiplyAdd(v2, y, s25);
            y = TLane.Load(x6 + c);
            s06 = TLane.FusedMultiplyAdd(v0, y, s06);
            s16 = TLane.FusedMultiplyAdd(v1, y, s16);
            s26 = TLane.FusedMultiplyAdd(v2, y, s26);
            y = TLane.Load(x7 + c);
            s07 = TLane.FusedMultiplyAdd(v0, y, s07);
            s17 = TLane.FusedMultiplyAdd(v1, y, s17);
            s27 = TLane.FusedMultiplyAdd(v2, y, s27);
        }

        if (c < columns)
        {
            int rest = columns - c;
            TLane v0 = TLane.LoadPartial(b + c, rest);
            TLane v1 = TLane.LoadPartial(b1 + c, rest);
            TLane v2 = TLane.LoadPartial(b2 + c, rest);
            TLane y = TLane.LoadPartial(x0 + c, rest);
            s00 = TLane.FusedMultiplyAdd(v0, y, s00);
            s10 = TLane.FusedMultiplyAdd(v1, y, s10);
            s20 = TLane.FusedMultiplyAdd(v2, y, s20);
            y = TLane.LoadPartial(x1 + c, rest);
            s01 = TLane.FusedMultiplyAdd(v0, y, s01);
            s11 = TLane.FusedMultiplyAdd(v1, y, s11);
            s21 = TLane.FusedMultiplyAdd(v2, y, s21);
            y = TLane.LoadPartial(x2 + c, rest);
            s02 = TLane.FusedMultiplyAdd(v0, y, s02);
            s12 = TLane.FusedMultiplyAdd(v1, y, s12);
            s22 = TLane.FusedMultiplyAdd(v2, y, s22);
            y = TLane.LoadPartial(x3 + c, rest);
            s03 = TLane.FusedMultiplyAdd(v0, y, s03);
            s13 = TLane.FusedMultiplyAdd(v1, y, s13);
            s23 = TLane.FusedMultiplyAdd(v2, y, s23);
            y = TLane.LoadPartial(x4 + c, rest);
            s04 = TLane.FusedMultiplyAdd(v0, y, s04);
            s14 = TLane.FusedMultiplyAdd(v1, y, s14);
            s24 = TLane.FusedMultiplyAdd(v2, y, s24);
            y = TLane.LoadPartial(x5 + c, rest);
            s05 = TLane.FusedMultiplyAdd(v0, y, s05);
            s15 = TLane.FusedMultiplyAdd(v1, y, s15);
            s25 = TLane.FusedMultiplyAdd(v2, y, s25);
            y = TLane.LoadPartial(x6 + c, rest);
            s06 = TLane.FusedMultiplyAdd(v0, y, s06);
            s16 = TLane.FusedMultiplyAdd(v1, y, s16);
            s26 = TLane.FusedMultiplyAdd(v2, y, s26);
            y = TLane.LoadPartial(x7 + c, rest);
            s07 = TLane.FusedMultiplyAdd(v0, y, s07);
            s17 = TLane.FusedMultiplyAdd(v1, y, s17);
            s27 = TLane.FusedMultiplyAdd(v2, y, s27);
        }

        t[0] = TLane.FoldSum(s00);
        t[1] = TLane.FoldSum(s01);
        t[2] = TLane.FoldSum(s02);
        t[3] = TLane.FoldSum(s03);
        t[4] = TLane.FoldSum(s04);
        t[5] = TLane.FoldSum(s05);
        t[6] = TLane.FoldSum(s06);
        t[7] = TLane.FoldSum(s07);
        t1[0] = TLane.FoldSum(s10);
        t1[1] = TLane.FoldSum(s11);
        t1[2] = TLane.FoldSum(s12);
        t1[3] = TLane.FoldSum(s13);
        t1[4] = TLane.FoldSum(s14);
        t1[5] = TLane.FoldSum(s15);
        t1[6] = TLane.FoldSum(s16);
        t1[7] = TLane.FoldSum(s17);
        t2[0] = TLane.FoldSum(s20);
        t2[1] = TLane.FoldSum(s21);
        t2[2] = TLane.FoldSum(s22);
        t2[3] = TLane.FoldSum(s23);
        t2[4] = TLane.FoldSum(s24);
        t2[5] = TLane.FoldSum(s25);
        t2[6] = TLane.FoldSum(s26);
        t2[7] = TLane.FoldSum(s27);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneRow<TLane>(float* b, int columns, float* x, nint xStride, float* t) where TLane : struct, ILane<TLane>
    {
        float* x0 = x, x1 = x0 + xStride, x2 = x1 + xStride, x3 = x2 + xStride, x4 = x3 + xStride, x5 = x4 + xStride, x6 = x5 + xStride, x7 = x6 + xStride;
        TLane zero = TLane.Splat(0);
        TLane s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
        int c = 0;
        for (; c <= columns - TLane.Count; c += TLane.Count)
        {
            TLane v = TLane.Load(b + c);
            TLane y = TLane.Load(x0 + c);
            s0 = TLane.FusedMultiplyAdd(v, y, s0);
            y = TLane.Load(x1 + c);
            s1 = TLane.FusedMultiplyAdd(v, y, s1);
            y = TLane.Load(x2 + c);
            s2 = TLane.FusedMultiplyAdd(v, y, s2);
            y = TLane.Load(x3 + c);
            s3 = TLane.FusedMultiplyAdd(v, y, s3);
            y = TLane.Load(x4 + c);
            s4 = TLane.FusedMultiplyAdd(v, y, s4);
            y = TLane.Load(x5 + c);
            s5 = TLane.FusedMultiplyAdd(v, y, s5);
            y = TLane.Load(x6 + c);
            s6 = TLane.FusedMultiplyAdd(v, y, s6);
            y = TLane.Load(x7 + c);
            s7 = TLane.FusedMultiplyAdd(v, y, s7);
        }

        if (c < columns)
        {
            int rest = columns - c;
            TLane v = TLane.LoadPartial(b + c, rest);
            TLane y = TLane.LoadPartial(x0 + c, rest);
            s0 = TLane.FusedMultiplyAdd(v, y, s0);
            y = TLane.LoadPartial(x1 + c, rest);
            s1 = TLane.FusedMultiplyAdd(v, y, s1);
            y = TLane.LoadPartial(x2 + c, rest);
            s2 = TLane.FusedMultiplyAdd(v, y, s2);
            y = TLane.LoadPartial(x3 + c, rest);
            s3 = TLane.FusedMultiplyAdd(v, y, s3);
            y = TLane.LoadPartial(x4 + c, rest);
            s4 = TLane.FusedMultiplyAdd(v, y, s4);
            y = TLane.LoadPartial(x5 + c, rest);
            s5 = TLane.FusedMultiplyAdd(v, y, s5);
            y = TLane.LoadPartial(x6 + c, rest);
            s6 = TLane.FusedMultiplyAdd(v, y, s6);
            y = TLane.LoadPartial(x7 + c, rest);
            s7 = TLane.FusedMultiplyAdd(v, y, s7);
        }

        t[0] = TLane.FoldSum(s0);
        t[1] = TLane.FoldSum(s1);
        t[2] = TLane.FoldSum(s2);
        t[3] = TLane.FoldSum(s3);
        t[4] = TLane.FoldSum(s4);
        t[5] = TLane.FoldSum(s5);
        t[6] = TLane.FoldSum(s6);
        t[7] = TLane.FoldSum(s7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ThreeLanes<TLane>(float* b, nint ld, int rows, float* w, nint wStride, float* y, nint yStride, bool accumulate, nint ahead)
        where TLane : struct, ILane<TLane>
    {
        TLane zero = TLane.Splat(0);
        TLane s00 = accumulate ? TLane.Load(y) : zero, s01 = accumulate ? TLane.Load(y + TLane.Count) : zero, s02 = accumulate ? TLane.Load(y + 2 * TLane.Count) : zero;
        TLane s10 = accumulate ? TLane.Load(y + yStride) : zero, s11 = accumulate ? TLane.Load(y + yStride + TLane.Count) : zero, s12 = accumulate ? TLane.Load(y + yStride + 2 * TLane.Count) : zero;
        TLane s20 = accumulate ? TLane.Load(y + 2 * yStride) : zero, s21 = accumulate ? TLane.Load(y + 2 * yStride + TLane.Count) : zero, s22 = accumulate ? TLane.Load(y + 2 * yStride + 2 * TLane.Count) : zero;
        TLane s30 = accumulate ? TLane.Load(y + 3 * yStride) : zero, s31 = accumulate ? TLane.Load(y + 3 * yStride + TLane.Count) : zero, s32 = accumulate ? TLane.Load(y + 3 * yStride + 2 * TLane.Count) : zero;
        TLane s40 = accumulate ? TLane.Load(y + 4 * yStride) : zero, s41 = accumulate ? TLane.Load(y + 4 * yStride + TLane.Count) : zero, s42 = accumulate ? TLane.Load(y + 4 * yStride + 2 * TLane.Count) : zero;
        TLane s50 = accumulate ? TLane.Load(y + 5 * yStride) : zero, s51 = accumulate ? TLane.Load(y + 5 * yStride + TLane.Count) : zero, s52 = accumulate ? TLane.Load(y + 5 * yStride + 2 * TLane.Count) : zero;
        TLane s60 = accumulate ? TLane.Load(y + 6 * yStride) : zero, s61 = accumulate ? TLane.Load(y + 6 * yStride + TLane.Count) : zero, s62 = accumulate ? TLane.Load(y + 6 * yStride + 2 * TLane.Count) : zero;
        TLane s70 = accumulate ? TLane.Load(y + 7 * yStride) : zero, s71 = accumulate ? TLane.Load(y + 7 * yStride + TLane.Count) : zero, s72 = accumulate ? TLane.Load(y + 7 * yStride + 2 * TLane.Count) : zero;
        for (int r = 0; r < rows; r++)
        {
            TLane x0 = TLane.Load(b), x1 = TLane.Load(b + TLane.Count), x2 = TLane.Load(b + 2 * TLane.Count);
            if (ahead != 0 && Sse.IsSupported)
            {
                Sse.Prefetch1(b + ahead);
                Sse.Prefetch1(b + ahead + TLane.Count);
                Sse.Prefetch1(b + ahead + 2 * TLane.Count);
            }

            TLane f = TLane.Splat(w[0]);
            s00 = TLane.FusedMultiplyAdd(f, x0, s00);
            s01 = TLane.FusedMultiplyAdd(f, x1, s01);
            s02 = TLane.FusedMultiplyAdd(f, x2, s02);
            f = TLane.Splat(w[1]);
            s10 = TLane.FusedMultiplyAdd(f, x0, s10);
            s11 = TLane.FusedMultiplyAdd(f, x1, s11);
            s12 = TLane.FusedMultiplyAdd(f, x2, s12);
            f = TLane.Splat(w[2]);
            s20 = TLane.FusedMultiplyAdd(f, x0, s20);
            s21 = TLane.FusedMultiplyAdd(f, x1, s21);
            s22 = TLane.FusedMultiplyAdd(f, x2, s22);
            f = TLane.Splat(w[3]);
            s30 = TLane.FusedMultiplyAdd(f, x0, s30);
            s31 = TLane.FusedMultiplyAdd(f, x1, s31);
            s32 = TLane.FusedMultiplyAdd(f, x2, s32);
            f = TLane.Splat(w[4]);
            s40 = TLane.FusedMultiplyAdd(f, x0, s40);
            s41 = TLane.FusedMultiplyAdd(f, x1, s41);
            s42 = TLane.FusedMultiplyAdd(f, x2, s42);
            f = TLane.Splat(w[5]);
            s50 = TLane.FusedMultiplyAdd(f, x0, s50);
            s51 = TLane.FusedMultiplyAdd(f, x1, s51);
            s52 = TLane.FusedMultiplyAdd(f, x2, s52);
            f = TLane.Splat(w[6]);
            s60 = TLane.FusedMultiplyAdd(f, x0, s60);
            s61 = TLane.FusedMultiplyAdd(f, x1, s61);
            s62 = TLane.FusedMultiplyAdd(f, x2, s62);
            f = TLane.Splat(w[7]);
            s70 = TLane.FusedMultiplyAdd(f, x0, s70);
            s71 = TLane.FusedMultiplyAdd(f, x1, s71);
            s72 = TLane.FusedMultiplyAdd(f, x2, s72);
            b += ld;
            w += wStride;
        }

        TLane.Store(s00, y);
        TLane.Store(s01, y + TLane.Count);
        TLane.Store(s02, y + 2 * TLane.Count);
        TLane.Store(s10, y + yStride);
        TLane.Store(s11, y + yStride + TLane.Count);
        TLane.Store(s12, y + yStride + 2 * TLane.Count);
        TLane.Store(s20, y + 2 * yStride);
        TLane.Store(s21, y + 2 * yStride + TLane.Count);
        TLane.Store(s22, y + 2 * yStride + 2 * TLane.Count);
        TLane.Store(s30, y + 3 * yStride);
        TLane.Store(s31, y + 3 * yStride + TLane.Count);
        TLane.Store(s32, y + 3 * yStride + 2 * TLane.Count);
        TLane.Store(s40, y + 4 * yStride);
        TLane.Store(s41, y + 4 * yStride + TLane.Count);
        TLane.Store(s42, y + 4 * yStride + 2 * TLane.Count);
        TLane.Store(s50, y + 5 * yStride);
        TLane.Store(s51, y + 5 * yStride + TLane.Count);
        TLane.Store(s52, y + 5 * yStride + 2 * TLane.Count);
        TLane.Store(s60, y + 6 * yStride);
        TLane.Store(s61, y + 6 * yStride + TLane.Count);
        TLane.Store(s62, y + 6 * yStride + 2 * TLane.Count);
        TLane.Store(s70, y + 7 * yStride);
        TLane.Store(s71, y + 7 * yStride + TLane.Count);
        TLane.Store(s72, y + 7 * yStride + 2 * TLane.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneLane<TLane>(float* b, nint ld, int rows, int count, float* w, nint wStride, float* y, nint yStride, bool accumulate)
        where TLane : struct, ILane<TLane>
    {
        TLane zero = TLane.Splat(0);
        TLane s0 = accumulate ? TLane.LoadPartial(y, count) : zero;
        TLane s1 = accumulate ? TLane.LoadPartial(y + yStride, count) : zero;
        TLane s2 = accumulate ? TLane.LoadPartial(y + 2 * yStride, count) : zero;
        TLane s3 = accumulate ? TLane.LoadPartial(y + 3 * yStride, count) : zero;
        TLane s4 = accumulate ? TLane.LoadPartial(y + 4 * yStride, count) : zero;
        TLane s5 = accumulate ? TLane.LoadPartial(y + 5 * yStride, count) : zero;
        TLane s6 = accumulate ? TLane.LoadPartial(y + 6 * yStride, count) : zero;
        TLane s7 = accumulate ? TLane.LoadPartial(y + 7 * yStride, count) : zero;
        for (int r = 0; r < rows; r++)
        {
            TLane x = TLane.LoadPartial(b, count);
            TLane f = TLane.Splat(w[0]);
            s0 = TLane.FusedMultiplyAdd(f, x, s0);
            f = TLane.Splat(w[1]);
            s1 = TLane.FusedMultiplyAdd(f, x, s1);
            f = TLane.Splat(w[2]);
            s2 = TLane.FusedMultiplyAdd(f, x, s2);
            f = TLane.Splat(w[3]);
            s3 = TLane.FusedMultiplyAdd(f, x, s3);
            f = TLane.Splat(w[4]);
            s4 = TLane.FusedMultiplyAdd(f, x, s4);
            f = TLane.Splat(w[5]);
            s5 = TLane.FusedMultiplyAdd(f, x, s5);
            f = TLane.Splat(w[6]);
            s6 = TLane.FusedMultiplyAdd(f, x, s6);
            f = TLane.Splat(w[7]);
            s7 = TLane.FusedMultiplyAdd(f, x, s7);
            b += ld;
            w += wStride;
        }

        TLane.StorePartial(s0, y, count);
        TLane.StorePartial(s1, y + yStride, count);
        TLane.StorePartial(s2, y + 2 * yStride, count);
        TLane.StorePartial(s3, y + 3 * yStride, count);
        TLane.StorePartial(s4, y + 4 * yStride, count);
        TLane.StorePartial(s5, y + 5 * yStride, count);
        TLane.StorePartial(s6, y + 6 * yStride, count);
        TLane.StorePartial(s7, y + 7 * yStride, count);
    }
}
