using System.Runtime.CompilerServices;
using Engram.Kernels;

namespace Engram.Benchmarking;

/// <summary>
/// An elementwise function that is nothing but multiply-adds on registers, in <see cref="Chains"/> independent chains: mapped over a vector it shows what a device's
/// arithmetic can do at all, with the entries that every device has.
/// </summary>
/// <param name="Steps">Multiply-adds of every chain, a multiple of four.</param>
public readonly record struct MultiplyAddLoop(int Steps) : IUnaryOp
{
    /// <summary>Independent sums, enough to hide a multiply-add's latency.</summary>
    public const int Chains = 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Forward<T>(T x) where T : struct, ILane<T>
    {
        // the factor is a little below one, so nothing overflows
        T factor = T.Splat(0.999999f), y = T.Splat(1e-6f);
        T a = x, b = a + y, c = b + y, d = c + y, e = d + y, f = e + y, g = f + y, h = g + y;
        // four rounds between two jumps: a compiler for GPUs does not unroll by itself
        for (int n = 0; n < Steps; n += 4)
        {
            a = T.FusedMultiplyAdd(a, factor, y); b = T.FusedMultiplyAdd(b, factor, y); c = T.FusedMultiplyAdd(c, factor, y); d = T.FusedMultiplyAdd(d, factor, y);
            e = T.FusedMultiplyAdd(e, factor, y); f = T.FusedMultiplyAdd(f, factor, y); g = T.FusedMultiplyAdd(g, factor, y); h = T.FusedMultiplyAdd(h, factor, y);
            a = T.FusedMultiplyAdd(a, factor, y); b = T.FusedMultiplyAdd(b, factor, y); c = T.FusedMultiplyAdd(c, factor, y); d = T.FusedMultiplyAdd(d, factor, y);
            e = T.FusedMultiplyAdd(e, factor, y); f = T.FusedMultiplyAdd(f, factor, y); g = T.FusedMultiplyAdd(g, factor, y); h = T.FusedMultiplyAdd(h, factor, y);
            a = T.FusedMultiplyAdd(a, factor, y); b = T.FusedMultiplyAdd(b, factor, y); c = T.FusedMultiplyAdd(c, factor, y); d = T.FusedMultiplyAdd(d, factor, y);
            e = T.FusedMultiplyAdd(e, factor, y); f = T.FusedMultiplyAdd(f, factor, y); g = T.FusedMultiplyAdd(g, factor, y); h = T.FusedMultiplyAdd(h, factor, y);
            a = T.FusedMultiplyAdd(a, factor, y); b = T.FusedMultiplyAdd(b, factor, y); c = T.FusedMultiplyAdd(c, factor, y); d = T.FusedMultiplyAdd(d, factor, y);
            e = T.FusedMultiplyAdd(e, factor, y); f = T.FusedMultiplyAdd(f, factor, y); g = T.FusedMultiplyAdd(g, factor, y); h = T.FusedMultiplyAdd(h, factor, y);
        }

        return a + b + (c + d) + (e + f + (g + h));
    }
}
