using System.Diagnostics;
using System.Globalization;
using Engram.ContinualLearning;
using Engram.Kernels;

namespace Engram.Benchmarks;

/// <summary>
/// Whole training steps and predictions of ResNet-18 and the Mixer through <see cref="Learner"/> against PyTorch's, taking turns; medians. Options: --threads N,
/// --rounds N, --coretype X (OPENBLAS_CORETYPE of the peer), --only TEXT. With --memory NETWORK: trains that one (batch 32, ten steps) and prints the process's largest
/// resident size, then the peer's, which does the same in a process of its own.
/// </summary>
internal static class NetQuickBench
{
    private static readonly (string Network, int Channels, int Size, int[] Batches)[] Rows =
    [
        ("resnet18-20", 3, 32, [10, 32]), ("resnet18-64", 3, 32, [32]), ("mixer", 1, 28, [10, 32]), ("mixer", 3, 32, [10, 32]), ("mixer-small", 1, 28, [10, 32]),
    ];

    public static int Run(string[] args)
    {
        int threads = Options.Number(args, "--threads", 1), rounds = Options.Number(args, "--rounds", 7);
        string only = Options.Text(args, "--only") ?? "";
        if (Options.Text(args, "--memory") is { } network)
            return Memory(network, threads, Options.Text(args, "--coretype"));
        using var peer = new PythonPeer("torch_nets.py", threads, Options.Text(args, "--coretype"));
        Device device = Device.Cpu(threads);
        Console.WriteLine($"device: {device.Name}; peer: PyTorch, {threads} threads; medians of {rounds} interleaved samples");
        Console.WriteLine($"{"network",-12} {"input",-8} {"batch",5} {"kind",-8} {"ours ms",9} {"torch ms",9} {"ratio",6} {"images/s",9}");
        foreach ((string name, int channels, int size, int[] batches) in Rows)
        {
            foreach (int batch in batches)
            {
                foreach (string kind in new[] { "train", "forward" })
                {
                    string label = $"{name} {channels}x{size} b{batch} {kind}";
                    if (label.Contains(only, StringComparison.Ordinal))
                        Measure(device, peer, name, channels, size, batch, kind, rounds);
                }
            }
        }

        return 0;
    }

    private static void Measure(Device device, PythonPeer peer, string name, int channels, int size, int batch, string kind, int rounds)
    {
        using Learner learner = Build(device, name, channels, size);
        Action step = Step(learner, batch, kind);
        double[] ours = new double[rounds], theirs = new double[rounds];
        for (int i = 0; i < 2; i++)
            step();
        for (int round = 0; round < rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            step();
            ours[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            theirs[round] = peer.Ask($"{name} {channels} {size} {batch} {kind} {1}")[0];
        }

        double a = Options.Median(ours), b = Options.Median(theirs);
        Console.WriteLine($"{name,-12} {$"{channels}x{size}x{size}",-8} {batch,5} {kind,-8} {a * 1e3,9:F2} {b * 1e3,9:F2} {b / a,6:F2} {batch / a,9:F1}");
    }

    private static Learner Build(Device device, string name, int channels, int size) => new(new LearnerOptions
    {
        Model = Networks.Create(name, channels, size),
        Optimizer = new Models.SgdOptions { LearningRate = 0.01 },
        Strategy = new FineTuneOptions(),
        Device = device,
    });

    private static Action Step(Learner learner, int batch, string kind)
    {
        var random = new Random(1);
        float[] x = new float[batch * learner.Model.Inputs], logits = new float[batch * learner.Model.Outputs];
        int[] labels = new int[batch];
        for (int i = 0; i < x.Length; i++)
            x[i] = random.NextSingle();
        for (int i = 0; i < batch; i++)
            labels[i] = random.Next(10);
        return kind == "forward" ? () => learner.Predict(x, batch, logits) : () => learner.Observe(new Batch(x, labels));
    }

    private static int Memory(string network, int threads, string? coreType)
    {
        const int Batch = 32, Steps = 10;
        using (Learner learner = Build(Device.Cpu(threads), network, 3, 32))
        {
            Action step = Step(learner, Batch, "train");
            for (int i = 0; i < Steps; i++)
                step();
        }

        double mine = File.ReadLines("/proc/self/status").Where(line => line.StartsWith("VmHWM", StringComparison.Ordinal))
            .Select(line => 1024 * double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture)).First();
        using var peer = new PythonPeer("torch_nets.py", threads, coreType);
        double theirs = peer.Ask($"{network} {3} {32} {Batch} {"peak"} {Steps - 2}")[0];
        const double MiB = 1 << 20;
        Console.WriteLine($"{network}, batch {Batch}, {Steps} training steps, {threads} threads: largest resident size {mine / MiB:F0} MiB, PyTorch {theirs / MiB:F0} MiB, ratio {theirs / mine:F2}");
        return 0;
    }
}
