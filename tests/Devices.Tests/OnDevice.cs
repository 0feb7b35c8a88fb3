using Engram.Kernels;

namespace Engram.Devices.Tests;

/// <summary>Host arrays as operands on a device, results back on the host, and comparisons with the CPU device, which the twins verify.</summary>
internal sealed class OnDevice(Device device)
{
    public OnDevice(string name) : this(DevicesFound.Get(name))
    {
    }

    public Device Device { get; } = device;

    /// <summary>Seeded numbers, roughly normal with a deviation.</summary>
    public static float[] Numbers(int count, int seed, float deviation = 1f)
    {
        var random = new Random(seed);
        var numbers = new float[count];
        for (int i = 0; i < count; i++)
            numbers[i] = deviation * (float)(random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2f;
        return numbers;
    }

    public View Put(float[] elements, params ReadOnlySpan<int> sizes)
    {
        DeviceBuffer<float> buffer = Device.Allocate<float>(elements.Length);
        Device.Upload<float>(elements, buffer, 0);
        return new View(buffer, Layout.RowMajor(sizes));
    }

    public View Random(int seed, params ReadOnlySpan<int> sizes) => Put(Numbers(Layout.RowMajor(sizes).Count, seed), sizes);

    public View Empty(params ReadOnlySpan<int> sizes)
    {
        var nan = new float[Layout.RowMajor(sizes).Count];
        Array.Fill(nan, float.NaN);
        return Put(nan, sizes);
    }

    public View Ones(params ReadOnlySpan<int> sizes)
    {
        var ones = new float[Layout.RowMajor(sizes).Count];
        Array.Fill(ones, 1f);
        return Put(ones, sizes);
    }

    public IndexView Index(params int[] values)
    {
        DeviceBuffer<int> buffer = Device.Allocate<int>(values.Length);
        Device.Upload<int>(values, buffer, 0);
        return IndexView.All(buffer);
    }

    /// <summary>All elements of the view's memory.</summary>
    public float[] Get(View view)
    {
        var elements = new float[view.Buffer.Length];
        Device.Download(view.Buffer, 0, elements);
        return elements;
    }

    public int[] Get(IndexView view)
    {
        var elements = new int[view.Count];
        Device.Download(view.Buffer, view.Start, elements);
        return elements;
    }

    /// <summary>Runs the same calls on the CPU with one thread and on the device; every result must agree within a share of the largest element.</summary>
    public void SameAsCpu(Func<OnDevice, float[][]> calls, double tolerance, string what)
    {
        float[][] expected = calls(new OnDevice(Device.Host)), found = calls(this);
        for (int r = 0; r < expected.Length; r++)
            AssertClose(expected[r], found[r], tolerance, $"{Device.Name}, {what}, result {r}");
    }

    public static void AssertClose(float[] expected, float[] found, double tolerance, string what)
    {
        Assert.Equal(expected.Length, found.Length);
        double scale = expected.Where(float.IsFinite).Select(value => (double)Math.Abs(value)).DefaultIfEmpty(0).Max();
        for (int i = 0; i < expected.Length; i++)
        {
            bool same = expected[i].Equals(found[i]) || Math.Abs((double)expected[i] - found[i]) <= tolerance * Math.Max(scale, 1e-6);
            Assert.True(same, $"{what}, element {i}: expected {expected[i]:R}, found {found[i]:R} (tolerance {tolerance} of {scale:R})");
        }
    }
}
