using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels.Cpu;

/// <summary>Four-lane pieces shared by all vector widths: the 4 x 4 transposition and the end of a dot product.</summary>
internal static unsafe class GemmLanes
{
    /// <summary>Transposes four vectors of four lanes in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(ref Vector128<float> r0, ref Vector128<float> r1, ref Vector128<float> r2, ref Vector128<float> r3)
    {
        var (t0, t1) = (ZipLow(r0, r2), ZipHigh(r0, r2)); // r0[0] r2[0] r0[1] r2[1] · r0[2] r2[2] r0[3] r2[3]
        var (t2, t3) = (ZipLow(r1, r3), ZipHigh(r1, r3));
        (r0, r1) = (ZipLow(t0, t2), ZipHigh(t0, t2));
        (r2, r3) = (ZipLow(t1, t3), ZipHigh(t1, t3));
    }

    /// <summary>c[j] = alpha * (sum of the lanes of sj) + beta * c[j] for four columns; lanes are added as (0 + 2) + (1 + 3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(
        float* c, Vector128<float> s0, Vector128<float> s1, Vector128<float> s2, Vector128<float> s3, float alpha, float beta)
    {
        Transpose(ref s0, ref s1, ref s2, ref s3);
        var sum = ((s0 + s2) + (s1 + s3)) * alpha;
        if (beta != 0)
            sum = Vector128.MultiplyAddEstimate(Vector128.Create(beta), Vector128.Load(c), sum);
        sum.Store(c);
    }

    /// <summary>The same for one column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSum(float* c, Vector128<float> s, float alpha, float beta)
    {
        var sum = ((s[0] + s[2]) + (s[1] + s[3])) * alpha;
        *c = beta != 0 ? float.MultiplyAddEstimate(beta, *c, sum) : sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipLow(Vector128<float> x, Vector128<float> y)
    {
        if (Sse.IsSupported)
            return Sse.UnpackLow(x, y);
        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(x, y) : Vector128.Create(x[0], y[0], x[1], y[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipHigh(Vector128<float> x, Vector128<float> y)
    {
        if (Sse.IsSupported)
            return Sse.UnpackHigh(x, y);
        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(x, y) : Vector128.Create(x[2], y[2], x[3], y[3]);
    }
}
