using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Engram.Benchmarking.Families;
using Engram.ContinualLearning;
using Engram.Data;
using Engram.Kernels;
using Engram.Models;

namespace Engram.Benchmarks;

/// <summary>
/// Test accuracy after the first and the last epoch beside PyTorch's, from the same weights on the same batches in the same order:
/// <c>train --data FOLDER [--network resnet18-20] [--images 10000] [--epochs 5] [--batch 10] [--rate 0.01] [--momentum 0] [--seeds 3] [--threads 1] [--results FILE]</c>.
/// Images are CIFAR-10's first ones, normalized per channel. Every finished line is appended to the results file, and a run that finds it there skips it.
/// </summary>
internal static class TrainQuickBench
{
    private static readonly float[] Mean = [0.49139968f, 0.48215841f, 0.44653091f], Deviation = [0.24703223f, 0.24348513f, 0.26158784f];

    private sealed record Settings(string Network, int Images, int Epochs, int Batch, double Rate, double Momentum);

    public static int Run(string[] args)
    {
        string data = Options.Text(args, "--data") ?? Environment.GetEnvironmentVariable("ENGRAM_DATA")
            ?? throw new ArgumentException("train: --data FOLDER (or ENGRAM_DATA) must name a folder with cifar10");
        Settings s = new(Options.Text(args, "--network") ?? "resnet18-20", Options.Number(args, "--images", 10_000), Options.Number(args, "--epochs", 5),
            Options.Number(args, "--batch", 10), Real(args, "--rate", 0.01), Real(args, "--momentum", 0));
        int threads = Options.Number(args, "--threads", 1);
        string results = Options.Text(args, "--results") ?? "train.tsv";
        Dataset cifar = new DatasetFolder(data).Load("cifar10");
        string[] known = File.Exists(results) ? File.ReadAllLines(results) : [];
        for (int seed = 0; seed < Options.Number(args, "--seeds", 3); seed++)
        {
            foreach (string engine in new[] { "engram", "torch" })
            {
                string key = string.Create(CultureInfo.InvariantCulture, $"{s.Network}\t{s.Images}\t{s.Epochs}\t{s.Batch}\t{s.Rate}\t{s.Momentum}\t{seed}\t{engine}\t");
                if (known.Any(line => line.StartsWith(key, StringComparison.Ordinal)))
                    continue;
                long start = Stopwatch.GetTimestamp();
                double[] accuracies = engine == "engram" ? Ours(s, cifar, seed, threads) : Theirs(s, cifar, seed, threads);
                string line = key + string.Join('\t', accuracies.Select(a => a.ToString("F4", CultureInfo.InvariantCulture))) +
                    $"\t{Stopwatch.GetElapsedTime(start).TotalSeconds.ToString("F0", CultureInfo.InvariantCulture)}s";
                File.AppendAllText(results, line + "\n");
                Console.WriteLine(line);
            }
        }

        return 0;
    }

    private static double[] Ours(Settings s, Dataset cifar, int seed, int threads)
    {
        using Learner learner = NewLearner(s, seed, threads);
        ImageSet train = cifar.Train.Slice(0, s.Images), test = cifar.Test;
        float[] x = Normalized(train), testX = Normalized(test), batch = new float[s.Batch * train.PixelCount];
        int[] indices = new int[s.Batch], labels = new int[s.Batch], classes = new int[test.Count];
        BatchPlan plan = new(train.Count, s.Batch, (ulong)seed, 0);
        List<double> accuracies = [];
        for (int epoch = 0; epoch < s.Epochs; epoch++)
        {
            for (int b = 0; b < plan.BatchesPerEpoch; b++)
            {
                int count = plan.Fill(epoch, b, indices);
                for (int i = 0; i < count; i++)
                {
                    x.AsSpan(indices[i] * train.PixelCount, train.PixelCount).CopyTo(batch.AsSpan(i * train.PixelCount));
                    labels[i] = train.Labels[indices[i]];
                }

                learner.Observe(new Batch(batch.AsSpan(0, count * train.PixelCount), labels.AsSpan(0, count)));
            }

            if (epoch != 0 && epoch != s.Epochs - 1)
                continue;
            learner.Classify(testX, test.Count, classes);
            int right = 0;
            for (int i = 0; i < classes.Length; i++)
                right += classes[i] == test.Labels[i] ? 1 : 0;
            accuracies.Add((double)right / test.Count);
        }

        return [.. accuracies];
    }

    private static double[] Theirs(Settings s, Dataset cifar, int seed, int threads)
    {
        string folder = Directory.CreateTempSubdirectory("engram-train-").FullName;
        try
        {
            using (Learner learner = NewLearner(s, seed, threads))
                ModelFile.Save(Path.Combine(folder, "weights.safetensors"), learner.Model, learner.Values, learner.State);
            ImageSet train = cifar.Train.Slice(0, s.Images);
            WriteAll(folder, "x.bin", Normalized(train));
            WriteAll(folder, "y.bin", train.Labels);
            WriteAll(folder, "test-x.bin", Normalized(cifar.Test));
            WriteAll(folder, "test-y.bin", cifar.Test.Labels);
            BatchPlan plan = new(train.Count, s.Batch, (ulong)seed, 0);
            int[] order = new int[s.Epochs * train.Count], batch = new int[s.Batch];
            int at = 0;
            for (int epoch = 0; epoch < s.Epochs; epoch++)
            {
                for (int b = 0; b < plan.BatchesPerEpoch; b++)
                {
                    int count = plan.Fill(epoch, b, batch);
                    batch.AsSpan(0, count).CopyTo(order.AsSpan(at));
                    at += count;
                }
            }

            WriteAll<int>(folder, "order.bin", order);
            File.WriteAllText(Path.Combine(folder, "settings.json"), string.Create(CultureInfo.InvariantCulture,
                $$"""{"network": "{{s.Network}}", "channels": 3, "size": 32, "batch": {{s.Batch}}, "epochs": {{s.Epochs}}, "learningRate": {{s.Rate}}, "momentum": {{s.Momentum}}}"""), Encoding.ASCII);
            return PythonPeer.RunToEnd("torch_train.py", threads, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Learner NewLearner(Settings s, int seed, int threads) => new(new LearnerOptions
    {
        Model = NetworkFamily.Create(s.Network, 3, 32),
        Optimizer = new SgdOptions { LearningRate = s.Rate, Momentum = s.Momentum },
        Strategy = new FineTuneOptions(),
        Seed = (ulong)seed,
        Device = Device.Cpu(threads),
        CheckInputs = false,
    });

    private static float[] Normalized(ImageSet images)
    {
        float[] x = new float[images.Count * images.PixelCount];
        PixelConversion.ToUnit(images.AllPixels, x);
        int plane = images.Height * images.Width;
        for (int i = 0; i < x.Length; i++)
        {
            int channel = i / plane % images.Channels;
            x[i] = (x[i] - Mean[channel]) / Deviation[channel];
        }

        return x;
    }

    private static void WriteAll<T>(string folder, string name, ReadOnlySpan<T> values) where T : struct
    {
        using FileStream file = File.Create(Path.Combine(folder, name));
        file.Write(MemoryMarshal.AsBytes(values));
    }

    private static void WriteAll(string folder, string name, float[] values) => WriteAll<float>(folder, name, values);

    private static double Real(string[] args, string name, double fallback) =>
        Options.Text(args, name) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : fallback;
}
