using Engram.Autograd;

namespace Engram.ContinualLearning;

/// <summary>Logits kept, and held to.</summary>
public sealed partial class TrainingStep
{
    private Staging? _targets;

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

    private Variable SquaredError(in Variable logits, Staging targets, int rows)
    {
        Variable difference = logits - _tape.Constant(targets.Slice(0, rows));
        return Reduce.Mean(difference * difference);
    }
}
