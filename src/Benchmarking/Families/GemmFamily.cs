using Engram.Kernels;
using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Benchmarking.Families;

/// <summary>Matrix products: squares, the products of linear layers, of the Mixer, of convolutions as im2col, and odd sizes.</summary>
/// <param name="plan">Rung and block sizes to try on the CPU in place of this machine's own; null for the device's product.</param>
public sealed unsafe class GemmFamily(GemmPlan? plan = null) : IWorkloadFamily
{
    /// <summary>Rows of a product that are compared with the twin: as many as this many multiply-adds allow, two at least.</summary>
    private const double CheckedMultiplies = 1 << 24;

    /// <inheritdoc/>
    public string Name => "gemm";

    /// <inheritdoc/>
    public string Description => "matrix products: squares, linear layers, the Mixer, convolutions as im2col, odd sizes";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases() => GemmShape.All.Select(shape => new WorkloadCase(shape.Name, workspace => Create(shape, workspace), shape.Quick));

    private Workload Create(GemmShape s, Workspace workspace)
    {
        // stored row-major as they are, read as [batch?, m, k] and [batch?, k, n]
        View a = Operand(workspace, 1, s.Batch, s.M, s.K, s.TransA), b = Operand(workspace, 2, s.Batch, s.K, s.N, s.TransB);
        View c = s.Batch > 1 ? workspace.Empty(s.Batch, s.M, s.N) : workspace.Empty(s.M, s.N);
        Device device = workspace.Device;
        GemmArgs args = Args(s, a, b, c);
        bool onHost = args.A != null;
        double products = s.Batch;
        return new Workload
        {
            Run = plan is null ? () => device.Gemm(a, b, c, 1, 0, null) : WithPlan(plan, args, s, workspace),
            Check = () => Compare(s, workspace, a, b, c),
            Flops = 2 * products * s.M * s.N * s.K,
            BytesRead = 4 * products * ((double)s.M * s.K + (double)s.K * s.N),
            BytesWritten = 4 * products * s.M * s.N,
            Outputs = [c],
            Rungs = !onHost ? [] : plan is not null ? [new("own plan", "", () => device.Gemm(a, b, c, 1, 0, null))] :
            [
                new("reference", "", () => ForBatch(s, args, (in GemmArgs one) => ReferenceGemm.Run(one))),
                new("naive", "", () => ForBatch(s, args, (in GemmArgs one) => Naive(one))),
            ],
            Python = onHost ? [] : [new PythonRequest("torch_products.py", FormattableString.Invariant($"{s.Batch} {s.M} {s.N} {s.K} {(s.TransA ? 1 : 0)} {(s.TransB ? 1 : 0)}"))],
            Peers = onHost ? [.. workspace.Peers.Sgemm(args).Select(peer => s.Batch == 1 ? peer : Batched(peer, s, args, workspace.Peers))] : [.. workspace.Peers.DeviceProduct(a, b, c)],
        };
    }

    private static View Operand(Workspace workspace, int seed, int batch, int rows, int columns, bool transposed)
    {
        (int outer, int inner) = transposed ? (columns, rows) : (rows, columns);
        View stored = batch > 1 ? workspace.Uniform(seed, batch, outer, inner) : workspace.Uniform(seed, outer, inner);
        return transposed ? stored.With(stored.Layout.Transpose(-2, -1)) : stored;
    }

    private static GemmArgs Args(GemmShape s, in View a, in View b, in View c) => new()
    {
        M = s.M,
        N = s.N,
        K = s.K,
        Alpha = 1,
        A = Workspace.Address(a),
        RowStrideA = a.Layout.Stride(-2),
        ColStrideA = a.Layout.Stride(-1),
        B = Workspace.Address(b),
        RowStrideB = b.Layout.Stride(-2),
        ColStrideB = b.Layout.Stride(-1),
        C = Workspace.Address(c),
        RowStrideC = s.N,
    };

    private static Action WithPlan(GemmPlan plan, GemmArgs args, GemmShape s, Workspace workspace)
    {
        WorkSplitter splitter = workspace.Keep(new WorkSplitter(workspace.Threads));
        return () => ForBatch(s, args, (in GemmArgs one) => Gemm.RunWith(plan, one, splitter, default(NoEpilogue)));
    }

    // libraries without a batched product get one call per matrix, as a user of them would write it
    private static Contender Batched(Contender peer, GemmShape s, GemmArgs args, PeerSet peers)
    {
        Action[] calls = [.. Enumerable.Range(0, s.Batch).Select(i => peers.Sgemm(At(s, args, i)).First(one => one.Name == peer.Name).Run)];
        return peer with
        {
            Run = () =>
            {
                foreach (Action call in calls)
                    call();
            },
        };
    }

    private static GemmArgs At(GemmShape s, GemmArgs args, int index)
    {
        args.A += (nint)index * s.M * s.K;
        args.B += (nint)index * s.K * s.N;
        args.C += (nint)index * s.M * s.N;
        return args;
    }

    private static void ForBatch(GemmShape s, GemmArgs args, ProductCall call)
    {
        for (int i = 0; i < s.Batch; i++)
            call(At(s, args, i));
    }

    // three loops, the inner one along the rows of b and c: what one writes first
    private static void Naive(in GemmArgs g)
    {
        for (nint i = 0; i < g.M; i++)
        {
            new Span<float>(g.C + i * g.RowStrideC, g.N).Clear();
            for (nint p = 0; p < g.K; p++)
            {
                float factor = g.A[i * g.RowStrideA + p * g.ColStrideA];
                for (nint j = 0; j < g.N; j++)
                    g.C[i * g.RowStrideC + j] += factor * g.B[p * g.RowStrideB + j * g.ColStrideB];
            }
        }
    }

    // some rows against the twin, the first and the last among them; an element of k products in [−1, 1] is of order √k
    private static Deviation Compare(GemmShape s, Workspace workspace, in View a, in View b, in View c)
    {
        float[] left = workspace.Host(Flat(a)), right = workspace.Host(Flat(b)), result = workspace.Host(c);
        float[] row = new float[s.N];
        int rows = s.M * s.Batch, count = (int)Math.Clamp(CheckedMultiplies / ((double)s.N * s.K), 2, 16);
        double worst = 0;
        fixed (float* pa = left, pb = right, pc = result, pr = row)
        {
            for (int step = 0; step < Math.Min(count, rows); step++)
            {
                int i = rows <= count ? step : (int)((long)step * (rows - 1) / (count - 1));
                GemmArgs one = Args(s, a, b, c);
                one.A = pa;
                one.B = pb;
                one.C = pc;
                one = At(s, one, i / s.M);
                one.A += i % s.M * one.RowStrideA;
                one.C = pr;
                one.M = 1;
                ReferenceGemm.Run(one);
                for (int j = 0; j < s.N; j++)
                {
                    double error = Math.Abs((double)row[j] - result[(nint)i * s.N + j]);
                    worst = error > worst || double.IsNaN(error) ? error : worst;
                }
            }
        }

        return new Deviation(worst, workspace.ProductTolerance(s.K));
    }

    // the stored elements in their own order
    private static View Flat(in View view) => view.With(Layout.RowMajor([view.Count], view.Layout.Offset));

    private delegate void ProductCall(in GemmArgs args);
}
