namespace Engram.Kernels;

/// <summary>The numbers of one Adam or AdamW step, as PyTorch's <c>torch.optim.Adam</c> and <c>AdamW</c> define them.</summary>
public readonly record struct AdamParameters
{
    /// <summary>Step length.</summary>
    public required double LearningRate { get; init; }

    /// <summary>β₁: memory of the mean of the gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂: memory of the mean of their squares.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>ε: added to the root of the mean square.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>λ: weight decay.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Decay the parameters themselves (AdamW) instead of adding λ·p to the gradient (Adam).</summary>
    public bool IsDecoupled { get; init; }

    /// <summary>t: number of this step, counted from 1.</summary>
    public required long Step { get; init; }

    /// <summary>PyTorch's defaults; the learning rate and the step must be given.</summary>
    public AdamParameters()
    {
    }
}
