namespace Engram.Kernels.Tests.LinearAlgebra;

public sealed class DeviceVectorTests
{
    private static float[] Draw(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }

    private static View Upload(Device device, float[] values)
    {
        DeviceBuffer<float> buffer = device.Allocate<float>(values.Length);
        device.Upload<float>(values, buffer, 0);
        return new View(buffer, Layout.RowMajor([values.Length]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4097)]
    [InlineData(32_768)]
    [InlineData(32_769)]
    [InlineData(269_322)]
    public void A_dot_product_has_the_same_bits_on_any_number_of_threads(int count)
    {
        float[] a = Draw(count, 1), b = Draw(count, 2);
        double exact = 0, scale = 0;
        for (int i = 0; i < count; i++)
        {
            exact += (double)a[i] * b[i];
            scale += Math.Abs((double)a[i] * b[i]);
        }

        double alone = Device.Host.Dot(Upload(Device.Host, a), Upload(Device.Host, b));
        // four products are added in single precision; fewer than 128 elements have exact ones
        Assert.Equal(exact, alone, (count < 128 ? 1e-12 : 3 * Math.Pow(2, -24)) * scale);
        foreach (int threads in new[] { 2, 5 })
        {
            using Device device = Device.Cpu(threads);
            Assert.Equal(alone, device.Dot(Upload(device, a), Upload(device, b)));
        }
    }

    [Fact]
    public void A_vector_is_gathered_and_scattered_element_by_element()
    {
        const int count = 1000;
        float[] x = Draw(count, 3);
        int[] order = [.. Enumerable.Range(0, count).Select(i => i * 37 % count)];
        Device device = Device.Host;
        DeviceBuffer<int> index = device.Allocate<int>(count);
        device.Upload<int>(order, index, 0);
        View Column(float[] values)
        {
            DeviceBuffer<float> buffer = device.Allocate<float>(count);
            device.Upload<float>(values, buffer, 0);
            return new View(buffer, Layout.RowMajor([count, 1]));
        }

        View source = Column(x), gathered = Column(new float[count]), back = Column(new float[count]);
        device.GatherRows(source, IndexView.All(index), gathered);
        device.ScatterRows(gathered, IndexView.All(index), back, accumulate: false);
        var found = new float[count];
        device.Download(gathered.Buffer, 0, found);
        Assert.Equal(order.Select(i => x[i]), found);
        device.Download(back.Buffer, 0, found);
        Assert.Equal(x, found);
        device.Upload<int>([count], index, 7);
        Assert.Contains("index 7", Assert.Throws<ArgumentOutOfRangeException>(() => device.GatherRows(source, IndexView.All(index), gathered)).Message);
        Assert.Contains("index 7", Assert.Throws<ArgumentOutOfRangeException>(() => device.ScatterRows(gathered, IndexView.All(index), back, accumulate: false)).Message);
    }

    [Fact]
    public void Host_work_runs_every_piece_once_and_may_call_entries()
    {
        using Device device = Device.Cpu(3);
        var body = new CountBody { Runs = new int[50], Device = device };
        device.RunHost(50, ref body);
        Assert.All(body.Runs, runs => Assert.Equal(1, runs));
    }

    private struct CountBody : IChunkBody
    {
        public int[] Runs;
        public Device Device;

        // an entry called inside runs on this thread
        public readonly void Execute(int chunk)
        {
            float[] x = Draw(40_000, chunk);
            Assert.Equal(Engram.Kernels.Device.Host.Dot(Upload(Engram.Kernels.Device.Host, x), Upload(Engram.Kernels.Device.Host, x)), Device.Dot(Upload(Device, x), Upload(Device, x)));
            Interlocked.Increment(ref Runs[chunk]);
        }
    }
}
