namespace Engram.ContinualLearning;

/// <summary>How one generator was fitted.</summary>
/// <param name="Task">Number of the task.</param>
/// <param name="Label">The class.</param>
/// <param name="Samples">Images actually found and used.</param>
/// <param name="Rank">Components kept; below the wanted rank when the samples span fewer directions.</param>
public readonly record struct GeneratorFit(int Task, int Label, int Samples, int Rank);
