namespace Engram.Kernels.Tests;

/// <summary>Host arrays as operands of device entries.</summary>
internal static class Operand
{
    /// <summary>An array as a row-major operand; writes are seen in the array.</summary>
    public static View Of(float[] elements, params ReadOnlySpan<int> sizes) => new(Device.Host.Share(elements), Layout.RowMajor(sizes));

    /// <summary>The elements as doubles.</summary>
    public static double[] Doubles(float[] elements) => Array.ConvertAll(elements, element => (double)element);

    /// <summary>Fails where an element is further from what was expected than a tolerance relative to max(1, |expected|).</summary>
    public static void AssertClose(IReadOnlyList<double> expected, IReadOnlyList<float> actual, double tolerance, string what)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])), $"{what}, element {i}: expected {expected[i]:R}, got {actual[i]:R}");
        }
    }
}
