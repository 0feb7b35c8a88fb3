using Engram.Kernels;

namespace Engram.Benchmarks;

/// <summary>
/// Device entries around the matrix products, at sizes of the networks: normalizations, pooling, softmax, GELU, the addition of a residual. Medians,
/// by turns with PyTorch (--torch). Options: --rounds N, --match TEXT, --torch, --clock wall|cpu. One thread.
/// </summary>
internal static class UnitQuickBench
{
    private const double SampleSeconds = 0.01;

    public static int Run(string[] args)
    {
        int rounds = Options.Number(args, "--rounds", 9);
        string match = Options.Text(args, "--match") ?? "";
        bool own = Options.Text(args, "--clock") == "cpu";
        using Device device = Device.Cpu(1);
        using PythonPeer? peer = args.Contains("--torch") ? new PythonPeer("torch_units.py", 1, "SkylakeX") : null;
        Console.WriteLine($"{"unit",-44} {"ours ms",9} {"torch ms",9} {"ratio",6}");
        foreach ((string name, string request, Action call) in Units(device).Where(unit => unit.Name.Contains(match, StringComparison.Ordinal)))
        {
            call();
            int repeats = (int)Math.Clamp(SampleSeconds / Math.Max(1e-7, Time(call, 1, own)), 1, 1000);
            double[] ours = new double[rounds], torch = new double[rounds];
            for (int round = 0; round < rounds; round++)
            {
                ours[round] = Time(call, repeats, own) / repeats;
                if (peer is not null)
                    torch[round] = peer.Ask($"{request} {repeats} {(own ? 1 : 0)}")[0];
            }
            double mine = Options.Median(ours), theirs = Options.Median(torch);
            Console.WriteLine($"{name,-44} {mine * 1e3,9:f3} {(peer is null ? "-" : (theirs * 1e3).ToString("f3")),9} {(peer is null ? "-" : (theirs / mine).ToString("f2")),6}");
        }
        return 0;
    }

    private static double Time(Action call, int repeats, bool own)
    {
        double start = ThreadClock.Now(own);
        for (int i = 0; i < repeats; i++)
            call();
        return ThreadClock.Now(own) - start;
    }

    // name, the same for torch_units.py, the call
    private static IEnumerable<(string Name, string Request, Action Call)> Units(Device d)
    {
        foreach ((int n, int c, int s) in new[] { (10, 20, 32), (32, 64, 32), (10, 160, 4) })
        {
            View x = Of(d, 1, n, c, s, s), y = Of(d, 2, n, c, s, s), dy = Of(d, 3, n, c, s, s), dx = Of(d, 4, n, c, s, s);
            View gain = Of(d, 5, c), bias = Of(d, 6, c), mean = Of(d, 7, c), deviation = Of(d, 8, c), runningMean = Of(d, 9, c), runningVariance = Of(d, 10, c), dGain = Of(d, 11, c), dBias = Of(d, 12, c);
            string shape = $"{n}x{c}x{s}x{s}";
            yield return ($"batch norm {shape}", $"bn {n} {c} {s}", () => d.BatchNormalization(x, null, gain, bias, runningMean, runningVariance, new(true), false, mean, deviation, y));
            yield return ($"batch norm backward {shape}", $"bnb {n} {c} {s}", () => d.BatchNormalizationBackward(dy, x, null, gain, mean, deviation, true, new(dx, false), new(dGain, false), new(dBias, false), default));
        }
        foreach ((int n, int c, int s) in new[] { (640, 64, 1), (2048, 128, 1) })
        {
            View x = Of(d, 1, n, c), y = Of(d, 2, n, c), dy = Of(d, 3, n, c), dx = Of(d, 4, n, c);
            View gain = Of(d, 5, c), bias = Of(d, 6, c), mean = Of(d, 7, n), deviation = Of(d, 8, n), dGain = Of(d, 11, c), dBias = Of(d, 12, c);
            string shape = $"{n}x{c}";
            yield return ($"layer norm {shape}", $"ln {n} {c} {s}", () => d.LayerNormalization(x, gain, bias, 1e-6f, mean, deviation, y));
            yield return ($"layer norm backward {shape}", $"lnb {n} {c} {s}", () => d.LayerNormalizationBackward(dy, x, gain, mean, deviation, new(dx, false), new(dGain, false), new(dBias, false)));
        }
        foreach ((int kernel, int stride, int padding) in new[] { (2, 2, 0), (3, 2, 1) })
        {
            View x = Of(d, 1, 32, 64, 32, 32), dx = Of(d, 2, 32, 64, 32, 32), y = Of(d, 3, 32, 64, 16, 16);
            var windows = PoolGeometry.Square(kernel, stride, padding);
            yield return ($"max pool {kernel}x{kernel} 32x64x32x32", $"mp {kernel} {stride} {padding}", () => d.Pool(PoolKind.Max, windows, x, y));
            yield return ($"max pool backward {kernel}x{kernel} 32x64x32x32", $"mpb {kernel} {stride} {padding}", () => d.PoolBackward(PoolKind.Max, windows, y, x, dx, false));
        }
        {
            View x = Of(d, 1, 4096, 65), y = Of(d, 2, 4096, 65), dy = Of(d, 3, 4096, 65), dx = Of(d, 4, 4096, 65);
            yield return ("softmax 4096x65", "sm 4096 65 1", () => d.Softmax(x, y, false));
            yield return ("softmax backward 4096x65", "smb 4096 65 1", () => d.SoftmaxBackward(dy, y, dx, false, false));
        }
        {
            View x = Of(d, 1, 1 << 20), y = Of(d, 2, 1 << 20), z = Of(d, 3, 1 << 20);
            yield return ("gelu 1M", "gelu 1 1 1", () => d.Map(new GeluOp(), x, y));
            yield return ("add 1M", "add 1 1 1", () => d.Zip(new AddOp(), x, y, z));
        }
    }

    private static View Of(Device device, int seed, params int[] sizes)
    {
        Layout layout = Layout.RowMajor(sizes);
        DeviceBuffer<float> buffer = device.Allocate<float>(layout.Count);
        var random = new Random(seed);
        foreach (ref float element in buffer.HostSpan)
            element = random.NextSingle() * 2 - 1;
        return new View(buffer, layout);
    }
}
