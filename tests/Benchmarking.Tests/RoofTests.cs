using Engram.Results;

namespace Engram.Benchmarking.Tests;

public class RoofTests
{
    [Fact]
    public void The_measured_roof_is_positive_and_wider_vectors_are_not_much_slower()
    {
        BenchRoof roof = RoofMeasurement.Measure(1);
        Assert.All(roof.Widths, width => Assert.True(width.Gflops > 0.1));
        Assert.All(roof.Bandwidths, one => Assert.True(one.TriadGbps > 0.05 && one.ReadGbps > 0.05));
        Assert.Equal(roof.Bandwidths.OrderBy(one => one.Bytes), roof.Bandwidths);
        Assert.True(roof.PeakGflops > roof.Widths[0].Gflops * 0.9);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Several_threads_meet_in_some_time_and_one_in_none(int threads)
    {
        BenchRoof roof = RoofMeasurement.Measure(threads);
        Assert.Equal(threads > 1, roof.MeetingMicroseconds > 0);
        using StringWriter text = new();
        new BenchTable(text).Roof(roof);
        Assert.Equal(threads > 1, text.ToString().Contains("threads meet in", StringComparison.Ordinal));
    }

    [Fact]
    public void The_least_time_is_that_of_the_slower_of_arithmetic_and_memory()
    {
        BenchRoof roof = Documents.Roof(peak: 100, memory: 10);
        Assert.Equal(1e9 / 100e9, roof.LeastSeconds(1e9, 10, 10), 12);
        Assert.Equal(2e9 / 10e9, roof.LeastSeconds(1, 1e9, 1e9), 12);
        // reading alone is held against the bandwidth of reading
        Assert.Equal(2e9 / 15e9, roof.LeastSeconds(1, 2e9, 4), 6);
    }

    [Fact]
    public void Bandwidth_falls_between_the_measured_sizes_and_is_level_beyond_them()
    {
        BenchRoof roof = Documents.Roof(memory: 10);
        Assert.Equal(80, roof.BandwidthFor(50, 50));
        Assert.Equal(10, roof.BandwidthFor(1e9, 1e9));
        Assert.Equal(45, roof.BandwidthFor(1 << 20, 1 << 20), 6);
    }

    [Theory]
    [InlineData(new double[] { 3 }, 3, 0)]
    [InlineData(new double[] { 4, 2, 3, 1, 5 }, 3, 2.0 / 3)]
    [InlineData(new double[] { 1, 2 }, 1.5, 1.0 / 3)]
    public void Median_and_noise_follow_from_the_quartiles(double[] samples, double median, double noise)
    {
        SampleStatistics statistics = SampleStatistics.Of(samples);
        Assert.Equal(median, statistics.Median, 12);
        Assert.Equal(noise, statistics.Noise, 12);
    }

    [Fact]
    public void A_deviation_that_is_not_a_number_is_wrong()
    {
        Assert.False(new Deviation(double.NaN, 1).IsRight);
        Assert.False(Deviation.Of([1, float.NaN], _ => 1, 1e-6).IsRight);
        Assert.True(Deviation.Of([float.NaN, float.PositiveInfinity], i => i == 0 ? double.NaN : double.PositiveInfinity, 1e-6).IsRight);
        Assert.True(Deviation.Of([], _ => 1, 1e-6).IsRight);
    }
}
