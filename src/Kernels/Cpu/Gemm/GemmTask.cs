namespace Engram.Kernels.Cpu;

/// <summary>How one product is worked: decided from shapes and strides alone, the same for every thread and every rectangle of C.</summary>
/// <param name="Plan">The machine's figures.</param>
/// <param name="Route">Which loop nest.</param>
/// <param name="PackA">Whether blocks of A are copied into kernel order.</param>
/// <param name="PackB">Whether blocks of B are copied into kernel order.</param>
/// <param name="RowsOuter">Whether tiles run along a row of C before the next rows: right where writing C is the work.</param>
/// <param name="Wide">Whether panels of B are as wide as the rung's widest tile and packed while tiles run: right from some columns on.</param>
/// <param name="DotColumns">So many last columns are dot products along k: a vector of their own would be mostly empty.</param>
internal readonly record struct GemmTask(GemmPlan Plan, GemmRoute Route, bool PackA, bool PackB, bool RowsOuter, bool Wide, int DotColumns = 0)
{
    // with fewer vectors along k the sums within them outweigh the empty places of a cut vector
    private const int DotVectors = 4;

    // below this depth a tile costs little more than its reads and writes of C, and copies of the operands never pay
    private const int ShallowK = 48;

    // so many elements of A stay in the first-level cache beside a panel of B
    private const int NearA = 8192;

    // so many elements of B do not stay in the second-level cache
    private const int FarB = 400_000;

    // rows this many bytes apart fall into one set of the first-level cache, and a tile's rows evict each other
    private const int AliasBytes = 4096;

    public static GemmTask Choose(in GemmArgs g, GemmPlan plan, int lanes)
    {
        var columnsLie = g.ColStrideB == 1;
        var depthLies = g.ColStrideA == 1 && g.RowStrideB == 1 && g.K >= lanes;
        if (depthLies && (!columnsLie || g.N == 1))
        {
            if (g.M < plan.SwapRows || g.N < plan.SwapColumns)
                return new GemmTask(plan, GemmRoute.Dots, false, false, false, false);
            // what is moved across: A and C here, B otherwise
            if ((nint)g.M * (g.K + g.N) <= 2 * (nint)g.N * g.K && g.M < plan.PackBothRows && g.K <= 4 * plan.DirectK && g.ColStrideB * sizeof(float) % (AliasBytes / 2) != 0)
                return new GemmTask(plan, GemmRoute.Swapped, false, false, false, false);
        }

        if (columnsLie && g.M == 1)
            return new GemmTask(plan, GemmRoute.Vector, false, false, false, false);
        if (columnsLie && g.K == 1 && g.N > 4 * lanes)
            return new GemmTask(plan, GemmRoute.RankOne, false, false, false, false);
        var deep = g.K > ShallowK;
        var packB = !columnsLie || (deep && g.M > PackedFrom(g, plan));
        var least = g.RowStrideA * sizeof(float) % AliasBytes == 0 ? plan.AliasColumns : plan.PackColumns;
        var packA = g.ColStrideA != 1 || (g.M > 1 && g.N >= least);
        // Aᵀ as it lies: for few columns a copy of A would be read too seldom to pay, and a small A is near anyway
        var thin = columnsLie && g.ColStrideA != 1 && (g.N <= plan.ThinColumns || (nint)g.M * g.K <= NearA);
        if (thin || (!packB && (!deep || g.M <= plan.LowRows)))
            return new GemmTask(plan, GemmRoute.Wide, false, false, false, false);
        if (!packB && g.K <= plan.DirectK && !packA)
            return new GemmTask(plan, GemmRoute.Tall, false, false, false, false);
        var wide = packB && deep && g.N >= plan.WideColumns;
        var over = g.N % lanes;
        var dots = g.ColStrideA == 1 && packB && !packA && g.N > lanes && over <= lanes / 4 && g.K >= DotVectors * lanes ? over : 0;
        return new GemmTask(plan, GemmRoute.Blocks, packA, packB, !deep, wide, dots);
    }

    // B from far is read once if it is packed and for every tile's rows if it is not
    private static int PackedFrom(in GemmArgs g, GemmPlan plan)
    {
        if ((nint)g.K * g.N < FarB)
            return plan.PackRows;
        return g.RowStrideB * sizeof(float) % (AliasBytes / 2) == 0 ? plan.FarAliasRows : plan.FarRows;
    }

    /// <summary>
    /// Into how many rows and columns of rectangles C is cut. The bits of an element do not depend on its rectangle, so this may look at
    /// the number of threads; one thread takes C whole and packs each operand once.
    /// </summary>
    public (int Rows, int Columns) Grid(in GemmArgs g, int threads, int tileRows, int tileColumns)
    {
        var work = 2.0 * g.M * g.N * g.K;
        // floating-point operations that outweigh a hand-over to a thread that spins; a vector's take twice as long
        var least = g.M == 1 || g.N == 1 ? 0.12e6 : 0.25e6;
        // a part more than threads evens out what the threads are given, and packs more; it takes some time of work to pay
        const double EvenedOut = 64e6;
        var parts = (int)Math.Min(work < EvenedOut ? threads : 2.0 * threads, work / least);
        if (parts <= 1)
            return (1, 1);
        // three parts for two threads would leave one idle
        if (parts < 2 * threads)
            parts = Math.Min(parts, threads);
        // every part packs its own operands: a transposed B costs most
        var weightA = PackA ? 4.0 : 1;
        var weightB = g.ColStrideB != 1 ? 10.0 : 1;
        var (mostRows, mostColumns) = ((g.M + tileRows - 1) / tileRows, (g.N + tileColumns - 1) / tileColumns);
        var (best, bestCost) = ((1, 1), double.PositiveInfinity);
        for (var columns = 1; columns <= Math.Min(parts, mostColumns); columns++)
        {
            var rows = Math.Min(parts / columns, mostRows);
            // the largest share of work, then the elements of A and B that a part reads
            var cost = (double)g.M * g.N / (rows * columns) + (weightA * g.M / rows + weightB * g.N / columns);
            if (cost < bestCost)
                (best, bestCost) = ((rows, columns), cost);
        }

        return best;
    }
}
