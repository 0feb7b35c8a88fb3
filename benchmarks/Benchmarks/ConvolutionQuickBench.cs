using Engram.Kernels;
using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Benchmarks;

/// <summary>
/// The convolutions of ResNet-18 on 32x32 images, widths 20 and 64: forward, gradient of the image (dX), gradient of the weights (dW). A few
/// images of every shape are verified against the double-precision twin first, then ours and PyTorch (--torch) take turns and medians are
/// printed. Options: --threads N, --rounds N, --batch 10,32, --width 20|64, --match TEXT, --kind forward|data|weight, --torch,
/// --clock wall|cpu (the latter with one thread), and figures of the plan to try: --kc.
/// </summary>
internal static unsafe class ConvolutionQuickBench
{
    private const double SampleSeconds = 0.01;

    private static bool ownTime;

    public static int Run(string[] args)
    {
        var threads = Options.Number(args, "--threads", 1);
        var rounds = Options.Number(args, "--rounds", 9);
        var match = (Options.Text(args, "--match") ?? "");
        var only = (Options.Text(args, "--kind") ?? "");
        var width = Options.Number(args, "--width", 0);
        ownTime = Options.Text(args, "--clock") == "cpu";
        var plan = GemmPlan.Native;
        plan = plan with { BlockK = Options.Number(args, "--kc", plan.BlockK) };
        using var splitter = new WorkSplitter(threads);
        using var peer = args.Contains("--torch") ? new PythonPeer("torch_conv.py", threads, "SkylakeX") : null;
        Console.WriteLine($"rung: {plan.Rung}; threads: {threads}");
        Console.WriteLine($"{"layer",-34} {"kind",-8} {"ours ms",9} {"GFLOP/s",8} {"torch",8} {"ratio",6}");
        double oursTotal = 0, peerTotal = 0;
        foreach (var batch in (Options.Text(args, "--batch") ?? "10,32").Split(',').Select(int.Parse))
        {
            foreach (var shape in new[] { 20, 64 }.Where(w => width == 0 || w == width).SelectMany(w => Layers(batch, w)))
            {
                var name = $"{Name(shape)}, batch {batch}";
                if (!name.Contains(match, StringComparison.Ordinal))
                    continue;
                foreach (var kind in new[] { "forward", "data", "weight" }.Where(k => only.Length == 0 || k == only))
                {
                    if (!Verified(plan, shape with { Batch = Math.Min(2, shape.Batch) }, kind, splitter))
                    {
                        Console.WriteLine($"{name,-34} {kind,-8} WRONG");
                        return 1;
                    }

                    var (ours, torch) = Measure(plan, shape, kind, splitter, peer, rounds);
                    var work = 2.0 * shape.Batch * shape.OutputHeight * shape.OutputWidth * shape.Outputs * shape.GroupChannels * shape.Taps / 1e9;
                    oursTotal += ours;
                    peerTotal += torch;
                    var peerText = peer is null ? "-" : (work / torch).ToString("f1");
                    Console.WriteLine($"{name,-34} {kind,-8} {ours * 1e3,9:f3} {work / ours,8:f1} {peerText,8} {(peer is null ? "-" : (torch / ours).ToString("f2")),6}");
                }
            }
        }

        Console.WriteLine($"sum: ours {oursTotal * 1e3:f1} ms{(peer is null ? "" : $", PyTorch {peerTotal * 1e3:f1} ms, ratio {peerTotal / oursTotal:f2}")}");
        return 0;
    }

    private static IEnumerable<ConvolutionShape> Layers(int batch, int width)
    {
        yield return Of(batch, 3, 32, width, 3, 1);
        yield return Of(batch, width, 32, width, 3, 1);
        for (int channels = width, size = 32; size > 4; channels *= 2, size /= 2)
        {
            yield return Of(batch, channels, size, 2 * channels, 3, 2);
            yield return Of(batch, channels, size, 2 * channels, 1, 2);
            yield return Of(batch, 2 * channels, size / 2, 2 * channels, 3, 1);
        }
    }

    private static ConvolutionShape Of(int batch, int channels, int size, int outputs, int kernel, int stride) =>
        new(batch, channels, size, size, outputs, kernel, kernel, ConvolutionGeometry.Square(stride, kernel / 2));

    private static string Name(in ConvolutionShape s) =>
        $"{s.Channels}->{s.Outputs} {s.KernelHeight}x{s.KernelWidth} s{s.Geometry.StrideHeight} {s.Height}x{s.Width}";

