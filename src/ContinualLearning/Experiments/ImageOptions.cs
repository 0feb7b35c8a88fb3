namespace Engram.ContinualLearning.Experiments;

/// <summary>How many example images travel with the result.</summary>
public sealed record ImageOptions
{
    /// <summary>Real and generated images of each class, from the first seed; 0 for none.</summary>
    public int PerClass { get; set; } = 2;

    /// <summary>Tasks whose images are shown: the first so many.</summary>
    public int Tasks { get; set; } = 1;

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (PerClass is < 0 or > 20)
            yield return $"images.perClass: expected 0 to 20, got {PerClass}";
        if (Tasks is < 0 or > 100)
            yield return $"images.tasks: expected 0 to 100, got {Tasks}";
    }
}
