namespace Engram.Kernels.Tests;

public sealed unsafe class LaneTests
{
    [Fact]
    public void Every_lane_computes_the_bits_of_the_scalar_lane()
    {
        AssertEqualsScalar<Lane4>();
        AssertEqualsScalar<Lane8>();
        AssertEqualsScalar<Lane16>();
    }

    [Fact]
    public void Partial_loads_fill_with_zeros_and_partial_stores_touch_nothing_else()
    {
        AssertPartial<Lane1>();
        AssertPartial<Lane4>();
        AssertPartial<Lane8>();
        AssertPartial<Lane16>();
    }

    [Fact]
    public void Sums_across_a_lane_add_the_upper_half_to_the_lower_half()
    {
        float[] x = [1e8f, 1f, -1e8f, 3f, 7f, 1e-3f, 2e7f, -5f, 11f, 0.1f, 0.2f, 0.3f, 1e6f, 4f, 5f, 6f];
        fixed (float* p = x)
        {
            Assert.Equal(FoldHalves(x, 16, (a, b) => a + b), Lane16.FoldSum(Lane16.Load(p)));
            Assert.Equal(FoldHalves(x, 8, (a, b) => a + b), Lane8.FoldSum(Lane8.Load(p)));
            Assert.Equal(FoldHalves(x, 4, (a, b) => a + b), Lane4.FoldSum(Lane4.Load(p)));
            Assert.Equal(1e8f, Lane16.FoldMax(Lane16.Load(p)));
            Assert.Equal(-1e8f, Lane16.FoldMin(Lane16.Load(p)));
            x[13] = float.NaN;
            Assert.True(float.IsNaN(Lane16.FoldMax(Lane16.Load(p))));
            Assert.True(float.IsNaN(Lane16.FoldMin(Lane16.Load(p))));
        }
    }

    [Theory]
    [InlineData(1.5f, 10, 1536f)]
    [InlineData(1f, -149, float.Epsilon)]
    [InlineData(1f, -150, 0f)]
    [InlineData(1.5f, -150, float.Epsilon)]
    [InlineData(1f, 128, float.PositiveInfinity)]
    [InlineData(0.5f, 128, 1.7014118e38f)]
    public void Scaling_by_a_power_of_two_rounds_once(float x, int n, float expected) =>
        Assert.Equal(expected, Lane1.ScaleByPowerOfTwo(new Lane1(x), new Lane1(n)).Value);

    private static float FoldHalves(float[] x, int count, Func<float, float, float> merge)
    {
        var places = x[..count];
        for (int half = count / 2; half >= 1; half /= 2)
        {
            for (int i = 0; i < half; i++)
            {
                places[i] = merge(places[i], places[half + i]);
            }
        }

        return places[0];
    }

    private static void AssertPartial<T>() where T : struct, ILane<T>
    {
        for (int count = 0; count <= T.Count; count++)
        {
            using var source = new GuardedFloats(Sample.Numbers(count, 5), 1);
            using var whole = new GuardedFloats(T.Count);
            T.Store(T.LoadPartial(source, count), whole);
            FloatBits.AssertSame(source.Span, whole.Span[..count], "partial load");
            Assert.All(whole.Span[count..].ToArray(), value => Assert.Equal(0f, value));

            using var target = new GuardedFloats(count, 3);
            T.StorePartial(T.LoadPartial(source, count), target, count);
            target.AssertGuards("partial store");
            FloatBits.AssertSame(source.Span, target.Span, "partial store");
        }
    }

    private static void AssertEqualsScalar<T>() where T : struct, ILane<T>
    {
        var special = FloatBits.Special;
        foreach (float second in special)
        {
            foreach (float third in new[] { 1f, -0f, float.NaN, 3e-39f })
            {
                for (int start = 0; start < special.Length; start += T.Count)
                {
                    var x = new float[16];
                    for (int i = 0; i < T.Count; i++)
                    {
                        x[i] = special[(start + i) % special.Length];
                    }

                    var wide = AllMembers<T>(x, second, third);
                    for (int i = 0; i < T.Count; i++)
                    {
                        var narrow = AllMembers<Lane1>([x[i]], second, third);
                        for (int member = 0; member < wide.Length; member++)
                        {
                            Assert.True(
                                FloatBits.Same(narrow[member][0], wide[member][i]),
                                $"{typeof(T).Name} member {member} at x {x[i]:R}, {second:R}, {third:R}: {wide[member][i]:R}, scalar {narrow[member][0]:R}");
                        }
                    }
                }
            }
        }
    }

    private static float[][] AllMembers<T>(float[] numbers, float second, float third) where T : struct, ILane<T>
    {
        fixed (float* p = numbers)
        {
            var x = T.Load(p);
            var b = T.Splat(second);
            var c = T.Splat(third);

            // scaling is defined for whole exponents up to 250, splitting for positive normal numbers
            var exponent = T.MinNative(T.Splat(250f), T.MaxNative(T.Splat(-250f), T.RoundToNearest(b)));
            exponent = T.SelectNaN(exponent, T.Splat(3f), exponent);
            var positive = T.MinNative(T.Splat(float.MaxValue), T.MaxNative(T.Abs(x), T.Splat(1.17549435e-38f)));
            var e = T.SplitExponent(positive, out var mantissa);
            var least = T.MinNative(T.Splat(float.MaxValue), T.MaxNative(T.Abs(x), T.Splat(float.Epsilon)));
            var low = T.SplitPositive(least, out var lowMantissa);
            T[] results =
            [
                low, lowMantissa, T.LogarithmEnds(x, b),
                x + b, x - b, x * b, x / b, -x, T.FusedMultiplyAdd(x, b, c), T.Min(x, b), T.Max(x, b), T.MinNative(x, b),
                T.MaxNative(x, b), T.Abs(x), T.CopySign(x, b), T.Sqrt(x), T.RoundToNearest(x), T.SelectGreater(x, b, x, c),
                T.SelectGreaterOrEqual(x, b, x, c), T.SelectEqual(x, b, x, c), T.SelectNaN(x, b, c), T.ScaleByPowerOfTwo(x, exponent),
                e, mantissa, LaneMath.Exp(x), LaneMath.Log(x), LaneMath.LogOnePlus(x), LaneMath.Tanh(x), LaneMath.Sigmoid(x), LaneMath.NormalCumulative(x),
                LaneMath.NormalCumulativeSlope(x),
            ];
            return Array.ConvertAll(results, result =>
            {
                var stored = new float[T.Count];
                fixed (float* s = stored)
                {
                    T.Store(result, s);
                }

                return stored;
            });
        }
    }
}
