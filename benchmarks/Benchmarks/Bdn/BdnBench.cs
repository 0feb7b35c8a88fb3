using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Engram.Benchmarks.Bdn;

/// <summary>
/// <c>Benchmarks bdn --filter *Gemm*</c>: the long form under BenchmarkDotNet, with its own options (<c>--list flat</c>, exporters). It runs in this
/// process, where the operands were verified and the roof measured. <c>--workload TEXT</c> keeps the workloads whose name
/// contains the text, <c>--job dry|short|medium|long</c> chooses how long it takes.
/// </summary>
internal static class BdnBench
{
    public static int Run(string[] args)
    {
        string? only = Take(ref args, "--workload"), length = Take(ref args, "--job");
        Job job = length switch
        {
            null or "default" => Job.Default,
            "dry" => Job.Dry,
            "short" => Job.ShortRun,
            "medium" => Job.MediumRun,
            "long" => Job.LongRun,
            _ => throw new FormatException($"--job: expected dry, short, medium, long or default, got '{length}'"),
        };
        ManualConfig config = ManualConfig.Create(DefaultConfig.Instance)
            .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(60)) // whole names of workloads
            .AddJob(job.WithToolchain(InProcessEmitToolchain.Instance))
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

    // the value of an option of ours, which the library must not see
    private static string? Take(ref string[] args, string name)
    {
        string? value = Options.Text(args, name);
        int at = Array.IndexOf(args, name);
        if (value is not null)
            args = [.. args[..at], .. args[(at + 2)..]];
        return value;
    }
}
