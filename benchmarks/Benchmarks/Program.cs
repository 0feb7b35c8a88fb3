using Engram.Benchmarks;
using Engram.Benchmarks.Bdn;

// one line per bench: first word of the command line, then its own options
return args switch
{
    ["bdn", .. var rest] => BdnBench.Run(rest),
    ["gemm", .. var rest] => GemmPlanBench.Run(rest),
    ["svd", .. var rest] => SvdQuickBench.Run(rest),
    ["step", .. var rest] => StepQuickBench.Run(rest),
    ["fit", .. var rest] => FitQuickBench.Run(rest),
    ["nets", .. var rest] => NetQuickBench.Run(rest),
    ["train", .. var rest] => TrainQuickBench.Run(rest),
    ["conv", .. var rest] => ConvolutionQuickBench.Run(rest),
    ["units", .. var rest] => UnitQuickBench.Run(rest),
    ["profile", .. var rest] => ProfileQuickBench.Run(rest),
    ["gem", .. var rest] => GemQuickBench.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Benchmarks <bench> [options]; benches: bdn, gemm, svd, step, fit, nets, train, conv, units, profile, gem");
    return 2;
}
