using MatrixProduct = Engram.Kernels.Cpu.Gemm;

namespace Engram.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice
{
    public override void Gemm(in View a, in View b, in View c, float alpha, float beta, View? bias) =>
        Product(a, b, c, alpha, beta, bias, default(IdentityOp));

    public override void Gemm<TOp>(in View a, in View b, in View c, float alpha, float beta, View? bias, in TOp activation) =>
        Product(a, b, c, alpha, beta, bias, activation);

    private void Product<TOp>(in View a, in View b, in View c, float alpha, float beta, in View? bias, in TOp activation) where TOp : struct, IUnaryOp
    {
        // spans once: a product of a layer can be over in a hundred nanoseconds
        ReadOnlySpan<int> sizesA = a.Layout.Sizes, sizesB = b.Layout.Sizes, sizesC = c.Layout.Sizes;
        ReadOnlySpan<int> stridesA = a.Layout.Strides, stridesB = b.Layout.Strides, stridesC = c.Layout.Strides;
        int rank = sizesC.Length, row = rank - 2, column = rank - 1;
        if (rank is not (2 or 3) || sizesA.Length != rank || sizesB.Length != rank)
            throw new ArgumentException($"gemm: expected three matrices or three batches of matrices, got a {a.Layout}, b {b.Layout}, c {c.Layout}");
        int m = sizesC[row], n = sizesC[column], k = sizesA[column];
        if (sizesA[row] != m || sizesB[row] != k || sizesB[column] != n)
            throw new ArgumentException($"gemm: a {a.Layout} · b {b.Layout} does not make c {c.Layout}");
        if (n > 1 && stridesC[column] != 1)
            throw new ArgumentException($"gemm: the columns of c {c.Layout} must be contiguous; write to a contiguous tensor and copy");
        var args = new GemmArgs
        {
            M = m,
            N = n,
            K = k,
            Alpha = alpha,
            Beta = beta,
            A = At(a),
            RowStrideA = stridesA[row],
            ColStrideA = stridesA[column],
            B = At(b),
            RowStrideB = stridesB[row],
            ColStrideB = stridesB[column],
            C = At(c),
            RowStrideC = m == 1 ? n : stridesC[row],
            Bias = bias is { } vector ? Vector("gemm", "the bias", vector, n) : null,
        };
        if (rank == 2)
        {
            Product(args, activation);
            return;
        }
        int batch = sizesC[0];
        if (sizesA[0] != batch || sizesB[0] != batch)
            throw new ArgumentException($"gemm: batch sizes differ: a {a.Layout}, b {b.Layout}, c {c.Layout}");
        var body = new BatchBody<TOp>
        {
            Args = args,
            StrideA = stridesA[0],
            StrideB = stridesB[0],
            StrideC = stridesC[0],
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
