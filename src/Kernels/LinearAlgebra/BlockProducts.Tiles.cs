using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Engram.Kernels.Cpu;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>The tiles.</summary>
internal static unsafe partial class BlockProducts
{
    // three rows of B by eight or four vectors: 24 sums, three lines of B and one of X in 32 registers, 12 in 16
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ThreeRows<TLane, TVectors>(float* b, nint ld, int columns, float* x, nint xStride, float* t, nint tStride)
        where TLane : struct, ILane<TLane>
        where TVectors : struct, ICount
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
            TLane.Accumulate(ref s00, v0, y);
            TLane.Accumulate(ref s10, v1, y);
            TLane.Accumulate(ref s20, v2, y);
            y = TLane.Load(x1 + c);
            TLane.Accumulate(ref s01, v0, y);
            TLane.Accumulate(ref s11, v1, y);
            TLane.Accumulate(ref s21, v2, y);
            y = TLane.Load(x2 + c);
            TLane.Accumulate(ref s02, v0, y);
            TLane.Accumulate(ref s12, v1, y);
            TLane.Accumulate(ref s22, v2, y);
            y = TLane.Load(x3 + c);
            TLane.Accumulate(ref s03, v0, y);
            TLane.Accumulate(ref s13, v1, y);
            TLane.Accumulate(ref s23, v2, y);
            if (TVectors.Count > 4)
            {
                y = TLane.Load(x4 + c);
                TLane.Accumulate(ref s04, v0, y);
                TLane.Accumulate(ref s14, v1, y);
                TLane.Accumulate(ref s24, v2, y);
                y = TLane.Load(x5 + c);
                TLane.Accumulate(ref s05, v0, y);
                TLane.Accumulate(ref s15, v1, y);
                TLane.Accumulate(ref s25, v2, y);
                y = TLane.Load(x6 + c);
                TLane.Accumulate(ref s06, v0, y);
                TLane.Accumulate(ref s16, v1, y);
                TLane.Accumulate(ref s26, v2, y);
                y = TLane.Load(x7 + c);
                TLane.Accumulate(ref s07, v0, y);
                TLane.Accumulate(ref s17, v1, y);
                TLane.Accumulate(ref s27, v2, y);
            }
        }

        if (c < columns)
        {
            int rest = columns - c;
            TLane v0 = TLane.LoadPartial(b + c, rest);
            TLane v1 = TLane.LoadPartial(b1 + c, rest);
            TLane v2 = TLane.LoadPartial(b2 + c, rest);
            TLane y = TLane.LoadPartial(x0 + c, rest);
            TLane.Accumulate(ref s00, v0, y);
            TLane.Accumulate(ref s10, v1, y);
            TLane.Accumulate(ref s20, v2, y);
            y = TLane.LoadPartial(x1 + c, rest);
            TLane.Accumulate(ref s01, v0, y);
            TLane.Accumulate(ref s11, v1, y);
            TLane.Accumulate(ref s21, v2, y);
            y = TLane.LoadPartial(x2 + c, rest);
            TLane.Accumulate(ref s02, v0, y);
            TLane.Accumulate(ref s12, v1, y);
            TLane.Accumulate(ref s22, v2, y);
            y = TLane.LoadPartial(x3 + c, rest);
            TLane.Accumulate(ref s03, v0, y);
            TLane.Accumulate(ref s13, v1, y);
            TLane.Accumulate(ref s23, v2, y);
            if (TVectors.Count > 4)
            {
                y = TLane.LoadPartial(x4 + c, rest);
                TLane.Accumulate(ref s04, v0, y);
                TLane.Accumulate(ref s14, v1, y);
                TLane.Accumulate(ref s24, v2, y);
                y = TLane.LoadPartial(x5 + c, rest);
                TLane.Accumulate(ref s05, v0, y);
                TLane.Accumulate(ref s15, v1, y);
                TLane.Accumulate(ref s25, v2, y);
                y = TLane.LoadPartial(x6 + c, rest);
                TLane.Accumulate(ref s06, v0, y);
                TLane.Accumulate(ref s16, v1, y);
                TLane.Accumulate(ref s26, v2, y);
                y = TLane.LoadPartial(x7 + c, rest);
                TLane.Accumulate(ref s07, v0, y);
                TLane.Accumulate(ref s17, v1, y);
                TLane.Accumulate(ref s27, v2, y);
            }
        }

        Lane4.Store(GemmLanes.Sums(s00, s01, s02, s03), t);
        Lane4.Store(GemmLanes.Sums(s10, s11, s12, s13), t1);
        Lane4.Store(GemmLanes.Sums(s20, s21, s22, s23), t2);
        if (TVectors.Count > 4)
        {
            Lane4.Store(GemmLanes.Sums(s04, s05, s06, s07), t + 4);
            Lane4.Store(GemmLanes.Sums(s14, s15, s16, s17), t1 + 4);
            Lane4.Store(GemmLanes.Sums(s24, s25, s26, s27), t2 + 4);
        }
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
            TLane.Accumulate(ref s0, v, y);
            y = TLane.Load(x1 + c);
            TLane.Accumulate(ref s1, v, y);
            y = TLane.Load(x2 + c);
            TLane.Accumulate(ref s2, v, y);
            y = TLane.Load(x3 + c);
            TLane.Accumulate(ref s3, v, y);
            y = TLane.Load(x4 + c);
            TLane.Accumulate(ref s4, v, y);
            y = TLane.Load(x5 + c);
            TLane.Accumulate(ref s5, v, y);
            y = TLane.Load(x6 + c);
            TLane.Accumulate(ref s6, v, y);
            y = TLane.Load(x7 + c);
            TLane.Accumulate(ref s7, v, y);
        }

        if (c < columns)
        {
            int rest = columns - c;
            TLane v = TLane.LoadPartial(b + c, rest);
            TLane y = TLane.LoadPartial(x0 + c, rest);
            TLane.Accumulate(ref s0, v, y);
            y = TLane.LoadPartial(x1 + c, rest);
            TLane.Accumulate(ref s1, v, y);
            y = TLane.LoadPartial(x2 + c, rest);
            TLane.Accumulate(ref s2, v, y);
            y = TLane.LoadPartial(x3 + c, rest);
            TLane.Accumulate(ref s3, v, y);
            y = TLane.LoadPartial(x4 + c, rest);
            TLane.Accumulate(ref s4, v, y);
            y = TLane.LoadPartial(x5 + c, rest);
            TLane.Accumulate(ref s5, v, y);
            y = TLane.LoadPartial(x6 + c, rest);
            TLane.Accumulate(ref s6, v, y);
            y = TLane.LoadPartial(x7 + c, rest);
            TLane.Accumulate(ref s7, v, y);
        }

        Lane4.Store(GemmLanes.Sums(s0, s1, s2, s3), t);
        Lane4.Store(GemmLanes.Sums(s4, s5, s6, s7), t + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ThreeLanes<TLane, TVectors>(float* b, nint ld, int rows, float* w, nint wStride, float* y, nint yStride, bool accumulate, nint ahead)
        where TLane : struct, ILane<TLane>
        where TVectors : struct, ICount
    {
        bool more = accumulate && TVectors.Count > 4;
        TLane zero = TLane.Splat(0);
        TLane s00 = accumulate ? TLane.Load(y) : zero, s01 = accumulate ? TLane.Load(y + TLane.Count) : zero, s02 = accumulate ? TLane.Load(y + 2 * TLane.Count) : zero;
        TLane s10 = accumulate ? TLane.Load(y + yStride) : zero, s11 = accumulate ? TLane.Load(y + yStride + TLane.Count) : zero, s12 = accumulate ? TLane.Load(y + yStride + 2 * TLane.Count) : zero;
        TLane s20 = accumulate ? TLane.Load(y + 2 * yStride) : zero, s21 = accumulate ? TLane.Load(y + 2 * yStride + TLane.Count) : zero, s22 = accumulate ? TLane.Load(y + 2 * yStride + 2 * TLane.Count) : zero;
        TLane s30 = accumulate ? TLane.Load(y + 3 * yStride) : zero, s31 = accumulate ? TLane.Load(y + 3 * yStride + TLane.Count) : zero, s32 = accumulate ? TLane.Load(y + 3 * yStride + 2 * TLane.Count) : zero;
        TLane s40 = more ? TLane.Load(y + 4 * yStride) : zero, s41 = more ? TLane.Load(y + 4 * yStride + TLane.Count) : zero, s42 = more ? TLane.Load(y + 4 * yStride + 2 * TLane.Count) : zero;
        TLane s50 = more ? TLane.Load(y + 5 * yStride) : zero, s51 = more ? TLane.Load(y + 5 * yStride + TLane.Count) : zero, s52 = more ? TLane.Load(y + 5 * yStride + 2 * TLane.Count) : zero;
        TLane s60 = more ? TLane.Load(y + 6 * yStride) : zero, s61 = more ? TLane.Load(y + 6 * yStride + TLane.Count) : zero, s62 = more ? TLane.Load(y + 6 * yStride + 2 * TLane.Count) : zero;
        TLane s70 = more ? TLane.Load(y + 7 * yStride) : zero, s71 = more ? TLane.Load(y + 7 * yStride + TLane.Count) : zero, s72 = more ? TLane.Load(y + 7 * yStride + 2 * TLane.Count) : zero;
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
            TLane.Accumulate(ref s00, f, x0);
            TLane.Accumulate(ref s01, f, x1);
            TLane.Accumulate(ref s02, f, x2);
            f = TLane.Splat(w[1]);
            TLane.Accumulate(ref s10, f, x0);
            TLane.Accumulate(ref s11, f, x1);
            TLane.Accumulate(ref s12, f, x2);
            f = TLane.Splat(w[2]);
            TLane.Accumulate(ref s20, f, x0);
            TLane.Accumulate(ref s21, f, x1);
            TLane.Accumulate(ref s22, f, x2);
            f = TLane.Splat(w[3]);
            TLane.Accumulate(ref s30, f, x0);
            TLane.Accumulate(ref s31, f, x1);
            TLane.Accumulate(ref s32, f, x2);
            if (TVectors.Count > 4)
            {
                f = TLane.Splat(w[4]);
                TLane.Accumulate(ref s40, f, x0);
                TLane.Accumulate(ref s41, f, x1);
                TLane.Accumulate(ref s42, f, x2);
                f = TLane.Splat(w[5]);
                TLane.Accumulate(ref s50, f, x0);
                TLane.Accumulate(ref s51, f, x1);
                TLane.Accumulate(ref s52, f, x2);
                f = TLane.Splat(w[6]);
                TLane.Accumulate(ref s60, f, x0);
                TLane.Accumulate(ref s61, f, x1);
                TLane.Accumulate(ref s62, f, x2);
                f = TLane.Splat(w[7]);
                TLane.Accumulate(ref s70, f, x0);
                TLane.Accumulate(ref s71, f, x1);
                TLane.Accumulate(ref s72, f, x2);
            }

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
        if (TVectors.Count > 4)
        {
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
            TLane.Accumulate(ref s0, f, x);
            f = TLane.Splat(w[1]);
            TLane.Accumulate(ref s1, f, x);
            f = TLane.Splat(w[2]);
            TLane.Accumulate(ref s2, f, x);
            f = TLane.Splat(w[3]);
            TLane.Accumulate(ref s3, f, x);
            f = TLane.Splat(w[4]);
            TLane.Accumulate(ref s4, f, x);
            f = TLane.Splat(w[5]);
            TLane.Accumulate(ref s5, f, x);
            f = TLane.Splat(w[6]);
            TLane.Accumulate(ref s6, f, x);
            f = TLane.Splat(w[7]);
            TLane.Accumulate(ref s7, f, x);
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
