using MatrixProduct = Engram.Kernels.Cpu.Gemm;

namespace Engram.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice
{
    public override void Gemm<TOp>(in View a, in View b, in View c, float alpha, float beta, View? bias, in TOp activation)
    {
        int rank = c.Layout.Rank;
        if (rank is not (2 or 3) || a.Layout.Rank != rank || b.Layout.Rank != rank)
            throw new ArgumentException($"gemm: expected three matrices or three batches of matrices, got a {a.Layout}, b {b.Layout}, c {c.Layout}");
        int m = c.Layout.Size(-2), n = c.Layout.Size(-1), k = a.Layout.Size(-1);
        if (a.Layout.Size(-2) != m || b.Layout.Size(-2) != k || b.Layout.Size(-1) != n)
            throw new ArgumentException($"gemm: a {a.Layout} · b {b.Layout} does not make c {c.Layout}");
        if (n > 1 && c.Layout.Stride(-1) != 1)
            throw new ArgumentException($"gemm: the columns of c {c.Layout} must be contiguous; write to a contiguous tensor and copy");
        var args = new GemmArgs
        {
            M = m,
            N = n,
            K = k,
            Alpha = alpha,
            Beta = beta,
            A = At(a),
            RowStrideA = a.Layout.Stride(-2),
            ColStrideA = a.Layout.Stride(-1),
            B = At(b),
            RowStrideB = b.Layout.Stride(-2),
            ColStrideB = b.Layout.Stride(-1),
            C = At(c),
            RowStrideC = m == 1 ? n : c.Layout.Stride(-2),
            Bias = bias is { } vector ? Vector("gemm", "the bias", vector, n) : null,
        };
        if (rank == 2)
        {
            Product(args, activation);
            return;
        }
        int batch = c.Layout.Size(0);
        if (a.Layout.Size(0) != batch || b.Layout.Size(0) != batch)
            throw new ArgumentException($"gemm: batch sizes differ: a {a.Layout}, b {b.Layout}, c {c.Layout}");
        var body = new BatchBody<TOp>
        {
            Args = args,
            StrideA = a.Layout.Stride(0),
            StrideB = b.Layout.Stride(0),
            StrideC = c.Layout.Stride(0),
            Activation = activation,
            Splitter = _splitter,
        };
        // many products are shared out whole, a few are cut one after the other; the bits are the same
        if (batch >= 4 * _splitter.Threads)
        {
            _splitter.Run(batch, ref body);
            return;
        }
        for (int i = 0; i < batch; i++)
            body.Execute(i);
    }

    private void Product<TOp>(in GemmArgs args, in TOp activation) where TOp : struct, IUnaryOp => Product(args, activation, _splitter);

    private static void Product<TOp>(in GemmArgs args, in TOp activation, WorkSplitter splitter) where TOp : struct, IUnaryOp
    {
        if (typeof(TOp) == typeof(IdentityOp))
            MatrixProduct.Run(args, splitter);
        else
            MatrixProduct.Run(args, splitter, new ActivationEpilogue<TOp> { Op = activation });
    }

    private struct BatchBody<TOp> : IChunkBody where TOp : struct, IUnaryOp
    {
        public GemmArgs Args;
        public nint StrideA, StrideB, StrideC;
        public TOp Activation;
        public WorkSplitter Splitter;

        public readonly void Execute(int chunk)
        {
            GemmArgs args = Args;
            args.A += chunk * StrideA;
            args.B += chunk * StrideB;
            args.C += chunk * StrideC;
            Product(args, Activation, Splitter);
        }
    }

    private struct ActivationEpilogue<TOp> : IEpilogue where TOp : struct, IUnaryOp
    {
        public TOp Op;

        public static bool IsIdentity => false;

        public readonly void Apply(float* row, int count) => ElementwiseMap.Run(Op, row, row, count);
    }
}
