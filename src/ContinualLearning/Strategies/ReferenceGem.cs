using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// The step of A-GEM and of S-GEM: g = ∇ loss(current batch), g_ref = ∇ loss(rows of the past), and the constraint decides what of g is left. Which rows of the past is what
/// the two differ in. A step without such rows is an ordinary one.
/// </summary>
internal abstract class ReferenceGem(IReplaySource replay, IGradientConstraint constraint, Tensor reference) : IStrategy, IDisposable
{
    public IReplaySource Replay => replay;

    public IGradientConstraint Constraint => constraint;

    public long WorkBytes => (long)reference.Count * sizeof(float);

    public void BeginTask(in TaskContext task) => replay.BeginTask(task);

    public StepReport Observe(in Batch batch, TrainingStep step)
    {
        int current = step.Stage(batch);
        float loss = step.Differentiate(0, current, step.Gradient);
        RandomCursor draw = step.Random("replay");
        int replayed = Refer(step, current, reference, ref draw);
        bool projected = replayed > 0 && constraint.Apply(step.Gradient, reference);
        step.Apply();
        RandomCursor write = step.Random("memory");
        replay.Observe(batch, step.Task, ref write);
        return new StepReport(step.Steps, loss, current, replayed, projected);
    }

    public void EndTask(in TaskContext task, ITaskSamples? samples) => replay.EndTask(task, samples);

    public void Save(CheckpointWriter writer)
    {
        replay.Save(writer);
        writer.Counter("constraint.checks", constraint.Checks);
        writer.Counter("constraint.projections", constraint.Projections);
    }

    public void Load(CheckpointReader reader)
    {
        replay.Load(reader);
        constraint.Restore(reader.Counter("constraint.checks"), reader.Counter("constraint.projections"));
    }

    public void Dispose()
    {
        reference.Dispose();
        (constraint as IDisposable)?.Dispose();
    }

    /// <summary>Stages rows of the past behind the batch and writes their gradient.</summary>
    /// <param name="step">The running step.</param>
    /// <param name="current">Rows of the batch, which stand first.</param>
    /// <param name="into">Receives the gradient [parameters].</param>
    /// <param name="random">The draws.</param>
    /// <returns>Rows staged; 0 where the past has none, and nothing is written.</returns>
    protected abstract int Refer(TrainingStep step, int current, Tensor into, ref RandomCursor random);
}
