namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// The generalization gap of gradient constraints (the central claim of arXiv 2410.00868), measured while training: inner products of the update with old
/// tasks' gradients, on the memory and on the tasks' own training images. See <see cref="Results.ConstraintGapRow"/> for what is recorded.
/// </summary>
public sealed record ConstraintGapOptions
{
    /// <summary>Every so many steps of a task, from the second task on, one step is measured; the first step of a task is one of them.</summary>
    public int Every { get; set; } = 25;

    /// <summary>Training images of each task that stand for its full data, a fixed random sample; all of them where a task has fewer.</summary>
    public int Samples { get; set; } = 1000;

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (Every is < 1 or > 1_000_000)
            yield return $"evaluation.constraintGap.every: expected 1 to 1000000 steps, got {Every}";
        if (Samples is < 1 or > 10_000_000)
            yield return $"evaluation.constraintGap.samples: expected 1 to 10000000 images, got {Samples}";
    }
}
