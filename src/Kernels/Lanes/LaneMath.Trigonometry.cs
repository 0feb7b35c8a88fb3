using System.Runtime.CompilerServices;

namespace Engram.Kernels;

public static partial class LaneMath
{
    /// <summary>
    /// sin 2πu and cos 2πu for u in [0, 1], within 1.5 ulp of the larger of the two (what the Box–Muller transform needs).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SinCosTurns<T>(T u, out T sin, out T cos) where T : struct, ILane<T>
    {
        // u = (q + r)/4 with whole q in 0…4 and |r| ≤ 1/2; both steps are exact
        var quarters = T.Splat(4f) * u;
        var q = T.RoundToNearest(quarters);
        var r = quarters - q;
        var z = r * r;

        // sin(π/2·r) = r·S(r²), cos(π/2·r) = 1 + r²·C(r²)
        var s = T.FusedMultiplyAdd(T.Splat(-0.004601658f), z, T.Splat(0.07968003f));
        s = T.FusedMultiplyAdd(s, z, T.Splat(-0.6459635f));
        s = r * T.FusedMultiplyAdd(s, z, T.Splat(1.5707964f));
        var c = T.FusedMultiplyAdd(T.Splat(0.00090402167f), z, T.Splat(-0.020860288f));
        c = T.FusedMultiplyAdd(c, z, T.Splat(0.25366923f));
        c = T.FusedMultiplyAdd(c, z, T.Splat(-1.2337005f));
        c = T.FusedMultiplyAdd(c, z, T.Splat(1f));

        // odd quarters swap the two; sin is negative in quarters 2 and 3, cos in quarters 1 and 2
        var one = T.Splat(1f);
        var half = T.Splat(0.5f);
        var distance = T.Abs(q - T.Splat(2f));
        var swappedSin = T.SelectEqual(distance, one, c, s);
        var swappedCos = T.SelectEqual(distance, one, s, c);
        sin = T.SelectEqual(T.Abs(q - T.Splat(2.5f)), half, -swappedSin, swappedSin);
        cos = T.SelectEqual(T.Abs(q - T.Splat(1.5f)), half, -swappedCos, swappedCos);
    }
}
