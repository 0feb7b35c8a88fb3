namespace Engram.ContinualLearning.Experiments;

/// <summary>How much of an experiment is run: it replaces what the experiment and the variants of its axes say.</summary>
/// <param name="Fraction">Part of every dataset's training images, above 0 and up to 1; <c>null</c> for what the experiment says.</param>
/// <param name="Epochs">Passes over every task's images; <c>null</c> for what the experiment says.</param>
public sealed record RunBudget(double? Fraction = null, int? Epochs = null);
