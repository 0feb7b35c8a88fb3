namespace Engram.Kernels.Cpu;

/// <summary>One matrix product as a loop over rectangles of C.</summary>
internal readonly unsafe struct GemmBody<TRung, TEpilogue>(
    in GemmArgs args, in GemmTask task, in TEpilogue epilogue, int gridRows, int gridColumns) : IChunkBody
    where TRung : struct, IGemmRung
    where TEpilogue : struct, IEpilogue
{
    private readonly GemmArgs args = args;
    private readonly GemmTask task = task;
    private readonly TEpilogue epilogue = epilogue;

    public void Execute(int chunk)
    {
        var (m0, m1) = WorkSplitter.SplitRange(args.M, gridRows, chunk / gridColumns, TRung.MaxRows);
        var (n0, n1) = WorkSplitter.SplitRange(args.N, gridColumns, chunk % gridColumns, 2 * TRung.Lanes);
        switch (task.Route)
        {
            case GemmRoute.Dots:
                GemmNest<TRung>.Dots(args, m0, m1, n0, n1);
                GemmFinish.Apply(args, epilogue, m0, m1, n0, n1);
                break;
            case GemmRoute.Swapped:
                GemmNest<TRung>.Swapped(args, m0, m1, n0, n1);
                GemmFinish.Apply(args, epilogue, m0, m1, n0, n1);
                break;
            default:
                GemmNest<TRung>.Blocks(args, task, epilogue, m0, m1, n0, n1);
                break;
        }
    }
}
