using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Kernels.Tests;

public sealed unsafe class ZipTests
{
    public static TheoryData<string> Ops => [.. OpCatalog.Binary.Select(op => op.GetType().Name)];

    [Fact]
    public void The_catalog_finds_the_ops() => Assert.True(OpCatalog.Binary.Count() >= 7);

    [Theory]
    [MemberData(nameof(Ops))]
    public void Every_length_repetition_and_lane_width_gives_the_scalar_bits(string op) =>
        Generic.Call(typeof(ZipTests), nameof(EqualBits), Find(op));

    [Theory]
    [MemberData(nameof(Ops))]
    public void Forward_and_derivatives_agree_with_their_double_precision_twins(string op) =>
        Generic.Call(typeof(ZipTests), nameof(AgreesWithTwin), Find(op));

    [Theory]
    [MemberData(nameof(Ops))]
    public void Backward_has_the_scalar_bits_for_both_sides(string op) => Generic.Call(typeof(ZipTests), nameof(BackwardEqualBits), Find(op));

    [Fact]
    public void A_lane_wide_stride_other_than_0_and_1_is_refused()
    {
        using var x = new GuardedFloats(8);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => ElementwiseZip.Run(default(AddOp), x, 2, x, 1, x, 4, LaneWidth.One));
        Assert.Contains("(2, 1)", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => ElementwiseZipBackward.Run(
            default(AddOp), ZipSide.A, x, x, 1, x, 3, null, x, 2, false, LaneWidth.One));
    }

    private static IBinaryOp Find(string name) => OpCatalog.Binary.Single(op => op.GetType().Name == name);

    private static void EqualBits<TOp>(TOp op) where TOp : struct, IBinaryOp
    {
        foreach (int n in Sample.Lengths)
        {
            var left = Sample.NumbersWithSpecials(n + 1, n);
            var right = Sample.NumbersWithSpecials(n + 1, n + 77);
            foreach (var (aStride, bStride) in new[] { (1, 1), (0, 1), (1, 0), (0, 0) })
            {
                var expected = new float[n];
                for (int i = 0; i < n; i++)
                {
                    expected[i] = op.Forward(new Lane1(left[i * aStride]), new Lane1(right[i * bStride])).Value;
                }

                foreach (var width in Sample.Widths)
                {
                    using var a = new GuardedFloats(left.AsSpan(0, aStride == 0 ? 1 : n), 1);
                    using var b = new GuardedFloats(right.AsSpan(0, bStride == 0 ? 1 : n), n % 4);
                    using var y = new GuardedFloats(n, 3);
                    ElementwiseZip.Run(op, a, aStride, b, bStride, y, n, width);
                    y.AssertGuards("zip");
                    FloatBits.AssertSame(expected, y.Span, $"zip ({aStride}, {bStride}), width {width}, n {n}");

                    if (aStride == 1 && bStride == 1)
                    {
                        y.Span.Clear();
                        ElementwiseZip.Stream(op, a, b, y, n, width);
                        y.AssertGuards("zip past the caches");
                        FloatBits.AssertSame(expected, y.Span, $"zip past the caches, width {width}, n {n}");
                    }

                    var target = aStride == 1 ? a : bStride == 1 ? b : y;
                    ElementwiseZip.Run(op, a, aStride, b, bStride, target, n, width);
                    target.AssertGuards("zip in place");
                    FloatBits.AssertSame(expected, target.Span, $"zip in place ({aStride}, {bStride}), width {width}, n {n}");
                }
            }
        }
    }

    private static void AgreesWithTwin<TOp>(TOp op) where TOp : struct, IDifferentiableBinaryOp
    {
        var pairs = Sample.Numbers(1000, 1).Zip(Sample.Numbers(1000, 2)).Append((1.5f, 1.5f)).Append((-0f, 2f));
        foreach (var (a, b) in pairs)
        {
            float y = op.Forward(new Lane1(a), new Lane1(b)).Value;
            double expected = ReferenceOps.Forward(op, a, b);
            Assert.True(Math.Abs(y - expected) <= 2e-7 * (1 + Math.Abs(a) + Math.Abs(expected)), $"f({a:R}, {b:R}) = {y:R}, expected {expected:R}");

            var (slopeA, slopeB) = ReferenceOps.Derivatives(op, a, b);
            float actualA = op.DerivativeA(new Lane1(a), new Lane1(b), new Lane1(y)).Value;
            float actualB = op.DerivativeB(new Lane1(a), new Lane1(b), new Lane1(y)).Value;
            Assert.True(Math.Abs(actualA - slopeA) <= 3e-7 * (1 + Math.Abs(slopeA)), $"∂a at ({a:R}, {b:R}): {actualA:R}, expected {slopeA:R}");
            Assert.True(Math.Abs(actualB - slopeB) <= 3e-7 * (1 + Math.Abs(slopeB)), $"∂b at ({a:R}, {b:R}): {actualB:R}, expected {slopeB:R}");

            // the twin itself against central differences, away from ties and poles
            const double H = 1e-6;
            if (Math.Abs(a - b) > 1e-3 && Math.Abs(b) > 0.1)
            {
                double differenceA = (ReferenceOps.Forward(op, a + H, b) - ReferenceOps.Forward(op, a - H, b)) / (2 * H);
                double differenceB = (ReferenceOps.Forward(op, a, b + H) - ReferenceOps.Forward(op, a, b - H)) / (2 * H);
                Assert.Equal(differenceA, slopeA, 1e-5 * (1 + Math.Abs(slopeA)));
                Assert.Equal(differenceB, slopeB, 1e-5 * (1 + Math.Abs(slopeB)));
            }
        }
    }

    private static void BackwardEqualBits<TOp>(TOp op) where TOp : struct, IDifferentiableBinaryOp
    {
        foreach (int n in Sample.Lengths)
        {
            var left = Sample.NumbersWithSpecials(n + 1, n + 4);
            var right = Sample.NumbersWithSpecials(n + 1, n + 5);
            var upstream = Sample.Numbers(n, n + 6);
            var old = Sample.Numbers(n, n + 7);
            foreach (var side in new[] { ZipSide.A, ZipSide.B })
            {
                foreach (var (aStride, bStride) in new[] { (1, 1), (0, 1), (1, 0) })
                {
                    var expected = new float[n];
                    var expectedSum = new float[n];
                    for (int i = 0; i < n; i++)
                    {
                        var a = new Lane1(left[i * aStride]);
                        var b = new Lane1(right[i * bStride]);
                        var y = op.Forward(a, b);
                        float slope = (side == ZipSide.A ? op.DerivativeA(a, b, y) : op.DerivativeB(a, b, y)).Value;
                        expected[i] = upstream[i] * slope;
                        expectedSum[i] = MathF.FusedMultiplyAdd(upstream[i], slope, old[i]);
                    }

                    foreach (var width in Sample.Widths)
                    {
                        using var dy = new GuardedFloats(upstream, 1);
                        using var a = new GuardedFloats(left);
                        using var b = new GuardedFloats(right, 2);
                        using var gradient = new GuardedFloats(n, 3);
                        using var sum = new GuardedFloats(old);
                        bool inputs = (TOp.Needs & DerivativeNeeds.Input) != 0;
                        float* needA = inputs ? a.Pointer : null;
                        float* needB = inputs ? b.Pointer : null;
                        ElementwiseZipBackward.Run(op, side, dy, needA, aStride, needB, bStride, null, gradient, n, false, width);
                        ElementwiseZipBackward.Run(op, side, dy, needA, aStride, needB, bStride, null, sum, n, true, width);
                        gradient.AssertGuards("zip backward");
                        sum.AssertGuards("zip backward, accumulating");
                        FloatBits.AssertSame(expected, gradient.Span, $"side {side}, width {width}, n {n}");
                        FloatBits.AssertSame(expectedSum, sum.Span, $"side {side} accumulating, width {width}, n {n}");
                    }
                }
            }
        }
    }
}
