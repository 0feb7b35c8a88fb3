namespace Engram.Kernels;

/// <summary>
/// A handful of single-precision numbers that are computed on side by side: one (<see cref="Lane1"/>), four, eight or sixteen.
/// Kernels are written once against this interface; the JIT replaces every member by one or two instructions.
/// </summary>
/// <remarks>
/// Every member gives the same bits in every width, element for element (the payload of a NaN excepted), so a tail computed with
/// <see cref="Lane1"/> equals what a wide lane would have computed, and results do not depend on the instruction set's width.
/// </remarks>
/// <typeparam name="T">The lane type itself.</typeparam>
public unsafe interface ILane<T> where T : struct, ILane<T>
{
    /// <summary>How many numbers a lane holds.</summary>
    static abstract int Count { get; }

    /// <summary>Reads <see cref="Count"/> numbers; no alignment is needed.</summary>
    static abstract T Load(float* source);

    /// <summary>Reads the first <paramref name="count"/> numbers and zeros behind them; touches no memory beyond them.</summary>
    static abstract T LoadPartial(float* source, int count);

    /// <summary>Writes <see cref="Count"/> numbers; no alignment is needed.</summary>
    static abstract void Store(T value, float* target);

    /// <summary>
    /// Writes <see cref="Count"/> numbers past the caches. The target must be a multiple of the lane's size in bytes; readers on other threads
    /// need a fence in between.
    /// </summary>
    static abstract void StorePastCaches(T value, float* target);

    /// <summary>Writes the first <paramref name="count"/> numbers; touches no memory beyond them.</summary>
    static abstract void StorePartial(T value, float* target, int count);

    /// <summary>The same number in every place.</summary>
    static abstract T Splat(float value);

    /// <summary>Sum.</summary>
    static abstract T operator +(T a, T b);

    /// <summary>Difference.</summary>
    static abstract T operator -(T a, T b);

    /// <summary>Product.</summary>
    static abstract T operator *(T a, T b);

    /// <summary>Quotient, correctly rounded.</summary>
    static abstract T operator /(T a, T b);

    /// <summary>The sign bit turned.</summary>
    static abstract T operator -(T a);

    /// <summary>a·b + c with one rounding.</summary>
    static abstract T FusedMultiplyAdd(T a, T b, T c);

    /// <summary>
    /// sum ← a·b + sum with one rounding. The same numbers as <see cref="FusedMultiplyAdd"/>; this form lets the JIT keep the sum in its register, where the
    /// other one overwrites an operand that is used for the last time and moves the result back.
    /// </summary>
    static abstract void Accumulate(ref T sum, T a, T b);

    /// <summary>The smaller one by IEEE 754-2019 <c>minimum</c>: NaN if either is, −0 below +0.</summary>
    static abstract T Min(T a, T b);

    /// <summary>The larger one by IEEE 754-2019 <c>maximum</c>: NaN if either is, −0 below +0.</summary>
    static abstract T Max(T a, T b);

    /// <summary>Exactly <c>a &lt; b ? a : b</c>: one instruction on x86, and <paramref name="b"/> where either is NaN.</summary>
    static abstract T MinNative(T a, T b);

    /// <summary>Exactly <c>a &gt; b ? a : b</c>: one instruction on x86, and <paramref name="b"/> where either is NaN.</summary>
    static abstract T MaxNative(T a, T b);

    /// <summary>The sign bit cleared.</summary>
    static abstract T Abs(T a);

    /// <summary>The magnitude of <paramref name="magnitude"/> with the sign bit of <paramref name="sign"/>.</summary>
    static abstract T CopySign(T magnitude, T sign);

    /// <summary>Square root, correctly rounded.</summary>
    static abstract T Sqrt(T a);

    /// <summary>The nearest whole number, ties to even.</summary>
    static abstract T RoundToNearest(T a);

    /// <summary><paramref name="whenTrue"/> where a &gt; b, else <paramref name="whenFalse"/> (also where either is NaN).</summary>
    static abstract T SelectGreater(T a, T b, T whenTrue, T whenFalse);

    /// <summary><paramref name="whenTrue"/> where a ≥ b, else <paramref name="whenFalse"/> (also where either is NaN).</summary>
    static abstract T SelectGreaterOrEqual(T a, T b, T whenTrue, T whenFalse);

    /// <summary><paramref name="whenTrue"/> where a = b, else <paramref name="whenFalse"/> (also where either is NaN).</summary>
    static abstract T SelectEqual(T a, T b, T whenTrue, T whenFalse);

    /// <summary><paramref name="whenNaN"/> where <paramref name="a"/> is NaN, else <paramref name="otherwise"/>.</summary>
    static abstract T SelectNaN(T a, T whenNaN, T otherwise);

    /// <summary>x·2^n with one rounding (also into the denormal range), for whole n with |n| ≤ 250.</summary>
    static abstract T ScaleByPowerOfTwo(T x, T n);

    /// <summary>
    /// Splits a positive normal x = m·2^e with m in [2/3, 4/3), which makes log(m) a short series around 0 and log(x) exact at x = 1.
    /// </summary>
    /// <returns>e, as a number.</returns>
    static abstract T SplitExponent(T x, out T mantissa);

    /// <summary><see cref="SplitExponent"/> of any positive x, denormals included.</summary>
    static abstract T SplitPositive(T x, out T mantissa);

    /// <summary>A logarithm's ends: −∞ where x is 0, ∞ where it is ∞, NaN where it is negative or NaN, and <paramref name="y"/> elsewhere.</summary>
    static abstract T LogarithmEnds(T x, T y);

    /// <summary>
    /// The sum of all numbers in a fixed order: the upper half is added to the lower half until one is left. A kernel that adds
    /// its narrow lanes together by the same rule first gets the same bits with every width.
    /// </summary>
    static abstract float FoldSum(T x);

    /// <summary>The largest number by IEEE 754-2019 <c>maximum</c>: NaN if any is.</summary>
    static abstract float FoldMax(T x);

    /// <summary>The smallest number by IEEE 754-2019 <c>minimum</c>: NaN if any is.</summary>
    static abstract float FoldMin(T x);
}
