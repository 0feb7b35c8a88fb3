namespace Engram.ContinualLearning;

/// <summary>Accuracies of one pass over a test set.</summary>
/// <param name="ClassIncremental">Share of samples whose largest logit over all outputs is their label.</param>
/// <param name="TaskIncremental">The same with the largest logit searched among the task's own outputs only.</param>
/// <param name="Count">Samples tested.</param>
public readonly record struct Evaluation(double ClassIncremental, double TaskIncremental, int Count);
