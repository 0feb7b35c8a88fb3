using Xunit.Abstractions;

namespace Engram.Kernels.Tests;

public sealed unsafe class LaneMathTests(ITestOutputHelper output)
{
    private delegate float Scalar(float x);

    [Fact]
    public void Exp_is_within_1_1_ulp_of_double_precision() =>
        Sweep(x => LaneMath.Exp(new Lane1(x)).Value, Math.Exp, -110, 90, 1.1);

    [Fact]
    public void Log_is_within_0_8_ulp_of_double_precision() =>
        Sweep(x => LaneMath.Log(new Lane1(x)).Value, Math.Log, -1, float.MaxValue, 0.8);

    [Fact]
    public void LogOnePlus_is_within_1_5_ulp_of_double_precision() =>
        Sweep(x => LaneMath.LogOnePlus(new Lane1(x)).Value, Cpu.Reference.ReferenceElementwise.LogOnePlus, -1.5, float.MaxValue, 1.5);

    [Fact]
    public void Tanh_is_within_2_3_ulp_of_double_precision() =>
        Sweep(x => LaneMath.Tanh(new Lane1(x)).Value, Math.Tanh, float.MinValue, float.MaxValue, 2.3);

    [Fact]
    public void Sigmoid_is_within_2_3_ulp_of_double_precision() =>
        Sweep(x => LaneMath.Sigmoid(new Lane1(x)).Value, x => 1 / (1 + Math.Exp(-x)), -103, float.MaxValue, 2.3);

    [Fact]
    public void The_normal_distribution_function_is_within_two_units_below_1_and_exact_in_the_tails() => Step(
        x => LaneMath.NormalCumulative(new Lane1(x)).Value, x => 0.5 * (1 + Cpu.Reference.ReferenceElementwise.Erf(x / Math.Sqrt(2))), 1.2e-7, 5.44f, 0);

    [Fact]
    public void The_slope_of_x_times_it_is_within_two_units_of_1_and_constant_in_the_tails() => Step(
        x => LaneMath.NormalCumulativeSlope(new Lane1(x)).Value, x => Cpu.Reference.ReferenceOps.Derivative(default(GeluOp), x), 2.4e-7, 5.8f, 1.2e-7);

    // a function that goes from 0 to 1: the largest error, and the distance from 0 and 1 from ±tail on
    private void Step(Scalar actual, Func<double, double> expected, double bound, float tail, double tailBound)
    {
        double worst = 0;
        foreach (float x in Inputs().Concat(Enumerable.Range(-60_000, 120_001).Select(i => i * 1e-4f)))
        {
            float y = actual(x);
            if (float.IsNaN(x))
                Assert.True(float.IsNaN(y));
            else if (Math.Abs(x) >= tail)
                Assert.InRange(Math.Abs(y - (x > 0 ? 1 : 0)), 0, tailBound);
            else
                worst = Math.Max(worst, Math.Abs(y - expected(x)));
        }

        output.WriteLine($"largest error {worst:E3}");
        Assert.InRange(worst, 0, bound);
    }

    private void Sweep(Scalar actual, Func<double, double> expected, double from, double to, double bound)
    {
        double worst = 0;
        float at = 0;
        int checkedValues = 0;
        foreach (float x in Inputs())
        {
            if (!(x >= from && x <= to) && !float.IsNaN(x) && !float.IsInfinity(x))
            {
                continue;
            }

            checkedValues++;
            double error = FloatBits.UlpError(actual(x), expected(x));
            if (!(error <= worst))
            {
                worst = error;
                at = x;
            }
        }

        output.WriteLine($"largest error {worst:F3} ulp at {at:R} of {checkedValues} values");
        Assert.True(checkedValues > 100);
        Assert.True(worst <= bound, $"error {worst} ulp at {at:R}: got {actual(at):R}, expected {expected(at):R}");
    }

    // every special value, and an even walk through the bit patterns of all binades of both signs
    private static IEnumerable<float> Inputs()
    {
        foreach (float x in FloatBits.Special)
        {
            yield return x;
        }

        uint step = (uint)Tiny.Of(997, 1_000_003);
        for (uint bits = 0; bits < 0x7F800000; bits += step)
        {
            yield return BitConverter.UInt32BitsToSingle(bits);
            yield return -BitConverter.UInt32BitsToSingle(bits);
        }

        // the range where the functions bend, densely
        int points = Tiny.Of(200_000, 500);
        for (int i = -points; i <= points; i++)
        {
            yield return i * (12f / points);
        }
    }
}
