namespace Engram.Kernels;

/// <summary>One SGD step as PyTorch defines it: d = g + weightDecay·θ; v ← momentum·v + (1−dampening)·d; θ ← θ − rate·(v, or d + momentum·v with Nesterov).</summary>
/// <param name="LearningRate">Step size.</param>
/// <param name="Momentum">0 for plain SGD: no velocity is kept.</param>
/// <param name="Dampening">Taken off the new gradient's share, from the second step on.</param>
/// <param name="WeightDecay">L2 factor.</param>
/// <param name="Nesterov">Look-ahead form; needs momentum and no dampening.</param>
/// <param name="FirstStep">True on the first step, in which the velocity becomes d.</param>
public readonly record struct SgdSettings(float LearningRate, float Momentum = 0, float Dampening = 0, float WeightDecay = 0, bool Nesterov = false, bool FirstStep = false);
