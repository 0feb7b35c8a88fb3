using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>
/// A way of learning a stream of tasks. An implementation is one file: paper, equation, options, and what happens when a task begins,
/// a batch arrives, a task ends. Its parts (replay source, constraint) come through the constructor.
/// </summary>
public interface IStrategy : ICheckpointed
{
    /// <summary>The memory of the past, or null for a strategy that keeps none.</summary>
    IReplaySource? Replay { get; }

    /// <summary>What bends the gradient, or null for a strategy that leaves it as it is.</summary>
    IGradientConstraint? Constraint => null;

    /// <summary>Bytes of gradients that the strategy keeps beside the step's own.</summary>
    long WorkBytes => 0;

    /// <summary>Parameters and running statistics that a task is tested under, valid until the next call; null for the learner's own.</summary>
    /// <param name="task">Number of the task, begun or not; −1 for none.</param>
    (Tensor Values, Tensor State)? NetworkOf(int task) => null;

    /// <summary>Logits of inputs as the network reads them, where the strategy predicts by other means than the network's head; null for the head's.</summary>
    /// <param name="x">[count, inputs].</param>
    /// <returns>[count, outputs], valid until the next step.</returns>
    Tensor? Logits(in Tensor x) => null;

    /// <summary>One direction per class [outputs, d] that stands for it, where it is not a row of the network's head; null for the head's.</summary>
    Tensor? Proxies() => null;

    /// <summary>Adds named figures about what the strategy did to the extras of a result.</summary>
    void Describe(IDictionary<string, double> figures)
    {
    }

    /// <summary>Who was replayed so far; null for a strategy that does not count it.</summary>
    RetrievalCounts? Retrieved => null;

    /// <summary>A task begins.</summary>
    void BeginTask(in TaskContext task);

    /// <summary>One batch: gradient, constraint, step, memory.</summary>
    /// <param name="batch">Checked samples of the running task.</param>
    /// <param name="step">Forward, backward, and the step itself.</param>
    StepReport Observe(in Batch batch, TrainingStep step);

    /// <summary>A task ends.</summary>
    /// <param name="task">The task.</param>
    /// <param name="samples">Its training samples; null when nobody has them and the strategy did not ask for any.</param>
    void EndTask(in TaskContext task, ITaskSamples? samples);
}
