namespace Engram.Kernels;

/// <summary>How a batch normalization works (Ioffe and Szegedy, 2015); the defaults are PyTorch's.</summary>
/// <param name="Training">True: normalize by the batch's own statistics and move the running ones; false: normalize by the running ones.</param>
/// <param name="Momentum">Weight of the batch in the running statistics: r ← (1 − momentum)·r + momentum·batch.</param>
/// <param name="Epsilon">Added to the variance before the square root.</param>
public readonly record struct BatchNormalizationSettings(bool Training, float Momentum = 0.1f, float Epsilon = 1e-5f);
