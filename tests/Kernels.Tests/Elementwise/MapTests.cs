using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Kernels.Tests;

public sealed unsafe class MapTests
{
    public static TheoryData<string> Ops => [.. OpCatalog.Unary.Select(op => op.GetType().Name)];

    [Fact]
    public void The_catalog_finds_the_ops() => Assert.True(OpCatalog.Unary.Count() >= 19);

    [Theory]
    [MemberData(nameof(Ops))]
    public void Every_length_misalignment_and_lane_width_gives_the_scalar_bits(string op) =>
        Generic.Call(typeof(MapTests), nameof(EqualBits), Find(op));

    [Theory]
    [MemberData(nameof(Ops))]
    public void Forward_agrees_with_its_double_precision_twin(string op) => Generic.Call(typeof(MapTests), nameof(AgreesWithTwin), Find(op));

    [Theory]
    [MemberData(nameof(Ops))]
    public void Derivative_agrees_with_its_twin_and_with_differences(string op) =>
        Generic.Call(typeof(MapTests), nameof(DerivativeAgrees), Find(op));

    [Theory]
    [MemberData(nameof(Ops))]
    public void Backward_has_the_scalar_bits_adds_or_overwrites_and_reads_only_what_it_needs(string op) =>
        Generic.Call(typeof(MapTests), nameof(BackwardEqualBits), Find(op));

    [Theory]
    [MemberData(nameof(Ops))]
    public void Strided_and_repeated_inputs_give_the_contiguous_values(string op) => Generic.Call(typeof(MapTests), nameof(Strided), Find(op));

    private static IUnaryOp Find(string name) => OpCatalog.Unary.Single(op => op.GetType().Name == name);

    private static void EqualBits<TOp>(TOp op) where TOp : struct, IUnaryOp
    {
        foreach (int n in Sample.Lengths)
        {
            var input = Sample.NumbersWithSpecials(n, n);
            var expected = Array.ConvertAll(input, x => op.Forward(new Lane1(x)).Value);
            foreach (var width in Sample.Widths)
            {
                using var x = new GuardedFloats(input, n % 5);
                using var y = new GuardedFloats(n, n % 3);
                ElementwiseMap.Run(op, x, y, n, width);
                y.AssertGuards("map");
                FloatBits.AssertSame(expected, y.Span, $"map, width {width}, n {n}");
                FloatBits.AssertSame(input, x.Span, "the input");

                y.Span.Clear();
                ElementwiseMap.Stream(op, x, y, n, width);
                y.AssertGuards("map past the caches");
                FloatBits.AssertSame(expected, y.Span, $"map past the caches, width {width}, n {n}");

                ElementwiseMap.Run(op, x, x, n, width);
                x.AssertGuards("map in place");
                FloatBits.AssertSame(expected, x.Span, $"map in place, width {width}, n {n}");
            }
        }
    }

    private static void AgreesWithTwin<TOp>(TOp op) where TOp : struct, IUnaryOp
    {
        foreach (float x in FloatBits.Special.Concat(Sample.Numbers(Tiny.Of(20_000, 200), 3, 12f)))
        {
            double expected = ReferenceOps.Forward(op, x);
            float actual = op.Forward(new Lane1(x)).Value;
            if (float.IsNaN((float)expected) || float.IsInfinity((float)expected))
            {
                Assert.True(FloatBits.Same((float)expected, actual), $"at {x:R}: got {actual:R}, expected {expected:R}");
                continue;
            }

            // 4 ulp of the result; a sum that cancels (GELU's 1 + erf, an affine map) is exact to its terms' size instead
            double scale = op is GeluOp or GeluTanhOp ? Math.Abs(x) : op is AffineOp or AddScalarOp ? Math.Abs(x) + 1 : 0;
            double bound = (4 * Math.Pow(2, -23) * Math.Max(Math.Abs(expected), scale)) + (2 * float.Epsilon);
            Assert.True(Math.Abs(actual - expected) <= bound, $"at {x:R}: got {actual:R}, expected {expected:R}");
        }
    }

