using System.Text.Json.Serialization;

namespace Engram.Models;

/// <summary>Which optimizer, and its settings: JSON <c>{"kind": "sgd", "learningRate": 0.1}</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(SgdOptions), "sgd")]
[JsonDerivedType(typeof(AdamOptions), "adam")]
public abstract record OptimizerOptions
{
    /// <summary>Step size.</summary>
    public double LearningRate { get; set; }

    /// <summary>L2 factor.</summary>
    public double WeightDecay { get; set; }

    /// <summary>What is wrong with the settings, one sentence each; empty when nothing is.</summary>
    public abstract IEnumerable<string> Problems();

    /// <summary>An optimizer with these settings for a vector of <paramref name="length"/> parameters.</summary>
    public abstract Optimizer Create(Kernels.Device device, int length);

    /// <summary>Problems that every optimizer shares.</summary>
    protected IEnumerable<string> CommonProblems()
    {
        if (!double.IsFinite(LearningRate) || LearningRate <= 0)
            yield return $"optimizer.learningRate must be a positive number, got {LearningRate}";
        if (!double.IsFinite(WeightDecay) || WeightDecay < 0)
            yield return $"optimizer.weightDecay must be 0 or more, got {WeightDecay}";
    }
}
