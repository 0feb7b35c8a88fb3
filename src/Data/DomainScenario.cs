using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>
/// One task per part of a composed dataset (<see cref="Dataset.Parts"/>), all with the same classes: domain-incremental learning, as on Digit-Five.
/// </summary>
public sealed record DomainScenario : ScenarioOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "domains";

    /// <summary>Whether the order of the domains is drawn by the seed; else it is that of the dataset.</summary>
    public bool ShuffledOrder { get; set; }

    private protected override void AddProblems(List<string> problems)
    {
    }

    private protected override void AddProblems(Dataset dataset, List<string> problems)
    {
        if (dataset.Parts.Count == 0)
        {
            problems.Add($"kind: domains needs a dataset of several parts, {dataset.Name} is one. Name them in dataset.domains.");
        }

        foreach (Dataset part in dataset.Parts)
        {
            Check("trainPerTask", TrainPerTask, part.Train.Count, "training", part.Name);
            Check("testPerTask", TestPerTask, part.Test.Count, "test", part.Name);
        }

        void Check(string option, int? wanted, int available, string split, string name)
        {
            if (available < (wanted ?? 1))
            {
                problems.Add($"{option}: {wanted ?? 1} {split} images were asked for, {name} holds {available}. Ask for fewer.");
            }
        }
    }

    private protected override TaskStream Stream(Dataset dataset, ulong seed)
    {
        int[] order = [.. Enumerable.Range(0, dataset.Parts.Count)], classes = [.. Enumerable.Range(0, dataset.Train.ClassCount)];
        if (ShuffledOrder)
        {
            Draws.Domains(seed).Permutation(order);
        }

        return StreamOf(dataset, Kind, order.Length, classes.Length, index =>
        {
            Dataset part = dataset.Parts[order[index]];
            return new StreamTask(
                index, part.Name, classes,
                () => TaskDraw.Sample(part.Train, TrainPerTask, seed, index, train: true),
                () => TaskDraw.Sample(part.Test, TestPerTask, seed, index, train: false));
        });
    }
}
