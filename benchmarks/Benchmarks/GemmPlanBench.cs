using Engram.Benchmarking.Families;
using Engram.Kernels.Cpu;
using Engram.Results;

namespace Engram.Benchmarks;

/// <summary>
/// Tries figures of the matrix product's plan: the gemm workloads of <c>engram bench</c> with a changed plan, by turns with this machine's own plan
/// and the installed peers. Options: --threads N, --rounds N, --rung 128|256|512, --clock wall|cpu, --match TEXT for the shapes whose name contains it,
/// and the figures: --mc, --nc, --kc, --pack-rows, --far-rows, --far-alias-rows, --pack-columns, --swap-rows, --pack-both-rows.
/// </summary>
internal static class GemmPlanBench
{
    public static int Run(string[] args)
    {
        GemmPlan plan = Options.Text(args, "--rung") is { } bits ? GemmPlan.For(Enum.Parse<GemmRung>("Bits" + bits)) : GemmPlan.Native;
        plan = plan with
        {
            BlockM = Options.Number(args, "--mc", plan.BlockM),
            BlockN = Options.Number(args, "--nc", plan.BlockN),
            BlockK = Options.Number(args, "--kc", plan.BlockK),
            PackRows = Options.Number(args, "--pack-rows", plan.PackRows),
            FarRows = Options.Number(args, "--far-rows", plan.FarRows),
            FarAliasRows = Options.Number(args, "--far-alias-rows", plan.FarAliasRows),
            PackColumns = Options.Number(args, "--pack-columns", plan.PackColumns),
            SwapRows = Options.Number(args, "--swap-rows", plan.SwapRows),
            PackBothRows = Options.Number(args, "--pack-both-rows", plan.PackBothRows),
        };
        string match = Options.Text(args, "--match") ?? "";
        BenchOptions options = new()
        {
            Threads = [Options.Number(args, "--threads", 1)],
            Rounds = Options.Number(args, "--rounds", 15),
            ThreadClock = Options.Text(args, "--clock") == "cpu",
            Peers = true,
            Rungs = true,
        };
        BenchTable table = new(Console.Out);
        BenchDocument document = new BenchRunner(options, table, [.. new GemmFamily(plan).Cases().Where(one => one.Name.Contains(match, StringComparison.Ordinal))]).Run();
        table.Summarize(document);
        return document.Failures.Count == 0 ? 0 : 1;
    }
}
