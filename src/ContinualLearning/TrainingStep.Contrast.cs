using Engram.Autograd;
using Engram.Data;
using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>Losses between the rows of a step, on the features that the head reads: the head takes no part.</summary>
public sealed partial class TrainingStep
{
    private ContrastPartners? _partners;
    private float _temperature;

    /// <summary>From now on the loss of rows is the supervised contrastive one among them (<see cref="SupervisedContrastive"/>), instead of cross-entropy.</summary>
    /// <param name="temperature">τ, above 0.</param>
    public void UseContrast(double temperature)
    {
        _partners ??= new ContrastPartners(Device);
        _temperature = (float)temperature;
    }

    /// <summary>True after <see cref="UseContrast"/>.</summary>
    internal bool Contrasts => _partners is not null;

    /// <summary>Features of some inputs in evaluation mode, [count, d], of length 1 and valid until the next step.</summary>
    internal Tensor UnitFeatures(in Tensor x)
    {
        BeginLooking();
        return UnitRows.Apply(Model.Features(_tape.Constant(x))).Value;
    }

    /// <summary>Cosines of some inputs' features with directions, over the temperature.</summary>
    /// <param name="x">Inputs as the network reads them [count, inputs].</param>
    /// <param name="directions">Rows of length 1 [outputs, d].</param>
    /// <param name="offsets">Added to every row [outputs].</param>
    internal Tensor Cosines(in Tensor x, in Tensor directions, in Tensor offsets)
    {
        BeginLooking();
        Variable unit = UnitRows.Apply(Model.Features(_tape.Constant(x)));
        return (Linear.Apply(unit, _tape.Constant(directions), null, default(IdentityOp)) * (1f / _temperature) + _tape.Constant(offsets)).Value;
    }

    /// <summary>Normalizes rows read from a memory in place, as every pass over the network has them, and changes nothing at random.</summary>
    internal void Prepare(Span<float> rows) => _inputs.Change(rows, default, 0, augment: false);

    private void BeginLooking()
    {
        _tape.BeginNoGrad(Model.Parameters, Values);
        _tape.Attach(Model.State, State, training: false, default);
    }

    private Variable ContrastLoss(int first, int rows)
    {
        _partners!.Set(_labelRows.AsSpan(first, rows));
        return SupervisedContrastive.Apply(Model.Features(_tape.Constant(_x.Slice(first, rows))), _partners, _temperature);
    }

    // all rows up to the last one scored are one batch; the rows asked about are anchors of it
    private void ScoreContrast(LossChangeMethod method, int first, int rows, in Tensor direction, Span<float> scores)
    {
        int all = first + rows;
        _partners!.Set(_labelRows.AsSpan(0, all));
        if (method == LossChangeMethod.Taylor)
        {
            _tape.BeginTangents(Model.Parameters, Values, direction);
            Download(AnchorLosses(all).Tangent, first, scores);
            return;
        }

        if (_losses.Length < rows)
            _losses = new float[rows];
        Span<float> before = _losses.AsSpan(0, rows);
        Tensor moved = Moved();
        Device.Zip(default(AddOp), Values.View, direction.View, moved.View);
        _tape.BeginNoGrad(Model.Parameters, Values);
        Download(AnchorLosses(all).Value, first, before);
        _tape.BeginNoGrad(Model.Parameters, moved);
        Download(AnchorLosses(all).Value, first, scores);
        for (int i = 0; i < rows; i++)
            scores[i] -= before[i];
    }

    private Variable AnchorLosses(int rows)
    {
        _tape.Attach(Model.State, State, training: false, default);
        return SupervisedContrastive.PerAnchor(Model.Features(_tape.Constant(_x.Slice(0, rows))), _partners!, _temperature);
    }

    private void Download(in Tensor losses, int first, Span<float> to) => Device.Download(losses.View.Buffer, losses.Layout.Offset + first, to);
}