    private static void DerivativeAgrees<TOp>(TOp op) where TOp : struct, IDifferentiableUnaryOp
    {
        foreach (float x in Sample.Numbers(Tiny.Of(5_000, 100), 9, 6f).Append(0f).Append(-20f).Append(20f))
        {
            if (double.IsNaN(ReferenceOps.Forward(op, x)))
            {
                continue;
            }

            float y = op.Forward(new Lane1(x)).Value;
            float actual = op.Derivative(new Lane1(x), new Lane1(y)).Value;
            double expected = ReferenceOps.Derivative(op, x);
            if (double.IsInfinity(expected))
            {
                Assert.Equal((float)expected, actual);
                continue;
            }

            // where the derivative is a function of the output, the output's rounding error passes through it
            double bound = 2e-6 * Math.Max(1, Math.Abs(expected));
            Assert.True(Math.Abs(actual - expected) <= bound, $"derivative at {x:R}: got {actual:R}, expected {expected:R}");

            // the twin itself against central differences, away from kinks and poles
            double h = 1e-5 * Math.Max(1, Math.Abs(x));
            bool smooth = Math.Abs(x) > 0.01 && Math.Abs(x - 1.25) > 0.01 && Math.Abs(x + 0.5) > 0.01;
            if (smooth)
            {
                double slope = (ReferenceOps.Forward(op, x + h) - ReferenceOps.Forward(op, x - h)) / (2 * h);
                Assert.True(Math.Abs(slope - expected) <= 1e-3 * Math.Max(1, Math.Abs(expected)), $"twin at {x:R}: {expected:R}, differences {slope:R}");
            }
        }
    }

    private static void BackwardEqualBits<TOp>(TOp op) where TOp : struct, IDifferentiableUnaryOp
    {
        foreach (int n in Sample.Lengths)
        {
            var input = Sample.NumbersWithSpecials(n, n + 50);
            var output = Array.ConvertAll(input, v => op.Forward(new Lane1(v)).Value);
            var upstream = Sample.Numbers(n, n + 51);
            var old = Sample.Numbers(n, n + 52);
            var expected = new float[n];
            var expectedSum = new float[n];
            for (int i = 0; i < n; i++)
            {
                float slope = op.Derivative(new Lane1(input[i]), new Lane1(output[i])).Value;
                expected[i] = upstream[i] * slope;
                expectedSum[i] = MathF.FusedMultiplyAdd(upstream[i], slope, old[i]);
            }

            foreach (var width in Sample.Widths)
            {
                using var dy = new GuardedFloats(upstream, 1);
                using var x = new GuardedFloats(input, 2);
                using var y = new GuardedFloats(output, 3);
                using var dx = new GuardedFloats(n);
                using var sum = new GuardedFloats(old, 1);
                float* needX = (TOp.Needs & DerivativeNeeds.Input) != 0 ? x.Pointer : null;
                float* needY = (TOp.Needs & DerivativeNeeds.Output) != 0 ? y.Pointer : null;
                ElementwiseMapBackward.Run(op, dy, needX, needY, dx, n, accumulate: false, width);
                ElementwiseMapBackward.Run(op, dy, needX, needY, sum, n, accumulate: true, width);
                dx.AssertGuards("map backward");
                sum.AssertGuards("map backward, accumulating");
                FloatBits.AssertSame(expected, dx.Span, $"backward, width {width}, n {n}");
                FloatBits.AssertSame(expectedSum, sum.Span, $"accumulating backward, width {width}, n {n}");

                ElementwiseMapBackward.Run(op, dy, needX, needY, dy, n, accumulate: false, width);
                FloatBits.AssertSame(expected, dy.Span, $"backward into dy, width {width}, n {n}");
            }
        }
    }

    private static void Strided<TOp>(TOp op) where TOp : struct, IUnaryOp
    {
        const int N = 37;
        using var x = new GuardedFloats(Sample.Numbers(3 * N, 8));
        foreach (int xStride in new[] { 0, 1, 3 })
        {
            foreach (int yStride in new[] { 1, 2 })
            {
                using var y = new GuardedFloats(((N - 1) * yStride) + 1);
                ElementwiseMap.Run(op, x, xStride, y, yStride, N);
                y.AssertGuards("strided map");
                for (int i = 0; i < N; i++)
                {
                    Assert.True(FloatBits.Same(op.Forward(new Lane1(x.Span[i * xStride])).Value, y.Span[i * yStride]));
                }
            }
        }
    }
}
