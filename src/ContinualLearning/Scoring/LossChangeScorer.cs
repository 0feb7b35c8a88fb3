using Engram.Autograd;
using Engram.Kernels;
using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>
/// How much the loss ℓ(x) of every sample changes when the parameters move by d: C(x) = ⟨∇ℓ(x), d⟩ to first order, with d = −η·g for a step of SGD along g,
/// or whatever another optimizer adds. High where the sample's gradient conflicts with the step, negative where they agree.
/// </summary>
/// <remarks>
/// ℓ is the sample's own cross-entropy in evaluation mode: fixed running statistics, nothing dropped out, so that a score does not depend on which samples
/// are scored together. Works on device entries only, in blocks whose step memory stays bounded. In steady state nothing is allocated. Not thread-safe.
/// </remarks>
/// <param name="model">The network.</param>
/// <param name="device">Where samples and vectors are.</param>
public sealed class LossChangeScorer(Model model, Device device) : IDisposable
{
    private const int MostRows = 512;
    private const long PassFloats = 128 << 20 >> 2; // of step memory: as evaluation takes

    private readonly Tape _tape = new(device);
    private Tensor _gradient;
    private int _blockRows;

    /// <summary>Samples of one pass.</summary>
    public int BlockRows => _blockRows != 0 ? _blockRows
        : _blockRows = (int)Math.Clamp(PassFloats / (3 * model.ActivationFloatsPerSample), 1, MostRows); // values, tangents, and one op's scratch

    /// <summary>
    /// C(x) = ⟨∇ℓ(x), d⟩ of every sample through the whole network, exactly: one forward pass whose values move along with the parameters
    /// (<see cref="Tape.BeginTangents(ParameterSet, in Tensor, in Tensor, int)"/>). The price is about that of one forward and one backward pass.
    /// </summary>
    /// <param name="samples">Inputs and labels.</param>
    /// <param name="values">Parameters [p].</param>
    /// <param name="direction">d [p].</param>
    /// <param name="changes">Receives C [n].</param>
    /// <param name="first">Parameters before this index count for nothing: with the head's first parameter, the last layer's share alone.</param>
    /// <exception cref="ArgumentException">Sizes do not fit.</exception>
    /// <exception cref="InvalidOperationException">The direction is zero or not finite: it tells no sample from another.</exception>
    public void Changes(in ScoredSamples samples, in Tensor values, in Tensor direction, Span<float> changes, int first = 0)
    {
        Check(samples, changes.Length);
        RequireDirection(direction);
        for (int start = 0; start < samples.Count; start += BlockRows)
        {
            int rows = Math.Min(BlockRows, samples.Count - start);
            _tape.BeginTangents(model.Parameters, values, direction, first);
            Variable losses = Losses(samples, start, rows);
            Download(losses.Tangent, changes.Slice(start, rows));
        }
    }

    /// <summary>ℓ(x) of every sample.</summary>
    /// <param name="samples">Inputs and labels.</param>
    /// <param name="values">Parameters [p].</param>
    /// <param name="losses">Receives ℓ [n].</param>
    /// <exception cref="ArgumentException">Sizes do not fit.</exception>
    public void Losses(in ScoredSamples samples, in Tensor values, Span<float> losses)
    {
        Check(samples, losses.Length);
        for (int start = 0; start < samples.Count; start += BlockRows)
        {
            int rows = Math.Min(BlockRows, samples.Count - start);
            _tape.BeginNoGrad(model.Parameters, values);
            Download(Losses(samples, start, rows).Value, losses.Slice(start, rows));
        }
    }

    /// <summary>
    /// ⟨∇ℓ(x), d⟩ and ‖∇ℓ(x)‖ of every sample from its own gradient: one forward and one backward pass of a batch of one each. The reference that
    /// <see cref="Changes"/> is tested against, and the way to the gradients' norms.
    /// </summary>
    /// <param name="samples">Inputs and labels.</param>
    /// <param name="values">Parameters [p].</param>
    /// <param name="direction">d [p].</param>
    /// <param name="changes">Receives the inner products [n].</param>
    /// <param name="norms">Receives the norms [n].</param>
    /// <exception cref="ArgumentException">Sizes do not fit.</exception>
    /// <exception cref="InvalidOperationException">The direction is zero or not finite.</exception>
    public void ChangesBySample(in ScoredSamples samples, in Tensor values, in Tensor direction, Span<double> changes, Span<double> norms)
    {
        Check(samples, changes.Length);
        Check(samples, norms.Length);
        RequireDirection(direction);
        if (_gradient.IsEmpty)
            _gradient = Tensor.Zeros(device, model.Parameters.Length);
        for (int i = 0; i < samples.Count; i++)
        {
            _tape.Begin(model.Parameters, values, _gradient);
            _tape.Backward(Views.Reshape(Losses(samples, i, 1)));
            changes[i] = device.Dot(_gradient.View, direction.View);
            norms[i] = Math.Sqrt(device.Dot(_gradient.View, _gradient.View));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tape.Dispose();
        _gradient.Dispose();
    }

    private Variable Losses(in ScoredSamples samples, int start, int rows)
    {
        _tape.Attach(model.State, samples.State, training: false, default);
        Variable logits = model.Forward(_tape.Constant(samples.X.Slice(0, start, rows)));
        if (!samples.Offsets.IsEmpty)
            logits += _tape.Constant(samples.Offsets.Slice(0, start, rows));
        return SoftmaxCrossEntropy.PerSample(logits, samples.Labels.Range(start, rows));
    }

    private void Download(in Tensor rows, Span<float> to) => device.Download(rows.View.Buffer, rows.Layout.Offset, to);

    private void Check(in ScoredSamples samples, int room)
    {
        if (samples.X.Rank != 2 || samples.X.Size(0) != samples.Count || samples.X.Size(1) != model.Inputs)
            throw new ArgumentException($"loss change: expected x [{samples.Count}, {model.Inputs}] for {samples.Count} labels, got {samples.X.Layout}");
        if (room != samples.Count)
            throw new ArgumentException($"loss change: {samples.Count} samples need room for as many scores, got {room}");
        if (!samples.Offsets.IsEmpty && (samples.Offsets.Rank != 2 || samples.Offsets.Size(0) != samples.Count || samples.Offsets.Size(1) != model.Outputs))
            throw new ArgumentException($"loss change: expected offsets [{samples.Count}, {model.Outputs}], got {samples.Offsets.Layout}");
    }

    private void RequireDirection(in Tensor direction)
    {
        double squares = direction.IsEmpty || direction.Count == 0 ? 0 : device.Dot(direction.View, direction.View);
        if (!(squares > 0) || !double.IsFinite(squares))
            throw new InvalidOperationException($"loss change: the direction's squared length is {squares}; a step that moves nothing (or is not finite) tells no sample " +
                "from another. Is the gradient that was to be scored against computed, and not cleared?");
    }
}
