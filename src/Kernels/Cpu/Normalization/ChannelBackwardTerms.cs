namespace Engram.Kernels.Cpu;

/// <summary>The numbers of one channel in dx = factor·(g − shift − (x − mean)·slope).</summary>
/// <param name="Mean">What forward subtracted.</param>
/// <param name="Factor">gain/√(variance + ε).</param>
/// <param name="Shift">Σ g/n, or 0 where the statistics are constants.</param>
/// <param name="Slope">Σ g·(x − mean)/n/(variance + ε), or 0 where the statistics are constants.</param>
public readonly record struct ChannelBackwardTerms(float Mean, float Factor, float Shift, float Slope);
