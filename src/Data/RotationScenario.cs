using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>
/// Rotated images: every task has all classes and one angle. The defaults are five tasks at 0°, 20°, 40°, 60° and 80° on disjoint
/// consecutive blocks (12,000 training and 2,000 test images each for MNIST); <see cref="RotationAngles.RandomInInterval"/> with
/// <see cref="Blocks.Shared"/>, 20 tasks and 1,000 images a task is GEM's version (arXiv 1706.08840).
/// </summary>
public sealed record RotationScenario : TransformScenario
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "rotation";

    /// <summary>How the tasks get their angles.</summary>
    public RotationAngles Angles { get; set; } = RotationAngles.FixedStep;

    /// <summary>The step between tasks with <see cref="RotationAngles.FixedStep"/>, in degrees, counter-clockwise.</summary>
    public double DegreesPerTask { get; set; } = 20;

    /// <summary>How a rotated pixel is taken from the original.</summary>
    public Interpolation Interpolation { get; set; } = Interpolation.Nearest;

    /// <summary>The angle of a task in degrees.</summary>
    /// <param name="seed">The stream's seed; without meaning for a fixed step.</param>
    /// <param name="task">The task, from 0.</param>
    public double DegreesOf(ulong seed, int task)
    {
        if (Angles == RotationAngles.FixedStep)
        {
            return task * DegreesPerTask;
        }

        double unit = Draws.Angle(seed, task).NextUniformDouble();
        return Angles == RotationAngles.Random ? 180 * unit : 180 * (task + unit) / Tasks;
    }

    private protected override void AddProblems(List<string> problems)
    {
        base.AddProblems(problems);
        if (!double.IsFinite(DegreesPerTask))
        {
            problems.Add($"degreesPerTask: expected a finite angle, got {DegreesPerTask}.");
        }

        if (!Enum.IsDefined(Angles))
        {
            problems.Add($"angles: expected fixed-step, random-in-interval or random, got {Angles}.");
        }

        if (!Enum.IsDefined(Interpolation))
        {
            problems.Add($"interpolation: expected nearest or bilinear, got {Interpolation}.");
        }
    }

    private protected override IImageTransform TransformOf(ImageSet images, ulong seed, int task) =>
        new ImageRotation(DegreesOf(seed, task), images.Height, images.Width, Interpolation);
}
