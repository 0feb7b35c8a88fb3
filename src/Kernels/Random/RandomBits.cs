using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>How random words become numbers; the same for single draws, sequential draws and bulk fills.</summary>
internal static class RandomBits
{
    private const float Ulp24 = 1f / (1 << 24);

    /// <summary>The upper 24 bits as a multiple of 2⁻²⁴ in [0, 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToUniform(uint word) => (int)(word >> 8) * Ulp24;

    /// <summary>All 32 bits, rounded, within [2⁻³³, 1]: what a logarithm may be taken of.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToRadius(uint word)
    {
        // upper and lower 16 bits are exact, so the sum is rounded once
        float upper = (int)(word >> 16) * 65536f;
        return ((upper + (int)(word & 0xFFFF)) * (1f / 4294967296f)) + (1f / 8589934592f);
    }

    /// <summary>√(−2 ln radius)·(cos, sin)(2π·turns): two independent standard normals (Box and Muller, 1958).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToNormals<T>(T radius, T turns, out T cos, out T sin) where T : struct, ILane<T>
    {
        // radius 1 has logarithm 0; −2·0 must not become √−0 = −0
        var length = T.Sqrt(T.MaxNative(T.Splat(-2f) * LaneMath.Log(radius), T.Splat(0f)));
        LaneMath.SinCosTurns(turns, out var s, out var c);
        cos = length * c;
        sin = length * s;
    }

    /// <summary>
    /// ⌊word·bound/2³²⌋, unless the word is one of the 2³² mod <paramref name="bound"/> that would make some results likelier than others.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryBound(uint word, uint bound, out uint value)
    {
        ulong product = (ulong)word * bound;
        value = (uint)(product >> 32);
        uint low = (uint)product;
        return low >= bound || low >= (0u - bound) % bound;
    }
}
