using System.Diagnostics;
using System.Runtime.InteropServices;
using Engram.Kernels;
using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Benchmarks;

/// <summary>
/// sgemm against OpenBLAS and oneDNN in one process: every shape is verified against the double-precision reference first, then the
/// contenders take turns and the median of each is printed. Options: --threads N, --rounds N, --rung 128|256|512, --only large|small,
/// --clock wall|cpu, --match TEXT for the shapes whose name contains it,
/// and figures of the plan to try: --mc, --nc, --kc, --pack-rows, --pack-columns, --swap-rows, --pack-both-rows.
/// </summary>
internal static unsafe class GemmQuickBench
{
    private const double SampleSeconds = 0.004;

    private sealed record Shape(string Name, int M, int N, int K, bool TransA, bool TransB, float Beta);

    private delegate void Contender(in GemmArgs args);

    private static bool threadClock;

    public static int Run(string[] args)
    {
        threadClock = Option(args, "--clock", "wall") == "cpu";
        var threads = int.Parse(Option(args, "--threads", "1"));
        var rounds = int.Parse(Option(args, "--rounds", "15"));
        var only = Option(args, "--only", "");
        var match = Option(args, "--match", "");
        var plan = Option(args, "--rung", "") switch
        {
            "" => GemmPlan.Native,
            var bits => GemmPlan.For(Enum.Parse<GemmRung>("Bits" + bits)),
        };
        plan = plan with
        {
            BlockM = int.Parse(Option(args, "--mc", $"{plan.BlockM}")),
            BlockN = int.Parse(Option(args, "--nc", $"{plan.BlockN}")),
            BlockK = int.Parse(Option(args, "--kc", $"{plan.BlockK}")),
            PackRows = int.Parse(Option(args, "--pack-rows", $"{plan.PackRows}")),
            PackColumns = int.Parse(Option(args, "--pack-columns", $"{plan.PackColumns}")),
            SwapRows = int.Parse(Option(args, "--swap-rows", $"{plan.SwapRows}")),
            PackBothRows = int.Parse(Option(args, "--pack-both-rows", $"{plan.PackBothRows}")),
        };
        using var splitter = new WorkSplitter(threads);
        Console.WriteLine($"cpu: {CpuModel()}; rung: {plan.Rung}; threads: {threads}; OpenBLAS core: {GemmPeers.OpenBlasCore}; oneDNN: {(GemmPeers.HasDnnl ? "present" : "absent")}");
        Console.WriteLine($"{"shape",-34} {"ours us",10} {"GFLOP/s",8} {"OpenBLAS",9} {"oneDNN",8} {"ratio",6}");
        var wrong = 0;
        foreach (var shape in Shapes(only).Where(s => s.Name.Contains(match, StringComparison.Ordinal)))
        {
            wrong += Measure(shape, plan, splitter, rounds) ? 0 : 1;
        }

        return wrong == 0 ? 0 : 1;
    }

    private static IEnumerable<Shape> Shapes(string only)
    {
        if (only != "small")
        {
            foreach (var size in new[] { 512, 768, 1024 })
            {
                yield return new($"square {size}", size, size, size, false, false, 0);
            }
        }

        if (only == "large")
            yield break;
        foreach (var batch in new[] { 1, 10, 20, 32, 64, 128 })
        {
            foreach (var (inputs, outputs) in new[] { (784, 256), (256, 256), (784, 100), (100, 100), (256, 10), (100, 10) })
            {
                yield return new($"forward {batch}x{inputs} -> {outputs}", batch, outputs, inputs, false, true, 0);
                yield return new($"dx      {batch}x{outputs} -> {inputs}", batch, inputs, outputs, false, false, 0);
                yield return new($"dw      {outputs}x{inputs}, batch {batch}", outputs, inputs, batch, true, false, 0);
            }
        }
    }

