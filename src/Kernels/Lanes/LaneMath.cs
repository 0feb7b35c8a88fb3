using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// Elementary functions over lanes: range reduction and a minimax polynomial each, written once from <see cref="ILane{T}"/>'s
/// members, so that every lane width (and a GPU that compiles <see cref="Lane1"/>) computes the same bits.
/// </summary>
/// <remarks>
/// The polynomials were found by the Remez exchange against 40-digit arithmetic. Largest errors against double precision over a
/// sweep of all binades are stated with each function; the tests hold them.
/// </remarks>
public static partial class LaneMath
{
    private const float Log2E = 1.442695f;
    private const float Ln2High = 0.6931472f;
    private const float Ln2Low = -1.9046542e-9f;
    private const float SmallestNormal = 1.17549435e-38f;

    /// <summary>eˣ within 1.1 ulp; 0 and ∞ where it underflows and overflows, denormal in between.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x) where T : struct, ILane<T>
    {
        // past these bounds the result is 0 or ∞; the operand order lets NaN through
        x = T.MinNative(T.Splat(89f), T.MaxNative(T.Splat(-105f), x));
        var n = T.RoundToNearest(x * T.Splat(Log2E));
        return T.ScaleByPowerOfTwo(T.Splat(1f) + ExpMinusOneReduced(x, n), n);
    }

    /// <summary>ln x within 0.8 ulp; −∞ at ±0, NaN below 0, denormals included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log<T>(T x) where T : struct, ILane<T>
    {
        var e = T.SplitPositive(x, out var m);
        var f = m - T.Splat(1f);
        var f2 = f * f;

        // ln(1 + f) = f − f²/2 + f³·P(f) on [−1/3, 1/3]; ln 2 in two parts
        var p = T.FusedMultiplyAdd(T.Splat(-0.13191716f), f, T.Splat(0.13962421f));
        p = T.FusedMultiplyAdd(p, f, T.Splat(-0.121151134f));
        p = T.FusedMultiplyAdd(p, f, T.Splat(0.14010926f));
        p = T.FusedMultiplyAdd(p, f, T.Splat(-0.16685466f));
        p = T.FusedMultiplyAdd(p, f, T.Splat(0.20010044f));
        p = T.FusedMultiplyAdd(p, f, T.Splat(-0.2499969f));
        p = T.FusedMultiplyAdd(p, f, T.Splat(0.33333224f));
        var tail = T.FusedMultiplyAdd(f * f2, p, e * T.Splat(Ln2Low));
        T.Accumulate(ref tail, T.Splat(-0.5f), f2);
        return T.LogarithmEnds(x, T.FusedMultiplyAdd(e, T.Splat(Ln2High), f + tail));
    }

    /// <summary><see cref="ILane{T}.SplitPositive"/> from comparisons.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T SplitScaled<T>(T x, out T mantissa) where T : struct, ILane<T>
    {
        var denormal = T.Splat(SmallestNormal);
        var scaled = T.SelectGreater(denormal, x, x * T.Splat(8388608f), x);
        var offset = T.SelectGreater(denormal, x, T.Splat(-23f), T.Splat(0f));
        return T.SplitExponent(scaled, out mantissa) + offset;
    }

    /// <summary><see cref="ILane{T}.LogarithmEnds"/> from comparisons.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T SelectLogarithmEnds<T>(T x, T y) where T : struct, ILane<T>
    {
        var zero = T.Splat(0f);
        var atOrBelowZero = T.SelectEqual(x, zero, T.Splat(float.NegativeInfinity), T.Splat(float.NaN));
        y = T.SelectGreater(x, zero, y, atOrBelowZero);
        return T.SelectEqual(x, T.Splat(float.PositiveInfinity), x, y);
    }

    /// <summary>ln(1 + x) within 1.5 ulp, also for tiny x; −∞ at −1, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T LogOnePlus<T>(T x) where T : struct, ILane<T>
    {
        // u = 1 + x loses x − (u − 1); to first order that is worth (x − (u − 1))/u
        var one = T.Splat(1f);
        var u = one + x;
        var lost = (x - (u - one)) / u;
        var zero = T.Splat(0f);
        lost = T.SelectGreater(u, zero, lost, zero);
        lost = T.SelectGreater(T.Splat(float.PositiveInfinity), u, lost, zero);
        return T.SelectEqual(u, one, x, Log(u) + lost);
    }

