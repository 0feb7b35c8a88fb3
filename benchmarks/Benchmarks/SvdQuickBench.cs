using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;

namespace Engram.Benchmarks;

/// <summary>
/// Truncated SVD of 784×1000 matrices at r = 5, 20, 80: median time, relative error, optimal error; with --sklearn interleaved with
/// scikit-learn's randomized_svd and torch.svd_lowrank on the same matrix. Then fits as a generator makes them, and the gradient projection. Options: --threads
/// N, --data FOLDER (IDX files), --sklearn, --samples N, --coretype NAME, --clock cpu (this thread's processor time).
/// </summary>
internal static unsafe class SvdQuickBench
{
    private const int Rows = 784, Columns = 1000;
    private static readonly int[] Ranks = [5, 20, 80];

    internal static int Run(string[] args)
    {
        int threads = int.Parse(Option(args, "--threads") ?? "1", CultureInfo.InvariantCulture);
        int samples = int.Parse(Option(args, "--samples") ?? "25", CultureInfo.InvariantCulture);
        string? data = Option(args, "--data") ?? Environment.GetEnvironmentVariable("ENGRAM_DATA");
        bool processorTime = Option(args, "--clock") == "cpu";
        using var splitter = new WorkSplitter(threads);
        var matrices = new List<(string Name, float[] Values)> { ("dct", Cosines()) };
        if (data != null && Images(data) is { } images)
        {
            matrices.Add(("mnist", images));
        }

        foreach ((string name, float[] values) in matrices)
        {
            double[] spectrum = Spectrum(values);
            using SklearnPeer? peer = args.Contains("--sklearn") ? new SklearnPeer(values, Rows, Columns, threads, Option(args, "--coretype"), processorTime) : null;
            foreach (int rank in Ranks)
            {
                double optimal = Math.Sqrt(spectrum.Skip(rank).Sum(x => x * x) / spectrum.Sum(x => x * x));
                Compare(name, values, rank, optimal, splitter, samples, peer, processorTime);
            }
        }

        ProductUse(matrices[^1], splitter, samples);
        Projection(splitter);
        return 0;
    }

    // one call of every setting per round, so that all see the same machine; then every setting of theirs against our fastest that errs
    // no more
    private static void Compare(string name, float[] values, int rank, double optimal, WorkSplitter splitter, int samples, SklearnPeer? peer, bool processorTime)
    {
        int?[] iterations = [null, 1, 2, 3, 4];
        RandomizedSvdOptions[] options = iterations.Select(i => new RandomizedSvdOptions(rank) { PowerIterations = i, Path = SvdPath.Sketch }).ToArray();
        string[] settings = peer == null ? [] : ["0", "1", "2", "3", "4", "auto", "torch0", "torch1", "torch2", "torchr1", "torchr2"];
        List<double>[] ours = options.Select(_ => new List<double>()).ToArray(), theirs = settings.Select(_ => new List<double>()).ToArray();
        double[] errors = new double[options.Length], theirErrors = new double[settings.Length];
        float[] u = new float[Rows * rank], s = new float[rank], vt = new float[rank * Columns];
        float* scratch = Scratch(Rows, Columns, options[0], out int length);
        for (int round = -8; round < samples; round++)
        {
            for (int k = 0; k < options.Length; k++)
            {
                double start = ThreadClock.Now(processorTime);
                SvdStatus status = RandomizedSvd.Decompose(values, Rows, Columns, options[k], u, s, vt, new Span<float>(scratch, length), splitter);
                double seconds = ThreadClock.Now(processorTime) - start;
                if (round >= 0)
                {
                    ours[k].Add(seconds);
                }

                if (round == 0)
                {
                    errors[k] = Error(values, u, s, vt, rank);
                    if (iterations[k] == null)
                    {
                        Console.WriteLine(FormattableString.Invariant($"{name} r {rank}: optimal error {optimal:f6}, automatic: {status}"));
                    }
                }
            }

            for (int k = 0; k < settings.Length && round >= 0; k++)
            {
                (double seconds, theirErrors[k]) = peer!.Time(rank, settings[k]);
                theirs[k].Add(seconds);
            }
        }

        for (int k = 0; k < options.Length; k++)
        {
            Console.WriteLine(FormattableString.Invariant(
                $"  ours    iterations {iterations[k]?.ToString(CultureInfo.InvariantCulture) ?? "auto",-4} median {Median(ours[k]) * 1e3,7:f2} ms  best {ours[k].Min() * 1e3,7:f2}  error/optimal {errors[k] / optimal:f5}"));
        }

        for (int k = 0; k < settings.Length; k++)
        {
            int[] noWorse = Enumerable.Range(0, options.Length).Where(i => errors[i] <= theirErrors[k] * (1 + 1e-5)).ToArray();
            string verdict = "no setting of ours errs as little";
            if (noWorse.Length > 0)
            {
                int best = noWorse.MinBy(i => Median(ours[i]));
                verdict = FormattableString.Invariant(
                    $"{Median(theirs[k]) / Median(ours[best]):f2}x the time of ours with iterations {iterations[best]?.ToString(CultureInfo.InvariantCulture) ?? "auto"}");
            }

            Console.WriteLine(FormattableString.Invariant(
                $"  peer    {settings[k],-15} median {Median(theirs[k]) * 1e3,7:f2} ms  best {theirs[k].Min() * 1e3,7:f2}  error/optimal {theirErrors[k] / optimal:f5}  {verdict}"));
        }

        NativeMemory.AlignedFree(scratch);
    }

