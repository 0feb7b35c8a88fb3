namespace Engram.Kernels;

/// <summary>One Adam step as PyTorch defines it (Kingma and Ba, 2015), or AdamW (Loshchilov and Hutter, 2019) when decoupled.</summary>
/// <param name="LearningRate">Step size.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">L2 factor on the gradient, or on the parameters themselves when decoupled.</param>
/// <param name="Decoupled">AdamW.</param>
/// <param name="Step">1 for the first step: bias correction.</param>
public readonly record struct AdamSettings(float LearningRate, float Beta1, float Beta2, float Epsilon, float WeightDecay, bool Decoupled, long Step);
