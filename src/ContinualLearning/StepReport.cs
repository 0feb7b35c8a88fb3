namespace Engram.ContinualLearning;

/// <summary>What one call of <see cref="Learner.Observe"/> did.</summary>
/// <param name="Step">Number of the step, 1 for the first.</param>
/// <param name="Loss">Mean cross-entropy of the rows that made the gradient, before the step. A-GEM: of the current batch. With the proxy-based contrastive loss, that loss, which is never below the mean of log n_y.</param>
/// <param name="Samples">Rows of the current batch.</param>
/// <param name="Replayed">Rows drawn from memory.</param>
/// <param name="Projected">True when a constraint changed the gradient.</param>
public readonly record struct StepReport(long Step, float Loss, int Samples, int Replayed, bool Projected);
