using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>
/// How a dataset becomes a stream of tasks. In JSON, <c>kind</c> chooses the scenario: <c>rotation</c>, <c>permutation</c>,
/// <c>class-split</c>, <c>domains</c> or <c>drifting-rotation</c>; the other keys are the properties of the chosen record.
/// </summary>
/// <remarks>
/// Options have setters rather than init accessors: source-generated JSON hands init-only properties over as constructor arguments and so
/// replaces the defaults of keys that are left out by zeros.
/// </remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(RotationScenario), "rotation")]
[JsonDerivedType(typeof(PermutationScenario), "permutation")]
[JsonDerivedType(typeof(ClassSplitScenario), "class-split")]
[JsonDerivedType(typeof(DriftingRotationScenario), "drifting-rotation")]
[JsonDerivedType(typeof(DomainScenario), "domains")]
public abstract record ScenarioOptions
{
    /// <summary>Training images per task at most; all that the scenario gives a task when left out.</summary>
    public int? TrainPerTask { get; set; }

    /// <summary>Test images per task at most; all that the scenario gives a task when left out.</summary>
    public int? TestPerTask { get; set; }

    /// <summary>The value of <c>kind</c> in JSON.</summary>
    [JsonIgnore]
    public abstract string Kind { get; }

    /// <summary>All problems that can be seen without the data, each a sentence that names the option; empty when there are none.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> problems = [];
        if (TrainPerTask < 1)
        {
            problems.Add($"trainPerTask: expected at least 1 image, got {TrainPerTask}.");
        }

        if (TestPerTask < 1)
        {
            problems.Add($"testPerTask: expected at least 1 image, got {TestPerTask}.");
        }

        AddProblems(problems);
        return problems;
    }

    /// <summary>All problems of the options with this dataset, those of <see cref="Validate()"/> included.</summary>
    /// <param name="dataset">The dataset to be split.</param>
    public IReadOnlyList<string> Validate(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        List<string> problems = [.. Validate()];
        if (problems.Count == 0)
        {
            AddProblems(dataset, problems);
        }

        return problems;
    }

    /// <summary>Makes the stream. No image is touched until a task's images are asked for.</summary>
    /// <param name="dataset">The images.</param>
    /// <param name="seed">Decides everything that the scenario draws at random.</param>
    /// <exception cref="ArgumentException">The options do not pass <see cref="Validate(Dataset)"/>; all problems are listed.</exception>
    public TaskStream CreateStream(Dataset dataset, ulong seed)
    {
        if (Validate(dataset) is { Count: > 0 } problems)
        {
            throw new ArgumentException($"scenario '{Kind}' on {dataset.Name}: {string.Join(" ", problems)}");
        }

        return Stream(dataset, seed);
    }

    /// <summary>Adds the problems of the derived record's own options.</summary>
    /// <param name="problems">Receives one sentence per problem.</param>
    private protected abstract void AddProblems(List<string> problems);

    /// <summary>Adds the problems that show only with the data.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="problems">Receives one sentence per problem.</param>
    private protected abstract void AddProblems(Dataset dataset, List<string> problems);

    /// <summary>Makes the stream of validated options.</summary>
    /// <param name="dataset">The images.</param>
    /// <param name="seed">Decides everything that the scenario draws at random.</param>
    private protected abstract TaskStream Stream(Dataset dataset, ulong seed);

    private protected static TaskStream StreamOf(Dataset dataset, string name, int? length, int outputs, Func<int, StreamTask> task)
    {
        ImageSet train = dataset.Train;
        return new TaskStream($"{dataset.Name}, {name}", length, outputs, train.Channels, train.Height, train.Width, task)
        {
            Normalization = dataset.Normalization,
        };
    }
}