    private static (double Ours, double Torch) Measure(GemmPlan plan, ConvolutionShape shape, string kind, WorkSplitter splitter, PythonPeer? peer, int rounds)
    {
        using var operands = new Operands(shape);
        var once = Math.Min(Time(plan, operands, kind, splitter, 1), Time(plan, operands, kind, splitter, 1));
        var repeats = (int)Math.Clamp(SampleSeconds / once, 1, 1000);
        double[] ours = new double[rounds], torch = new double[rounds];
        for (var round = 0; round < rounds; round++)
        {
            ours[round] = Time(plan, operands, kind, splitter, repeats) / repeats;
            if (peer is not null)
            {
                torch[round] = peer.Ask(
                    $"{kind} {shape.Batch} {shape.Channels} {shape.Outputs} {shape.Height} {shape.KernelHeight} {shape.Geometry.StrideHeight} {shape.Geometry.PaddingHeight} {shape.Geometry.Groups} {repeats} {(ownTime ? 1 : 0)}")[0];
            }
        }

        return (Options.Median(ours), Options.Median(torch));
    }

    private static double Time(GemmPlan plan, Operands o, string kind, WorkSplitter splitter, int repeats)
    {
        var start = ThreadClock.Now(ownTime);
        for (var i = 0; i < repeats; i++)
        {
            Call(plan, o, kind, o.Result(kind), splitter);
        }

        return ThreadClock.Now(ownTime) - start;
    }

    private static void Call(GemmPlan plan, Operands o, string kind, float* to, WorkSplitter splitter)
    {
        switch (kind)
        {
            case "forward": Convolution.Forward(plan, o.Shape, o.X, o.Weight, null, to, splitter); break;
            case "data": Convolution.BackwardData(plan, o.Shape, o.Y, o.Weight, to, false, splitter); break;
            default: Convolution.BackwardWeight(plan, o.Shape, o.Y, o.X, to, false, splitter); break;
        }
    }

    private static bool Verified(GemmPlan plan, ConvolutionShape shape, string kind, WorkSplitter splitter)
    {
        // the twin takes a nanosecond per product: large layers are checked on a part of their outputs
        if (shape.Channels > 64)
            shape = shape with { Batch = 1, Outputs = Math.Min(shape.Outputs, 112) };
        using var o = new Operands(shape);
        using var expected = new Operands(shape);
        var to = expected.Result(kind);
        Call(plan, o, kind, o.Result(kind), splitter);
        switch (kind)
        {
            case "forward": ConvolutionReference.Forward(shape, expected.X, expected.Weight, null, to); break;
            case "data": ConvolutionReference.BackwardData(shape, expected.Y, expected.Weight, to, false); break;
            default: ConvolutionReference.BackwardWeight(shape, expected.Y, expected.X, to, false); break;
        }

        var got = o.Result(kind);
        var terms = kind == "weight" ? shape.OutputHeight * shape.OutputWidth * shape.Batch : shape.Taps * Math.Max(shape.Channels, shape.Outputs);
        for (var i = 0; i < o.Count(kind); i++)
        {
            if (!(Math.Abs(got[i] - to[i]) < 1e-5 * Math.Sqrt(terms)))
                return false;
        }

        return true;
    }

    // all numbers of a shape, the same for every instance
    private sealed class Operands : IDisposable
    {
        private readonly int countX, countWeight, countY;

        public Operands(in ConvolutionShape shape)
        {
            Shape = shape;
            countX = shape.Batch * shape.Channels * shape.Height * shape.Width;
            countWeight = shape.Outputs * shape.GroupChannels * shape.Taps;
            countY = shape.Batch * shape.Outputs * shape.OutputHeight * shape.OutputWidth;
            X = Fill(1, countX);
            Weight = Fill(2, countWeight);
            Y = Fill(3, countY);
        }

        public ConvolutionShape Shape { get; }

        public float* X { get; }

        public float* Weight { get; }

        public float* Y { get; }

        // results go where no operand of the kind lies
        public float* Result(string kind) => kind switch { "forward" => Y, "data" => X, _ => Weight };

        public int Count(string kind) => kind switch { "forward" => countY, "data" => countX, _ => countWeight };

        public void Dispose()
        {
            AlignedMemory.Free(X);
            AlignedMemory.Free(Weight);
            AlignedMemory.Free(Y);
        }

        private static float* Fill(int seed, int count)
        {
            var random = new Random(seed);
            var block = (float*)AlignedMemory.Allocate((nuint)count * sizeof(float));
            for (var i = 0; i < count; i++)
            {
                block[i] = random.NextSingle() * 2 - 1;
            }

            return block;
        }
    }
}
