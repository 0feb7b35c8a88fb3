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
    public void Erf_is_within_1_2_ulp_of_the_series() =>
        Sweep(x => LaneMath.Erf(new Lane1(x)).Value, Cpu.Reference.ReferenceElementwise.Erf, float.MinValue, float.MaxValue, 1.2);

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
