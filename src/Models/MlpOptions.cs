namespace Engram.Models;

/// <summary>A multilayer perceptron's sizes and functions.</summary>
public sealed record MlpOptions
{
    /// <summary>Features per sample.</summary>
    public int Inputs { get; init; } = 784;

    /// <summary>Widths of the hidden layers; empty for a linear model.</summary>
    public int[] Hidden { get; init; } = [200, 200];

    /// <summary>Logits per sample.</summary>
    public int Outputs { get; init; } = 10;

    /// <summary>After every hidden layer.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>Distribution of the initial weights.</summary>
    public Initialization Initialization { get; init; } = Initialization.GlorotUniform;
}
