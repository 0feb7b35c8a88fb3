using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Engram.Benchmarks.Bdn;

/// <summary>
/// <c>Benchmarks bdn --filter *Gemm*</c>: the long form under BenchmarkDotNet, with its own options (<c>--job short</c>, <c>--list flat</c>, exporters). It runs in this
/// process, where the operands were verified and the roof measured. <c>--workload TEXT</c> keeps the workloads whose name contains the text.
/// </summary>
internal static class BdnBench
{
    public static int Run(string[] args)
    {
        string? only = Options.Text(args, "--workload");
        int at = Array.IndexOf(args, "--workload");
        if (at >= 0)
            args = [.. args[..at], .. args[Math.Min(at + 2, args.Length)..]];
        ManualConfig config = ManualConfig.Create(DefaultConfig.Instance)
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).AsDefault())
            .AddColumn(
                StatisticColumn.Median,
                new FigureColumn(Figure.Gflops, "GFLOP/s", "10⁹ float operations a second, by the median"),
                new FigureColumn(Figure.Gbps, "GB/s", "10⁹ bytes a second, every operand counted once"),
                new FigureColumn(Figure.Intensity, "op/byte", "Arithmetic intensity"),
                new FigureColumn(Figure.Roof, "% roof", "Least time that the roof measured in this run allows, of the median"));
        if (only is not null)
            config.AddFilter(new BenchmarkDotNet.Filters.SimpleFilter(one => ((string)one.Parameters[nameof(FamilyBenchmarks.Workload)]).Contains(only, StringComparison.Ordinal)));
        var summaries = BenchmarkSwitcher.FromAssembly(typeof(BdnBench).Assembly).Run(args, config);
        return summaries.All(summary => !summary.HasCriticalValidationErrors) ? 0 : 1;
    }
}
