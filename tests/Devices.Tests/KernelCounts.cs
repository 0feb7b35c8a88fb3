using System.Globalization;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.Simt;

namespace Engram.Devices.Tests;

/// <summary>
/// What kernels ask of a GPU beside what they must, counted in the emulator: bytes of device memory against every operand read and every result written once, multiply-adds
/// against the formula, turns of shared memory's banks against the bytes.
/// </summary>
internal sealed record KernelCounts(string Work, string Kernels, long Launches, double Needed, double Fetched, double Width, double SharedTurns, double MultiplyAdds, long Barriers)
{
    /// <summary>All workloads, counted.</summary>
    public static IEnumerable<KernelCounts> All() => Works().Select(Count);

    /// <summary>A table for documents.</summary>
    public static void Write(TextWriter output)
    {
        output.WriteLine("| work | kernels (launches) | bytes it must move | sectors' bytes / these | bytes per thread and access | bank turns / least | multiply-adds / formula | barriers of groups |");
        output.WriteLine("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (KernelCounts row in All())
        {
            string Number(double value, string format = "0.00") => double.IsNaN(value) ? "" : value.ToString(format, CultureInfo.InvariantCulture);
            output.WriteLine(
                $"| {row.Work} | {row.Kernels} ({row.Launches}) | {Number(row.Needed, "#,0")} | {Number(row.Fetched)} | {Number(row.Width, "0.0")} | {Number(row.SharedTurns)} | {Number(row.MultiplyAdds)} | {row.Barriers} |");
        }
    }

    /// <summary>A table of what a step of learning launches.</summary>
    public static void WriteSteps(TextWriter output)
    {
        output.WriteLine("| step | launches | numbers the host fetches | kernels |");
        output.WriteLine("| --- | ---: | ---: | --- |");
        foreach (StepLaunches step in StepLaunches.All())
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {step.Step} | {step.Launches} | {step.Fetched} | {step.Kernels} |"));
    }

    private static KernelCounts Count((string Name, double Needed, double MultiplyAdds, Func<OnDevice, Action> Make) work)
    {
        using var device = new EmulatorDevice();
        Action run = work.Make(new OnDevice(device));
        device.IsCounting = true;
        run();
        KernelTally[] of = [.. device.Tallies.Values];
        double bytes = of.Sum(tally => tally.SectorsInBytes), asked = of.Sum(tally => tally.LoadedBytes + tally.StoredBytes), accesses = of.Sum(tally => tally.Loads + tally.Stores);
        double turns = of.Sum(tally => tally.LeastSharedTurns);
        return new KernelCounts(
            work.Name, string.Join(", ", device.Tallies.Keys.Select(name => name.Replace("Kernel", "", StringComparison.Ordinal))), of.Sum(tally => tally.Launches), work.Needed,
            bytes / work.Needed, asked / accesses / 32, turns == 0 ? double.NaN : of.Sum(tally => tally.SharedTurns) / turns,
            work.MultiplyAdds == 0 ? double.NaN : of.Sum(tally => tally.MultiplyAdds) / work.MultiplyAdds, of.Sum(tally => tally.Barriers));
    }

    private static IEnumerable<(string Name, double Needed, double MultiplyAdds, Func<OnDevice, Action> Make)> Works()
    {
        const int n = 1 << 18;
        const double floats = sizeof(float);
        yield return ("map exp, 2¹⁸", 2 * n * floats, 0, on =>
        {
            View x = on.Random(1, n), y = on.Empty(n);
            return () => on.Device.Map(default(ExpOp), x, y);
        });
        yield return ("zip add of a row, 512×512", ((2 * n) + 512) * floats, 0, on =>
        {
            View x = on.Random(1, 512, 512), row = on.Random(2, 1, 512), y = on.Empty(512, 512);
            return () => on.Device.Zip(default(AddOp), x, row.With(row.Layout.BroadcastTo([512, 512])), y);
        });
        yield return ("copy of a transpose, 512×512", 2 * n * floats, 0, on =>
        {
            View x = on.Random(1, 512, 512), y = on.Empty(512, 512);
            return () => on.Device.Copy(x.With(x.Layout.Transpose(0, 1)), y);
        });
        yield return ("sum, 2¹⁸", n * floats, 0, on =>
        {
            View x = on.Random(1, n), y = on.Empty(1);
            return () => on.Device.Fold(FoldKind.Sum, x, y);
        });
        yield return ("sums of columns, 512×512", n * floats, 0, on =>
        {
            View x = on.Random(1, 512, 512), y = on.Empty(1, 512);
            return () => on.Device.Fold(FoldKind.Sum, x, y);
        });
        yield return ("softmax, 256×1000", 2 * 256_000 * floats, 0, on =>
        {
            View x = on.Random(1, 256, 1000), y = on.Empty(256, 1000);
            return () => on.Device.Softmax(x, y, false);
        });
        yield return ("layer normalization, 512×256", 2 * 131_072 * floats, 0, on =>
        {
            View x = on.Random(1, 512, 256), row = on.Ones(256), mean = on.Empty(512), deviation = on.Empty(512), y = on.Empty(512, 256);
            return () => on.Device.LayerNormalization(x, row, row, 1e-5f, mean, deviation, y);
        });
        yield return ("batch normalization, 32×32×16×16", 2 * n * floats, 0, on =>
        {
            View x = on.Random(1, 32, 32, 16, 16), each = on.Ones(32), mean = on.Empty(32), deviation = on.Empty(32), y = on.Empty(32, 32, 16, 16);
            return () => on.Device.BatchNormalization(x, null, each, each, on.Ones(32), on.Ones(32), new BatchNormalizationSettings(true), true, mean, deviation, y);
        });
        yield return ("its backward pass", 4 * n * floats, 0, on =>
        {
            View x = on.Random(1, 32, 32, 16, 16), dy = on.Random(2, 32, 32, 16, 16), y = on.Random(3, 32, 32, 16, 16), each = on.Ones(32), dx = on.Empty(32, 32, 16, 16);
            return () => on.Device.BatchNormalizationBackward(dy, x, y, each, each, each, true, new(dx, false), default, default, default);
        });
        yield return ("SGD step with momentum, 2¹⁸", 5 * n * floats, 0, on =>
        {
            View w = on.Random(1, n), g = on.Random(2, n), v = on.Random(3, n);
            return () => on.Device.SgdStep(w, g, v, new() { LearningRate = 0.1, Momentum = 0.9 });
        });
        yield return ("Adam step, 2¹⁸", 7 * n * floats, 0, on =>
        {
            View w = on.Random(1, n), g = on.Random(2, n), m = on.Random(3, n), v = on.Ones(n);
            return () => on.Device.AdamStep(w, g, m, v, new() { LearningRate = 0.1, Step = 1 });
        });
        yield return ("projection, 2¹⁸ (it conflicts)", 3 * n * floats, 0, on =>
        {
            float[] g = OnDevice.Numbers(n, 1);
            View gradient = on.Put(g, n), reference = on.Put([.. g.Select(value => -value)], n);
            return () => on.Device.Project(gradient, reference);
        });
        yield return ("Gram matrix, 8×32,768", 8 * 32_768 * floats, 0, on =>
        {
            View rows = on.Random(1, 8, 32_768);
            return () => on.Device.Gram(rows, new double[64]);
        });
        yield return ("product 1024×32·32×1024", ((2 * 32_768) + (1 << 20)) * floats, 1024.0 * 1024 * 32, on => Product(on, 1024, 1024, 32, false));
        yield return ("product 256×256·256×256", 3 * 65_536 * floats, 256.0 * 256 * 256, on => Product(on, 256, 256, 256, false));
        yield return ("the same, both transposed", 3 * 65_536 * floats, 256.0 * 256 * 256, on => Product(on, 256, 256, 256, true));
        yield return ("product 10×784·784×256", ((10 * 784) + (784 * 256) + 2560) * floats, 10.0 * 784 * 256, on => Product(on, 10, 256, 784, false));
        foreach (string pass in new[] { "", "image's gradient", "weights' gradient" })
        {
            string name = pass.Length == 0 ? "convolution 3×3, 16→64 at 16×16, batch 8" : $"its {pass}";
            yield return (name, ((8 * 80 * 256) + (64 * 16 * 9)) * floats, 8.0 * 256 * 64 * 16 * 9, on =>
            {
                View x = on.Random(1, 8, 16, 16, 16), w = on.Random(2, 64, 16, 3, 3), y = on.Random(3, 8, 64, 16, 16);
                var geometry = ConvolutionGeometry.Square(padding: 1);
                return pass.Length == 0 ? () => on.Device.Convolve(x, w, null, geometry, y)
                    : pass.StartsWith('i') ? () => on.Device.ConvolveBackwardData(y, w, geometry, x, false) : () => on.Device.ConvolveBackwardWeight(y, x, geometry, w, false);
            });
        }
    }

    private static Action Product(OnDevice on, int m, int columns, int depth, bool turned)
    {
        View a = turned ? on.Random(1, depth, m) : on.Random(1, m, depth), b = turned ? on.Random(2, columns, depth) : on.Random(2, depth, columns), c = on.Empty(m, columns);
        View left = turned ? a.With(a.Layout.Transpose(0, 1)) : a, right = turned ? b.With(b.Layout.Transpose(0, 1)) : b;
        return () => on.Device.Gemm(left, right, c, 1f, 0f, null);
    }
}
