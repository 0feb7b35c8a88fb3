using System.Diagnostics;
using Engram.ContinualLearning;
using Engram.Kernels;
using Engram.Models;

namespace Engram.Benchmarks;

/// <summary>
/// Whole training steps of an MLP 784-256-256-10 through <see cref="Learner.Observe"/> against PyTorch's, taking turns; medians.
/// Options: --threads N, --rounds N, --coretype X (OPENBLAS_CORETYPE of the peer). Work per step: copy and check the batch, forward, backward, (projection,) SGD.
/// </summary>
internal static class StepQuickBench
{
    private const double SampleSeconds = 0.05;

    public static int Run(string[] args)
    {
        int threads = Options.Number(args, "--threads", 1), rounds = Options.Number(args, "--rounds", 15);
        using var peer = new PythonPeer("torch_step.py", threads, Options.Text(args, "--coretype"));
        Device device = Device.Cpu(threads);
        Console.WriteLine($"device: {device.Name}; peer: PyTorch, {threads} threads; medians of {rounds} interleaved samples");
        Console.WriteLine($"{"step",-12} {"batch",5} {"ours ms",9} {"torch ms",9} {"ratio",6} {"lean ms",9} {"ratio",6} {"bytes/step",10}");
        foreach ((string kind, int batch) in new[] { ("train", 10), ("train", 32), ("train", 128), ("agem", 10), ("agem", 128) })
            Measure(device, peer, kind, batch, rounds);
        return 0;
    }

    private static void Measure(Device device, PythonPeer peer, string kind, int batch, int rounds)
    {
        using Learner learner = Build(device, kind);
        float[] pool = new float[4096 * 784];
        int[] labels = new int[4096];
        var random = new Random(1);
        for (int i = 0; i < pool.Length; i++)
            pool[i] = random.NextSingle();
        for (int i = 0; i < labels.Length; i++)
            labels[i] = random.Next(10);
        if (kind == "agem")
        {
            // a finished task whose memory gives the reference batches
            for (int i = 0; i < 400; i++)
                learner.Observe(new Batch(pool.AsSpan(i * 7840, 7840), labels.AsSpan(i * 10, 10)));
            learner.EndTask();
        }
        int at = 0;
        Action step = () => // one delegate for all samples: the bytes counted below are the learner's alone
        {
            if (at + batch > 4096)
                at = 0;
            learner.Observe(new Batch(pool.AsSpan(at * 784, batch * 784), labels.AsSpan(at, batch)));
            at += batch;
        };
        for (int i = 0; i < 50; i++)
            step();
        int repetitions = Math.Max(1, (int)(SampleSeconds / Time(step, 20)));
        string eager = kind == "agem" ? "agem" : "eager";
        double[] ours = new double[rounds], theirs = new double[rounds], lean = new double[rounds];
        int peerRepetitions = Math.Max(1, (int)(SampleSeconds / peer.Ask($"{eager} {batch} {20}")[0]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Time(step, repetitions);
        long allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / repetitions;
        for (int round = 0; round < rounds; round++)
        {
            ours[round] = Time(step, repetitions);
            theirs[round] = peer.Ask($"{eager} {batch} {peerRepetitions}")[0];
            lean[round] = kind == "agem" ? double.NaN : peer.Ask($"lean {batch} {peerRepetitions}")[0];
        }
        double a = Options.Median(ours), b = Options.Median(theirs), c = Options.Median(lean);
        Console.WriteLine($"{kind,-12} {batch,5} {a * 1e3,9:F3} {b * 1e3,9:F3} {b / a,6:F2} {c * 1e3,9:F3} {c / a,6:F2} {allocated,10}");
    }

    private static Learner Build(Device device, string kind) => new(new LearnerOptions
    {
        Model = new Mlp(new MlpOptions { Input = ImageShape.Flat(784), Hidden = [256, 256], Outputs = 10 }),
        Optimizer = new SgdOptions { LearningRate = kind == "agem" ? 0.001 : 0.01 },
        Strategy = kind == "agem" ? new AGemOptions { Replay = new BufferOptions { Storage = BufferStorage.Reservoir, Capacity = 4000 } } : new FineTuneOptions(),
        Device = device,
    });

    private static double Time(Action step, int repetitions)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repetitions; i++)
            step();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / repetitions;
    }
}
