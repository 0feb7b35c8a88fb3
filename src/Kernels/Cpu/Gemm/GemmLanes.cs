using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels.Cpu;

/// <summary>The end of dot products, shared by the vector widths, and the interleaving of two vectors that transpositions are made of.</summary>
internal static unsafe class GemmLanes
{
    /// <summary>
    /// The sums of the lanes of four vectors, one beside the other. 512 bits: in every quarter lanes (0 + 2) + (1 + 3), then the quarters by
    /// halves, which saves shuffles; 256 bits: the halves first.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane4 Sums<T>(T s0, T s1, T s2, T s3)
        where T : struct, ILane<T>
    {
        if (typeof(T) == typeof(Lane16))
        {
            var (x0, x1, x2, x3) = (((Lane16)(object)s0).Value, ((Lane16)(object)s1).Value, ((Lane16)(object)s2).Value, ((Lane16)(object)s3).Value);
            var (u0, u1) = (ZipLow(x0, x2) + ZipHigh(x0, x2), ZipLow(x1, x3) + ZipHigh(x1, x3));
            var quarters = ZipLow(u0, u1) + ZipHigh(u0, u1);
            var halves = quarters.GetLower() + quarters.GetUpper();
            return new(halves.GetLower() + halves.GetUpper());
        }

        if (typeof(T) == typeof(Lane8))
        {
            var (x0, x1, x2, x3) = (((Lane8)(object)s0).Value, ((Lane8)(object)s1).Value, ((Lane8)(object)s2).Value, ((Lane8)(object)s3).Value);
            return Sums<Lane4>(new(x0.GetLower() + x0.GetUpper()), new(x1.GetLower() + x1.GetUpper()), new(x2.GetLower() + x2.GetUpper()), new(x3.GetLower() + x3.GetUpper()));
        }

        {
            var (x0, x1, x2, x3) = (((Lane4)(object)s0).Value, ((Lane4)(object)s1).Value, ((Lane4)(object)s2).Value, ((Lane4)(object)s3).Value);
            var (u0, u1) = (ZipLow(x0, x2) + ZipHigh(x0, x2), ZipLow(x1, x3) + ZipHigh(x1, x3));
            return new(ZipLow(u0, u1) + ZipHigh(u0, u1));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<float> ZipLow(Vector128<float> x, Vector128<float> y)
    {
        if (Sse.IsSupported)
            return Sse.UnpackLow(x, y);
        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(x, y) : Vector128.Create(x[0], y[0], x[1], y[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<float> ZipHigh(Vector128<float> x, Vector128<float> y)
    {
        if (Sse.IsSupported)
            return Sse.UnpackHigh(x, y);
        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(x, y) : Vector128.Create(x[2], y[2], x[3], y[3]);
    }

    // within every quarter
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> ZipLow(Vector256<float> x, Vector256<float> y) => Avx.IsSupported
        ? Avx.UnpackLow(x, y)
        : Vector256.Create(ZipLow(x.GetLower(), y.GetLower()), ZipLow(x.GetUpper(), y.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> ZipHigh(Vector256<float> x, Vector256<float> y) => Avx.IsSupported
        ? Avx.UnpackHigh(x, y)
        : Vector256.Create(ZipHigh(x.GetLower(), y.GetLower()), ZipHigh(x.GetUpper(), y.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> ZipLow(Vector512<float> x, Vector512<float> y) => Avx512F.IsSupported
        ? Avx512F.UnpackLow(x, y)
        : Vector512.Create(ZipLow(x.GetLower(), y.GetLower()), ZipLow(x.GetUpper(), y.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> ZipHigh(Vector512<float> x, Vector512<float> y) => Avx512F.IsSupported
        ? Avx512F.UnpackHigh(x, y)
        : Vector512.Create(ZipHigh(x.GetLower(), y.GetLower()), ZipHigh(x.GetUpper(), y.GetUpper()));
}