    private static bool Measure(Shape s, GemmPlan plan, WorkSplitter splitter, int rounds)
    {
        var random = new Random(1);
        var a = Fill(random, s.M * s.K);
        var b = Fill(random, s.K * s.N);
        var c = Fill(random, s.M * s.N);
        var g = new GemmArgs
        {
            M = s.M, N = s.N, K = s.K, Alpha = 1, Beta = s.Beta,
            A = a, RowStrideA = s.TransA ? 1 : s.K, ColStrideA = s.TransA ? s.M : 1,
            B = b, RowStrideB = s.TransB ? 1 : s.N, ColStrideB = s.TransB ? s.K : 1,
            C = c, RowStrideC = s.N,
        };
        var contenders = new List<Contender> { (in GemmArgs x) => Gemm.RunWith(plan, x, splitter, default(NoEpilogue)) };
        if (GemmPeers.HasOpenBlas)
            contenders.Add(GemmPeers.OpenBlas);
        if (GemmPeers.HasDnnl)
            contenders.Add(GemmPeers.OneDnn);
        try
        {
            for (var i = 0; i < contenders.Count; i++)
            {
                contenders[i](g);
                if (Error(g) is var error && !(error < 1e-5 * Math.Sqrt(s.K)))
                {
                    Console.WriteLine($"{s.Name,-34} WRONG: contender {i} is off by {error:g3}");
                    return false;
                }
            }

            var repeats = contenders.Select(x => Repeats(x, g)).ToArray();
            var times = contenders.Select(_ => new double[rounds]).ToArray();
            for (var round = 0; round < rounds; round++)
            {
                for (var i = 0; i < contenders.Count; i++)
                {
                    times[i][round] = Time(contenders[i], g, repeats[i]) / repeats[i];
                }
            }

            var work = 2.0 * s.M * s.N * s.K;
            var medians = times.Select(Median).ToArray();
            string Rate(bool present, int index) => present ? (work / medians[index] / 1e9).ToString("f1") : "-";
            var ratio = medians.Length > 1 ? (medians.Skip(1).Min() / medians[0]).ToString("f2") : "-";
            Console.WriteLine(
                $"{s.Name,-34} {medians[0] * 1e6,10:f2} {Rate(true, 0),8} {Rate(GemmPeers.HasOpenBlas, 1),9} {Rate(GemmPeers.HasDnnl, medians.Length - 1),8} {ratio,6}");
            return true;
        }
        finally
        {
            AlignedMemory.Free(a);
            AlignedMemory.Free(b);
            AlignedMemory.Free(c);
        }
    }

    // largest error over the first, the last and some rows between; elements are of order sqrt(k)
    private static double Error(in GemmArgs g)
    {
        var row = Fill(new Random(2), g.N);
        var worst = 0.0;
        for (var step = 0; step < Math.Min(g.M, 16); step++)
        {
            var i = g.M <= 16 ? step : (int)((long)step * (g.M - 1) / 15);
            var one = g;
            one.M = 1;
            one.A = g.A + i * g.RowStrideA;
            one.C = row;
            ReferenceGemm.Run(one);
            for (var j = 0; j < g.N; j++)
            {
                var error = Math.Abs((double)row[j] - g.C[i * g.RowStrideC + j]);
                worst = error > worst || double.IsNaN(error) ? error : worst;
            }
        }

        AlignedMemory.Free(row);
        return worst;
    }

    private static float* Fill(Random random, int count)
    {
        var block = (float*)AlignedMemory.Allocate((nuint)count * sizeof(float));
        for (var i = 0; i < count; i++)
        {
            block[i] = random.NextSingle() * 2 - 1;
        }

        return block;
    }

    private static int Repeats(Contender contender, in GemmArgs g)
    {
        var once = Math.Min(Time(contender, g, 1), Time(contender, g, 1));
        return (int)Math.Clamp(SampleSeconds / once, 1, 20000);
    }

    private static double Time(Contender contender, in GemmArgs g, int repeats)
    {
        var start = Now();
        for (var i = 0; i < repeats; i++)
        {
            contender(g);
        }

        return Now() - start;
    }

    // seconds of this thread's own time with --clock cpu, which other work on the machine disturbs less; of the wall otherwise
    private static double Now()
    {
        if (!threadClock)
            return Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        const int ThreadCpuTime = 3; // Linux
        long* time = stackalloc long[2];
        if (ClockGetTime(ThreadCpuTime, time) != 0)
            throw new PlatformNotSupportedException("--clock cpu needs Linux.");
        return time[0] + time[1] * 1e-9;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int ClockGetTime(int clock, long* time);

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    private static string Option(string[] args, string name, string otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
    }

    private static string CpuModel()
    {
        const string Info = "/proc/cpuinfo";
        if (!File.Exists(Info))
            return "unknown";
        var lines = File.ReadLines(Info).ToList();
        return string.Join(", ", new[] { "model name", "cpu family", "model\t" }
            .Select(key => lines.FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))?.Split(':')[^1].Trim())
            .Where(value => value is not null));
    }
}
