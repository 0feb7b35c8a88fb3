using Engram.Results;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Benchmarking.Tests;

public class ComparisonTests
{
    [Theory]
    [InlineData(1.0, 1.2, 0.02, BenchVerdict.Slower)]
    [InlineData(1.2, 1.0, 0.02, BenchVerdict.Faster)]
    [InlineData(1.0, 1.02, 0.0, BenchVerdict.Unchanged)] // no sample is so exact that two percent say something
    [InlineData(1.0, 1.2, 0.15, BenchVerdict.Unchanged)] // the bands of both runs add up
    [InlineData(1.0, 1.4, 0.15, BenchVerdict.Slower)]
    public void A_change_counts_beyond_the_noise_of_both_runs(double before, double now, double noise, BenchVerdict verdict)
    {
        BenchComparison comparison = BenchComparison.Between(Documents.Of(Documents.Row("gemm/a-1", before, noise)), Documents.Of(Documents.Row("gemm/a-1", now, noise)));
        BenchChange change = Assert.Single(comparison.Changes);
        Assert.Equal(verdict, change.Verdict);
        Assert.Equal(verdict == BenchVerdict.Slower, comparison.HasRegression);
        Assert.Equal(now / before, change.Ratio, 12);
        Assert.Empty(comparison.Warnings);
    }

    [Fact]
    public void What_is_slower_one_way_round_is_faster_the_other_way_round() =>
        Prop.ForAll(Gen.Choose(0, 255).Three().ToArbitrary(), draw =>
        {
            (int a, int b, int noise) = draw;
            BenchDocument first = Documents.Of(Documents.Row("x/y-1", 1 + a, noise / 500.0)), second = Documents.Of(Documents.Row("x/y-1", 1 + b, 0.01));
            BenchVerdict there = BenchComparison.Between(first, second).Changes[0].Verdict, back = BenchComparison.Between(second, first).Changes[0].Verdict;
            return (there, back) is (BenchVerdict.Unchanged, BenchVerdict.Unchanged) or (BenchVerdict.Slower, BenchVerdict.Faster) or (BenchVerdict.Faster, BenchVerdict.Slower);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void New_and_missing_rows_are_named_and_are_no_regression()
    {
        BenchDocument old = Documents.Of(Documents.Row("gemm/gone-1", 1), Documents.Row("gemm/kept-1", 1), Documents.Row("gemm/kept-1", 0.6, threads: 2));
        BenchDocument now = Documents.Of(Documents.Row("gemm/kept-1", 1), Documents.Row("gemm/fresh-1", 1));
        BenchComparison comparison = BenchComparison.Between(old, now);
        Assert.Equal(
            [("gemm/kept-1", 1, BenchVerdict.Unchanged), ("gemm/fresh-1", 1, BenchVerdict.Added), ("gemm/gone-1", 1, BenchVerdict.Missing), ("gemm/kept-1", 2, BenchVerdict.Missing)],
            comparison.Changes.Select(change => (change.Name, change.Threads, change.Verdict)));
        Assert.False(comparison.HasRegression);
    }

    [Fact]
    public void Another_machine_or_clock_or_a_slower_roof_is_a_warning()
    {
        BenchDocument old = Documents.Of(Documents.Row("gemm/a-1", 1));
        BenchDocument now = old with
        {
            Environment = old.Environment with { CpuModel = "Other CPU", Runtime = ".NET 11" },
            Clock = "cpu",
            Roofs = [Documents.Roof(peak: 70, memory: 10.5)],
        };
        string warnings = string.Join('\n', BenchComparison.Between(old, now).Warnings);
        Assert.Contains("processor: was Test CPU, is Other CPU", warnings);
        Assert.Contains("runtime", warnings);
        Assert.Contains("clock", warnings);
        Assert.Contains("30 % lower", warnings);
        Assert.DoesNotContain("memory bandwidth", warnings);
    }

    [Fact]
    public void The_thread_count_in_a_device_name_makes_no_other_device()
    {
        BenchDocument old = Documents.Of(Documents.Row("gemm/a-1", 1));
        Assert.Empty(BenchComparison.Between(old, old with { Device = "cpu (2 threads, 512-bit)" }).Warnings);
    }

    [Fact]
    public void Groups_are_summed_up_by_the_geometric_mean_to_the_fastest_peer()
    {
        BenchDocument document = Documents.Of(
            Documents.Row("gemm/square-1", 1, 0.02, 1, Documents.Peer("slow", 0.2), Documents.Peer("fast", 0.5)),
            Documents.Row("gemm/square-2", 1, 0.02, 1, Documents.Peer("fast", 2)),
            Documents.Row("gemm/odd-1", 1));
        BenchGroup group = Assert.Single(BenchGroup.Of(document));
        Assert.Equal(("gemm/square", 2, "gemm/square-2"), (group.Name, group.Count, group.WorstName));
        Assert.Equal(1, group.Mean, 12);
        Assert.Equal(2, group.Worst);
    }
}
