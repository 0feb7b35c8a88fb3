namespace Engram.ContinualLearning;

/// <summary>A loss or a gradient is not finite: training went too far. What was learned before the step is as it was.</summary>
/// <param name="message">Which step, what was found, and what to change.</param>
public sealed class DivergenceException(string message) : InvalidOperationException(message);
