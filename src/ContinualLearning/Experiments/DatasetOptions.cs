using Engram.Data;

namespace Engram.ContinualLearning.Experiments;

/// <summary>Which images an experiment uses.</summary>
public sealed record DatasetOptions
{
    /// <summary>The built-in digits (<c>synthetic-digits</c>, no files needed) or a dataset of the data folder.</summary>
    public string Name { get; set; } = SyntheticDigits.Name;

    /// <summary>Takes only the first so many training images; all when left out.</summary>
    public int? Train { get; set; }

    /// <summary>Takes only the first so many test images; all when left out.</summary>
    public int? Test { get; set; }

    /// <summary>How the built-in digits are drawn; not used by other datasets.</summary>
    public SyntheticDigitsOptions Synthetic { get; set; } = new();

    /// <summary>Whether the images are drawn instead of read from files.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsBuiltIn => Name == SyntheticDigits.Name;

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        string[] names = [SyntheticDigits.Name, .. DatasetFolder.KnownNames];
        if (!names.Contains(Name))
        {
            string? nearest = EditDistance.Nearest(Name, names);
            yield return $"dataset.name: \"{Name}\" is not known; {(nearest is null ? "" : $"did you mean \"{nearest}\"? ")}Known: {string.Join(", ", names)}";
        }

        if (Train < 1)
            yield return $"dataset.train: at least one image is needed, got {Train}";
        if (Test < 1)
            yield return $"dataset.test: at least one image is needed, got {Test}";
        foreach (string problem in Synthetic.Validate())
            yield return "dataset.synthetic." + problem;
    }
}
