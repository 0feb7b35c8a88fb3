namespace Engram.ContinualLearning;

/// <summary>What patch generators of a task cost, and the ranks that fit in a budget.</summary>
internal static class PatchBudget
{
    /// <summary>Components of the dictionary and joint directions for a task.</summary>
    /// <param name="options">What is stored, and the budget.</param>
    /// <param name="grid">Where patches lie.</param>
    /// <param name="classes">Classes of the task.</param>
    /// <exception cref="ArgumentException">Not even the smallest generators fit.</exception>
    public static (int PatchRank, int JointRank) Ranks(PatchSvdGeneratorOptions options, PatchGrid grid, int classes)
    {
        int rank = Math.Min(options.PatchRank, grid.PatchLength);
        bool joint = options.Covariance == PatchCovariance.Joint;
        if (options.Budget == GeneratorBudget.None)
            return (rank, joint ? Math.Min(options.JointRank ?? 0, grid.Count * rank) : 0);
        int reference = Math.Min(options.ReferenceRank, grid.Shape.Features);
        long limit = classes * (options.Budget == GeneratorBudget.ByteEqual
            ? GeneratorCost.Bytes(grid.Shape.Features, reference, GeneratorForm.Paper, options.ReferencePayload) : GeneratorCost.Scalars(grid.Shape.Features, reference));
        while (rank > 1 && Cost(options, grid, classes, rank, 0) > limit)
            rank--;
        if (Cost(options, grid, classes, rank, 0) > limit)
            throw new ArgumentException($"patch SVD generators: {grid.Count} patches a class cost at least {Cost(options, grid, classes, rank, 0)}, the budget is {limit}; " +
                "choose a larger patch or raise referenceRank");
        int directions = 0;
        while (joint && directions < grid.Count * rank && Cost(options, grid, classes, rank, directions + 1) <= limit)
            directions++;
        return (rank, directions);
    }

    private static long Cost(PatchSvdGeneratorOptions options, PatchGrid grid, int classes, int rank, int jointRank)
    {
        bool bytes = options.Budget == GeneratorBudget.ByteEqual, joint = options.Covariance == PatchCovariance.Joint;
        long coefficients = (long)grid.Count * rank, plain = coefficients * (joint && options.Residual ? 2 : 1);
        long dictionaries = options.Dictionary == PatchDictionary.Class ? classes : 1;
        return dictionaries * Packed(rank, grid.PatchLength)
            + classes * ((bytes ? sizeof(float) : 1) * plain + (joint ? Packed(jointRank, coefficients) : Packed(coefficients, rank)));

        long Packed(long rows, long columns) => bytes ? PackedRows.BytesOf(rows, columns, options.Payload) : rows * columns;
    }
}
