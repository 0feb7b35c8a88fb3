using Engram.Benchmarks;
using Engram.Benchmarks.Bdn;

// the long form of the suite, and what is no workload of it: first word of the command line, then its own options
return args switch
{
    ["bdn", .. var rest] => BdnBench.Run(rest),
    ["gemm", .. var rest] => GemmPlanBench.Run(rest),
    ["train", .. var rest] => TrainQuickBench.Run(rest),
    ["memory", .. var rest] => MemoryBench.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Benchmarks <bench> [options]; benches: bdn (the suite under BenchmarkDotNet), gemm (figures of the product's plan), train (learning curves), memory (peak of a training run); everything else: engram bench");
    return 2;
}
