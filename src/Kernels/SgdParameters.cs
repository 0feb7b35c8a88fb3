namespace Engram.Kernels;

/// <summary>The numbers of one step of stochastic gradient descent, as PyTorch's <c>torch.optim.SGD</c> defines them.</summary>
public readonly record struct SgdParameters
{
    /// <summary>Step length.</summary>
    public required double LearningRate { get; init; }

    /// <summary>μ: share of the old velocity that stays; 0 for plain descent.</summary>
    public double Momentum { get; init; }

    /// <summary>τ: share of the gradient kept out of the velocity.</summary>
    public double Dampening { get; init; }

    /// <summary>λ: the gradient gains λ·p.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Step along gradient + μ·velocity instead of along the velocity.</summary>
    public bool Nesterov { get; init; }

    /// <summary>The first step sets velocity = gradient, without dampening; what the velocity held is not read.</summary>
    public bool IsFirstStep { get; init; }
}
