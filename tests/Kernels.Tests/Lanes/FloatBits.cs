using Xunit.Sdk;

namespace Engram.Kernels.Tests;

/// <summary>Comparisons of floats by their bits and by units in the last place.</summary>
internal static class FloatBits
{
    /// <summary>Zeros, denormals, infinities, NaN and bounds of ranges that elementary functions stumble over.</summary>
    public static readonly float[] Special =
    [
        0f, -0f, 1f, -1f, float.Epsilon, -float.Epsilon, 1e-40f, -1e-40f, 1.17549435e-38f, -1.17549435e-38f, float.MaxValue,
        float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 0.5f, -0.5f, 2f, -2f, 88.7f, 88.73f, 89.5f,
        -87.3f, -87.4f, -103.9f, -104f, -110f, 16f, -16f, 20f, -20f, 1e10f, -1e10f, 1e30f, -1e30f, 0.9999999f, 1.0000001f,
        0.33333334f, 1e-20f, -1e-20f, 3.9f, -3.9f, 4.1f, 10f, -10f,
    ];

    /// <summary>Equal bits; every NaN equals every other.</summary>
    public static bool Same(float a, float b) =>
        BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b) || (float.IsNaN(a) && float.IsNaN(b));

    public static void AssertSame(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            if (!Same(expected[i], actual[i]))
            {
                throw new XunitException($"{what}: element {i} of {expected.Length} is {actual[i]:R}, expected {expected[i]:R}");
            }
        }
    }

    /// <summary>|actual − expected| in units of the last place of the float nearest to <paramref name="expected"/>.</summary>
    public static double UlpError(float actual, double expected)
    {
        float nearest = (float)expected;
        if (Same(actual, nearest))
        {
            // no better float exists; only the rounding of the answer itself is left
            return float.IsFinite(nearest) ? Math.Abs(actual - expected) / Ulp(nearest) : 0;
        }

        if (!float.IsFinite(nearest) || !float.IsFinite(actual))
        {
            return double.PositiveInfinity;
        }

        return Math.Abs(actual - expected) / Ulp(nearest);
    }

    private static double Ulp(float x) => x == 0 ? float.Epsilon : Math.Max((double)MathF.BitIncrement(MathF.Abs(x)) - MathF.Abs(x), float.Epsilon);
}
