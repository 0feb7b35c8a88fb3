namespace Engram.ContinualLearning;

/// <summary>What the generators of one class may cost together, in scalars or in bytes.</summary>
internal readonly struct ClassBudget
{
    private readonly ClusteredSvdGeneratorOptions _options;
    private readonly int _features;
    private readonly long _limit;

    /// <summary>The limit of a class.</summary>
    /// <exception cref="ArgumentException">Not even one component fits.</exception>
    public ClassBudget(ClusteredSvdGeneratorOptions options, int features)
    {
        _options = options;
        _features = features;
        int r = Math.Min(options.ReferenceRank, features);
        _limit = options.Budget switch
        {
            GeneratorBudget.ScalarEqual => GeneratorCost.Scalars(features, r),
            GeneratorBudget.ByteEqual => GeneratorCost.Bytes(features, r, GeneratorForm.Paper, options.ReferencePayload),
            _ => long.MaxValue,
        };
        MostClusters = options.Clusters;
        while (MostClusters > 1 && MostClusters * Cost(1, MostClusters) > _limit)
            MostClusters--;
        if (Cost(1, 1) > _limit)
            throw new ArgumentException($"clustered SVD generators: one component costs {Cost(1, 1)}, the budget of a class is {_limit} " +
                $"({(options.Budget == GeneratorBudget.ByteEqual ? "bytes" : "scalars")} of a generator of rank {r}); raise referenceRank or choose a smaller payload");
    }

    /// <summary>Generators that fit with one component each, at most as many as are wanted.</summary>
    public int MostClusters { get; }

    /// <summary>The largest rank that every one of so many generators can have; the given rank without a limit.</summary>
    public int LargestRank(int clusters)
    {
        if (_options.Budget == GeneratorBudget.None)
            return Math.Min(_options.Rank, _features);
        int rank = 0;
        while (rank < _features && clusters * Cost(rank + 1, clusters) <= _limit)
            rank++;
        return rank;
    }

    /// <summary>Whether one generator can have one more component.</summary>
    public bool Allows(ReadOnlySpan<int> ranks, int growing)
    {
        long cost = 0;
        for (int c = 0; c < ranks.Length; c++)
            cost += Cost(ranks[c] + (c == growing ? 1 : 0), ranks.Length);
        return cost <= _limit;
    }

    // a weight, one more number, comes with every one of several generators
    private long Cost(int rank, int clusters) => _options.Budget == GeneratorBudget.ByteEqual
        ? GeneratorCost.Bytes(_features, rank, _options.Form, _options.Payload) + (clusters > 1 ? sizeof(int) : 0)
        : GeneratorCost.Scalars(_features, rank, _options.Form) + (clusters > 1 ? 1 : 0);
}