    // A-GEM's projection of the gradient of MLP 784-256-256-10
    private static void Projection(WorkSplitter splitter)
    {
        const int Count = 269_322;
        var random = new Random(1);
        float[] gradient = new float[Count], reference = new float[Count], work = new float[Count];
        for (int i = 0; i < Count; i++)
        {
            gradient[i] = random.NextSingle() - 0.5f;
            reference[i] = random.NextSingle() - 0.5f - gradient[i];
        }

        foreach (bool conflict in new[] { false, true })
        {
            var times = new List<double>();
            for (int i = 0; i < 400; i++)
            {
                gradient.CopyTo(work, 0);
                long start = Stopwatch.GetTimestamp();
                GradientProjection.Project(work, conflict ? reference : gradient, splitter);
                times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            // two arrays read; with a conflict two more reads and a write
            double bytes = Count * sizeof(float) * (conflict ? 5.0 : 2.0);
            Console.WriteLine(FormattableString.Invariant(
                $"projection of {Count} entries, {(conflict ? "conflict" : "no conflict"),-11} median {Median(times) * 1e6,7:f1} us  best {times.Min() * 1e6,7:f1}  {bytes / Median(times) / 1e9:f1} GB/s"));
        }
    }

    // ten classes of 100 images each, and one of 1000: what a generator fit costs
    private static void ProductUse((string Name, float[] Values) matrix, WorkSplitter splitter, int samples)
    {
        foreach (int columns in new[] { 100, 1000 })
        {
            foreach (int rank in Ranks)
            {
                foreach (SvdPath path in new[] { SvdPath.Auto, SvdPath.Gram, SvdPath.Sketch })
                {
                    var options = new RandomizedSvdOptions(rank) { Path = path };
                    float[] u = new float[Rows * rank], s = new float[rank];
                    float* scratch = Scratch(Rows, columns, options, out int length);
                    var times = new List<double>();
                    SvdStatus status = default;
                    fixed (float* a = matrix.Values, pu = u, ps = s)
                    {
                        for (int i = 0; i < (path == SvdPath.Gram && columns > 200 ? 3 : samples + 5); i++)
                        {
                            long start = Stopwatch.GetTimestamp();
                            status = RandomizedSvd.Decompose(MatrixView.RowMajor(a, Rows, columns, Columns), options, pu, ps, null, new Span<float>(scratch, length), splitter);
                            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                        }
                    }

                    Console.WriteLine(FormattableString.Invariant(
                        $"fit {matrix.Name} [784, {columns,4}] r {rank,2} {path,-6} {Median(times) * 1e3,8:f2} ms  {status}"));
                    NativeMemory.AlignedFree(scratch);
                }
            }
        }
    }

    private static float* Scratch(int rows, int columns, RandomizedSvdOptions options, out int length)
    {
        length = RandomizedSvd.ScratchLength(rows, columns, options);
        return (float*)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), 64);
    }

    private static double Error(float[] a, float[] u, float[] s, float[] vt, int rank)
    {
        double difference = 0, total = 0;
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < Columns; j++)
            {
                double x = a[i * Columns + j], y = 0;
                for (int k = 0; k < rank; k++)
                {
                    y += (double)u[i * rank + k] * s[k] * vt[k * Columns + j];
                }

                difference += (x - y) * (x - y);
                total += x * x;
            }
        }

        return Math.Sqrt(difference / total);
    }

    // exact singular values through our own double precision eigenvalues, checked against MathNet in the tests
    private static double[] Spectrum(float[] values)
    {
        double[] gram = new double[Rows * Rows], eigen = new double[Rows], scratch = new double[SymmetricEigen.ScratchLength(Rows)];
        for (int i = 0; i < Rows; i++)
        {
            for (int j = i; j < Rows; j++)
            {
                double sum = 0;
                for (int k = 0; k < Columns; k++)
                {
                    sum += (double)values[i * Columns + k] * values[j * Columns + k];
                }

                gram[i * Rows + j] = sum;
            }
        }

        fixed (double* g = gram, e = eigen)
        {
            SymmetricEigen.Decompose(g, Rows, 0, e, null, scratch);
        }

        return eigen.Select(x => Math.Sqrt(Math.Max(0, x))).ToArray();
    }

    // Σ_k exp(−k/25) u_k v_kᵀ over 200 orthonormal cosine vectors, plus 1e-3 · hash noise in [−1, 1)
    private static float[] Cosines()
    {
        const int Terms = 200;
        double[] left = Basis(Rows, Terms), right = Basis(Columns, Terms);
        var values = new float[Rows * Columns];
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < Columns; j++)
            {
                double sum = 0;
                for (int k = 0; k < Terms; k++)
                {
                    sum += left[i * Terms + k] * Math.Exp(-k / 25.0) * right[j * Terms + k];
                }

                uint h = unchecked((uint)(i * Columns + j) * 2654435761u + 12345u);
                h = unchecked((h ^ (h >> 16)) * 2246822519u);
                h ^= h >> 13;
                values[i * Columns + j] = (float)(sum + 1e-3 * (h / 2147483648.0 - 1));
            }
        }

        return values;
    }

    private static double[] Basis(int n, int terms)
    {
        var basis = new double[n * terms];
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < terms; k++)
            {
                basis[i * terms + k] = Math.Cos(Math.PI * (i + 0.5) * k / n) * Math.Sqrt((k == 0 ? 1.0 : 2.0) / n);
            }
        }

        return basis;
    }

    // the first 1,000 training images as columns, pixels / 255
    private static float[]? Images(string folder)
    {
        const string File = "train-images-idx3-ubyte";
        foreach (string candidate in new[] { Path.Combine(folder, File), Path.Combine(folder, "mnist", File) })
        {
            Stream? stream = System.IO.File.Exists(candidate) ? System.IO.File.OpenRead(candidate)
                : System.IO.File.Exists(candidate + ".gz") ? new GZipStream(System.IO.File.OpenRead(candidate + ".gz"), CompressionMode.Decompress)
                : null;
            if (stream == null)
            {
                continue;
            }

            using (stream)
            {
                var bytes = new byte[16 + Rows * Columns];
                stream.ReadExactly(bytes);
                var values = new float[Rows * Columns];
                for (int j = 0; j < Columns; j++)
                {
                    for (int i = 0; i < Rows; i++)
                    {
                        values[i * Columns + j] = bytes[16 + j * Rows + i] / 255f;
                    }
                }

                return values;
            }
        }

        return null;
    }

    private static string? Option(string[] args, string name)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }

    private static double Median(List<double> values)
    {
        double[] sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
