using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>
/// An endless stream: every task turns the images a little further, and draws them at random from the full set.
/// The consumer decides when to stop; <see cref="TaskStream.KnownLength"/> is null.
/// </summary>
public sealed record DriftingRotationScenario : ScenarioOptions
{
    /// <summary>Draws 1,000 training and 1,000 test images a task unless told otherwise.</summary>
    public DriftingRotationScenario()
    {
        TrainPerTask = 1000;
        TestPerTask = 1000;
    }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "drifting-rotation";

    /// <summary>The angle between one task and the next, in degrees, counter-clockwise.</summary>
    public double DegreesPerTask { get; set; } = 5;

    /// <summary>The angle of the first task, in degrees.</summary>
    public double StartDegrees { get; set; }

    /// <summary>How a rotated pixel is taken from the original.</summary>
    public Interpolation Interpolation { get; set; } = Interpolation.Nearest;

    private protected override void AddProblems(List<string> problems)
    {
        if (!double.IsFinite(DegreesPerTask) || !double.IsFinite(StartDegrees))
        {
            problems.Add($"degreesPerTask, startDegrees: expected finite angles, got {DegreesPerTask} and {StartDegrees}.");
        }

        if (!Enum.IsDefined(Interpolation))
        {
            problems.Add($"interpolation: expected nearest or bilinear, got {Interpolation}.");
        }
    }

    private protected override void AddProblems(Dataset dataset, List<string> problems)
    {
        if (dataset.Train.Count == 0 || dataset.Test.Count == 0)
        {
            problems.Add($"{dataset.Name}: expected images, got {dataset.Train.Count} to train and {dataset.Test.Count} to test.");
        }
    }

    private protected override TaskStream Stream(Dataset dataset, ulong seed)
    {
        int[] classes = [.. Enumerable.Range(0, dataset.Train.ClassCount)];
        return StreamOf(dataset, Kind, null, classes.Length, index =>
        {
            ImageRotation rotation = new(
                (StartDegrees + (index * DegreesPerTask)) % 360, dataset.Train.Height, dataset.Train.Width, Interpolation);
            string name = $"{dataset.Name}, {rotation.Name}";
            return new StreamTask(
                index, rotation.Name, classes,
                () => TaskDraw.Sample(dataset.Train, TrainPerTask, seed, index, train: true).Transform(rotation, name),
                () => TaskDraw.Sample(dataset.Test, TestPerTask, seed, index, train: false).Transform(rotation, name));
        });
    }
}
