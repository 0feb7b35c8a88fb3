namespace Engram.Kernels.Cpu;

/// <summary>One matrix product as a loop over rectangles of C.</summary>
internal readonly unsafe struct GemmBody<TRung, TLane, TEpilogue>(
    in GemmArgs args, in GemmTask task, in TEpilogue epilogue, int gridRows, int gridColumns) : IChunkBody
    where TRung : struct, IGemmRung
    where TLane : struct, ILane<TLane>
    where TEpilogue : struct, IEpilogue
{
    private readonly GemmArgs args = args;
    private readonly GemmTask task = task;
    private readonly TEpilogue epilogue = epilogue;

    public void Execute(int chunk)
    {
        var (m0, m1) = WorkSplitter.SplitRange(args.M, gridRows, chunk / gridColumns, TRung.MaxRows);
        var (n0, n1) = WorkSplitter.SplitRange(args.N, gridColumns, chunk % gridColumns, 2 * TRung.Lanes);
        Rectangle(args, task, epilogue, m0, m1, n0, n1);
    }

    /// <summary>Rows m0 … m1, columns n0 … n1 of C.</summary>
    public static void Rectangle(in GemmArgs args, in GemmTask task, in TEpilogue epilogue, nint m0, nint m1, nint n0, nint n1)
    {
        switch (task.Route)
        {
            case GemmRoute.Tall:
                GemmDirect<TRung, TLane>.Tall(args, m0, m1, n0, n1);
                break;
            case GemmRoute.Wide:
                GemmDirect<TRung, TLane>.Wide(args, task.Plan.NearK, m0, m1, n0, n1);
                break;
            case GemmRoute.Dots:
                GemmDirect<TRung, TLane>.Dots(args, m0, m1, n0, n1);
                break;
            case GemmRoute.Vector:
                GemmVector<TLane>.Row(args, n0, n1);
                break;
            case GemmRoute.RankOne:
                GemmVector<TLane>.RankOne(args, m0, m1, n0, n1);
                break;
            case GemmRoute.Swapped:
                GemmNest<TRung, TLane>.Swapped(args, m0, m1, n0, n1);
                break;
            default:
                // finishes each block while it is in cache
                GemmNest<TRung, TLane>.Blocks(args, task, epilogue, m0, m1, n0, n1);
                return;
        }

        GemmFinish.Apply(args, epilogue, m0, m1, n0, n1);
    }
}
