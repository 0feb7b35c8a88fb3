using System.Diagnostics;
using Engram.ContinualLearning;
using Engram.Data;
using Engram.Kernels;

namespace Engram.Benchmarks;

/// <summary>
/// Time to fit one SVD generator against the number of samples, on one class of the built-in digits (or --data DIR: MNIST);
/// medians of --rounds N. The paper calls it linear in the number of samples; the last column is microseconds per sample.
/// </summary>
internal static class FitQuickBench
{
    public static int Run(string[] args)
    {
        int rounds = Options.Number(args, "--rounds", 9);
        string? folder = Options.Text(args, "--data");
        ImageSet images = folder is null
            ? SyntheticDigits.Create(new SyntheticDigitsOptions { Train = 60_000, Test = 10 }).Train
            : new DatasetFolder(folder).Load("mnist").Train;
        int[] ofClass = [.. images.IndicesOf(3)];
        Console.WriteLine($"{images.Name}, class 3, {images.PixelCount} features; one thread; medians of {rounds}");
        Console.WriteLine($"{"rank",5} {"samples",8} {"ms",9} {"us/sample",10}");
        foreach (int rank in new[] { 5, 20 })
        {
            foreach (int n in new[] { 50, 100, 200, 500, 1000, 2000, 4000 })
            {
                if (n > ofClass.Length)
                    continue;
                var x = new float[n * images.PixelCount];
                images.CopyTo(ofClass.AsSpan(0, n), x, new int[n]);
                var options = new SvdGeneratorOptions { Rank = rank };
                SvdFitter.Fit(Device.Host, x, images.PixelCount, 0, 3, options, 1);
                var seconds = new double[rounds];
                for (int i = 0; i < rounds; i++)
                {
                    long start = Stopwatch.GetTimestamp();
                    SvdFitter.Fit(Device.Host, x, images.PixelCount, 0, 3, options, 1);
                    seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                }
                double median = Options.Median(seconds);
                Console.WriteLine($"{rank,5} {n,8} {median * 1e3,9:F2} {median * 1e6 / n,10:F2}");
            }
        }
        return 0;
    }
}
