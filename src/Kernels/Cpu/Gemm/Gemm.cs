namespace Engram.Kernels.Cpu;

/// <summary>
/// Matrix product in float32, C = act(alpha · A · B + beta · C + bias), for any strides of A and B.
/// Three rings: micro-kernels per vector width (<see cref="GemmRung"/>), portable loop nests, and one table (<see cref="GemmPlan"/>).
/// The order of additions of an element follows from the shape: the number of threads cannot change a bit.
/// Nothing is allocated on the managed heap.
/// </summary>
public static unsafe class Gemm
{
    /// <summary>C = alpha · A · B + beta · C + bias.</summary>
    /// <param name="args">Operands and sizes.</param>
    /// <param name="splitter">Threads to use.</param>
    /// <exception cref="ArgumentException">A size is negative, or rows of C overlap.</exception>
    public static void Run(in GemmArgs args, WorkSplitter splitter) => RunWith(GemmPlan.Native, args, splitter, default(NoEpilogue));

    /// <summary>C = epilogue(alpha · A · B + beta · C + bias).</summary>
    /// <typeparam name="TEpilogue">The epilogue.</typeparam>
    /// <param name="args">Operands and sizes.</param>
    /// <param name="splitter">Threads to use.</param>
    /// <param name="epilogue">Applied to every finished element once.</param>
    /// <exception cref="ArgumentException">A size is negative, or rows of C overlap.</exception>
    public static void Run<TEpilogue>(in GemmArgs args, WorkSplitter splitter, in TEpilogue epilogue)
        where TEpilogue : struct, IEpilogue => RunWith(GemmPlan.Native, args, splitter, epilogue);

    /// <summary>The same with a given plan, such as that of a rung which the machine has not: it then runs in software.</summary>
    /// <typeparam name="TEpilogue">The epilogue.</typeparam>
    /// <param name="plan">Rung and block sizes.</param>
    /// <param name="args">Operands and sizes.</param>
    /// <param name="splitter">Threads to use.</param>
    /// <param name="epilogue">Applied to every finished element once.</param>
    /// <exception cref="ArgumentException">A size is negative, or rows of C overlap.</exception>
    public static void RunWith<TEpilogue>(GemmPlan plan, in GemmArgs args, WorkSplitter splitter, in TEpilogue epilogue)
        where TEpilogue : struct, IEpilogue
    {
        Check(args);
        if (args.M == 0 || args.N == 0)
            return;
        if (args.K == 0 || args.Alpha == 0)
        {
            GemmFinish.Scale(args);
            GemmFinish.Apply(args, epilogue, 0, args.M, 0, args.N);
            return;
        }

        if (args.N == 1 && args.M > 1 && args.RowStrideA == 1 && args.RowStrideC == 1 && args.Bias == null)
            Choose(plan, Turned(args), splitter, epilogue);
        else
            Choose(plan, args, splitter, epilogue);
    }

    private static void Choose<TEpilogue>(GemmPlan plan, in GemmArgs g, WorkSplitter splitter, in TEpilogue epilogue)
        where TEpilogue : struct, IEpilogue
    {
        switch (plan.Rung)
        {
            case GemmRung.Bits512:
                Split<GemmRung512, Lane16, TEpilogue>(plan, g, splitter, epilogue);
                break;
            case GemmRung.Bits256:
                Split<GemmRung256, Lane8, TEpilogue>(plan, g, splitter, epilogue);
                break;
            default:
                Split<GemmRung128, Lane4, TEpilogue>(plan, g, splitter, epilogue);
                break;
        }
    }

    private static void Split<TRung, TLane, TEpilogue>(GemmPlan plan, in GemmArgs g, WorkSplitter splitter, in TEpilogue epilogue)
        where TRung : struct, IGemmRung
        where TLane : struct, ILane<TLane>
        where TEpilogue : struct, IEpilogue
    {
        var task = GemmTask.Choose(g, plan, TRung.Lanes);
        var (rows, columns) = (1, 1);
        if (splitter.Threads > 1)
            (rows, columns) = task.Grid(g, splitter.Threads, TRung.MaxRows, 2 * TRung.Lanes);
        if (rows * columns == 1)
        {
            GemmBody<TRung, TLane, TEpilogue>.Rectangle(g, task, epilogue, 0, g.M, 0, g.N);
            return;
        }

        var body = new GemmBody<TRung, TLane, TEpilogue>(g, task, epilogue, rows, columns);
        splitter.Run(rows * columns, ref body);
    }

    // a matrix times a vector, with the matrix stored by columns, is a vector times a matrix stored by rows
    private static GemmArgs Turned(in GemmArgs args)
    {
        var g = args;
        (g.M, g.N) = (1, args.M);
        g.A = args.B;
        g.B = args.A;
        (g.ColStrideA, g.RowStrideA) = (args.RowStrideB, args.RowStrideB);
        (g.RowStrideB, g.ColStrideB) = (args.ColStrideA, args.RowStrideA);
        g.RowStrideC = g.N;
        return g;
    }

    private static void Check(in GemmArgs g)
    {
        if (g.M < 0 || g.N < 0 || g.K < 0)
            throw new ArgumentException($"gemm: expected sizes of zero or more, got m = {g.M}, n = {g.N}, k = {g.K}.", nameof(g));
        if (g.M > 1 && g.RowStrideC < g.N)
        {
            throw new ArgumentException(
                $"gemm: rows of C [{g.M}, {g.N}] overlap: its row stride is {g.RowStrideC}, expected at least {g.N}.", nameof(g));
        }
    }
}
