using Engram.Autograd;

namespace Engram.ContinualLearning;

/// <summary>Logits kept, and held to.</summary>
public sealed partial class TrainingStep
{
    private Staging? _targets;
    private Staging? _hiddenClasses;

    /// <summary>Logits of the last pass, before any mask.</summary>
    /// <param name="logits">Receives [rows, outputs] of that pass.</param>
    public void ReadLogits(Span<float> logits) => Device.Download(_logits.View.Buffer, _logits.Layout.Offset, logits);

    /// <summary>Where the logits that some rows are to be held to are written, [rows, outputs]; see <see cref="DifferentiateDistance"/>.</summary>
    public Span<float> Targets(int rows)
    {
        _targets ??= new Staging(Device, Model.Outputs);
        _targets.Reserve(rows);
        return _targets.Rows(0, rows);
    }

    /// <summary>Mean of (logit − target)² over a range of staged rows and all outputs, and its gradient.</summary>
    /// <param name="first">First row; its target is the first of <see cref="Targets"/>.</param>
    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="gradient">Receives d loss / d values [p].</param>
    /// <returns>The loss.</returns>
    /// <exception cref="InvalidOperationException">The loss is not finite, or no targets were written.</exception>
    public float DifferentiateDistance(int first, int rows, in Tensor gradient)
    {
        if (_targets is null)
            throw new InvalidOperationException("distance of logits: no targets were written; ask for Targets(rows) first");
        _targets.Commit(0, rows);
        return DifferentiateLoss(first, rows, gradient, _targets);
    }

    /// <summary>
    /// T² times the mean cross-entropy between probabilities written to <see cref="Targets"/> and the network's own at temperature T, softmax(logits/T) among some
    /// outputs, and its gradient (Hinton et al. 2015, arXiv 1503.02531): T² keeps the gradient's size.
    /// </summary>
    /// <param name="first">First row; its target is the first of <see cref="Targets"/>.</param>
    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="temperature">T, above 0.</param>
    /// <param name="hidden">0 for an output that takes part, <see cref="Hidden"/> for one that does not (its targets are 0).</param>
    /// <param name="gradient">Receives d loss / d values [p].</param>
    /// <returns>The loss.</returns>
    /// <exception cref="InvalidOperationException">The loss is not finite, or no targets were written.</exception>
    public float DifferentiateSoftened(int first, int rows, double temperature, ReadOnlySpan<float> hidden, in Tensor gradient)
    {
        if (_targets is null)
            throw new InvalidOperationException("softened targets: none were written; ask for Targets(rows) first");
        _hiddenClasses ??= new Staging(Device, Model.Outputs);
        _hiddenClasses.Reserve(1);
        hidden.CopyTo(_hiddenClasses.Rows(0, 1));
        _hiddenClasses.Commit(0, 1);
        _targets.Commit(0, rows);
        return DifferentiateLoss(first, rows, gradient, _targets, temperature: (float)temperature);
    }

    /// <summary>Logits of staged rows under other parameters and running statistics, in evaluation mode.</summary>
    /// <param name="first">First row.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="values">Parameters [p].</param>
    /// <param name="state">Running statistics [s], or default.</param>
    /// <param name="logits">Receives [rows, outputs].</param>
    internal void LogitsUnder(int first, int rows, in Tensor values, in Tensor state, Span<float> logits)
    {
        Tensor result = Forward(_x.Slice(first, rows), values, state).Contiguous();
        Device.Download(result.View.Buffer, result.Layout.Offset, logits);
    }

    private Variable Softened(in Variable logits, Staging targets, int rows, float temperature)
    {
        Variable log = Softmax.Log((logits * (1f / temperature)) + _tape.Constant(_hiddenClasses!.Slice(0, 1)));
        return Reduce.Sum(log * _tape.Constant(targets.Slice(0, rows))) * (-temperature * temperature / rows);
    }

    private Variable SquaredError(in Variable logits, Staging targets, int rows)
    {
        Variable difference = logits - _tape.Constant(targets.Slice(0, rows));
        return Reduce.Mean(difference * difference);
    }
}