    /// <summary>tanh x within 2.3 ulp, odd, also for tiny and denormal x; ±1 at ±∞.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<T>(T x) where T : struct, ILane<T>
    {
        // tanh a = m/(m + 2) with m = e^(2a) − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1); from a = 10 on it rounds to 1
        var doubled = T.MinNative(T.Splat(20f), T.Abs(x) + T.Abs(x));
        var n = T.RoundToNearest(doubled * T.Splat(Log2E));
        var one = T.Splat(1f);
        var power = T.ScaleByPowerOfTwo(one, n);
        var m = T.FusedMultiplyAdd(power, ExpMinusOneReduced(doubled, n), power - one);
        return T.CopySign(m / (m + T.Splat(2f)), x);
    }

    /// <summary>1/(1 + e⁻ˣ) within 2.3 ulp, also where it is tiny.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x) where T : struct, ILane<T>
    {
        // e^−|x| never overflows; for negative x the result is t/(1 + t)
        var one = T.Splat(1f);
        var t = Exp(-T.Abs(x));
        return T.SelectGreater(T.Splat(0f), x, t, one) / (one + t);
    }

    /// <summary>
    /// Φ(x) = ½·(1 + erf(x/√2)), the normal distribution function, within 1.2·10⁻⁷ (two units of the last place below 1); exactly 0 from −5.44 down and 1 from 5.44 up.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T NormalCumulative<T>(T x) where T : struct, ILane<T>
    {
        // ½ + a·P(a²), fitted for the least largest error of Φ; in u, which runs from −1 to 1, the coefficients are small and their sum loses nothing
        var a = T.MinNative(T.Splat(5.44f), T.MaxNative(T.Splat(-5.44f), x));
        var u = T.FusedMultiplyAdd(a * a, T.Splat(0.067582175f), T.Splat(-1f));
        var p = T.FusedMultiplyAdd(T.Splat(0.00044611987f), u, T.Splat(-0.00115441682f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.000934182724f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(-0.00121065113f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.00388335041f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(-0.00708717853f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.00997945387f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(-0.0142558068f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.0199116133f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(-0.025902411f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.0321108215f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(-0.0390430503f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.0481940843f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(-0.0648616478f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.129967302f));
        return T.MaxNative(T.Splat(0f), T.FusedMultiplyAdd(a, p, T.Splat(0.5f)));
    }

    /// <summary>
    /// Φ(x) + x·φ(x), the derivative of x·Φ(x), within 2.4·10⁻⁷ (two units of the last place of its largest values, 1.13), from ±5.8 on within 1.2·10⁻⁷ of 1 and 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T NormalCumulativeSlope<T>(T x) where T : struct, ILane<T>
    {
        // ½ + a·P(a²) as above: one odd polynomial in place of Φ's and an exponential
        var a = T.MinNative(T.Splat(5.8f), T.MaxNative(T.Splat(-5.8f), x));
        var u = T.FusedMultiplyAdd(a * a, T.Splat(0.059453033f), T.Splat(-1f));
        var p = T.FusedMultiplyAdd(T.Splat(-0.0029255843f), u, T.Splat(0.0073347995f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(-0.0029430497f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.00036495907f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(-0.017852379f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.034968223f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(-0.03657137f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.043732535f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(-0.06029718f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.069762304f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(-0.06967924f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.0650876f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(-0.057715416f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.050160494f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(-0.04619704f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.048635956f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(-0.06165747f));
        p = T.FusedMultiplyAdd(p, u, T.Splat(0.12199877f));
        return T.FusedMultiplyAdd(a, p, T.Splat(0.5f));
    }

    /// <summary>e^(x − n·ln 2) − 1 for the n nearest to x/ln 2: r + r²·P(r) with |r| ≤ 0.35, relative to r within 1 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ExpMinusOneReduced<T>(T x, T n) where T : struct, ILane<T>
    {
        var r = T.FusedMultiplyAdd(n, T.Splat(-Ln2High), x);
        T.Accumulate(ref r, n, T.Splat(-Ln2Low));
        var p = T.FusedMultiplyAdd(T.Splat(0.0013951702f), r, T.Splat(0.00836959f));
        p = T.FusedMultiplyAdd(p, r, T.Splat(0.041666187f));
        p = T.FusedMultiplyAdd(p, r, T.Splat(0.16666514f));
        p = T.FusedMultiplyAdd(p, r, T.Splat(0.5f));
        return T.FusedMultiplyAdd(r * r, p, r);
    }
}
