using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models;

/// <summary>
/// A network: how inputs become logits, and which parameters that takes. A model holds no values: they are one flat vector,
/// so the same model can be run under several vectors (a virtual step, an average, another learner's).
/// </summary>
/// <param name="name">A short name with the sizes.</param>
/// <param name="inputShape">Sizes of one sample.</param>
/// <param name="outputs">Logits per sample.</param>
public abstract class Model(string name, ImageShape inputShape, int outputs)
{
    private long _activationFloats;

    /// <summary>Names, shapes and places of the parameters in the flat vector.</summary>
    public ParameterSet Parameters { get; } = [];

    /// <summary>
    /// Names, shapes and places of what the network keeps besides its parameters and no gradient reaches: running means and variances,
    /// and how many batches they have seen. A flat vector [s] of its own; empty for networks without normalization over the batch.
    /// </summary>
    public ParameterSet State { get; } = [];

    /// <summary>Sizes of one sample.</summary>
    public ImageShape InputShape { get; } = inputShape;

    /// <summary>Features per sample that the model reads.</summary>
    public int Inputs => InputShape.Features;

    /// <summary>Logits per sample.</summary>
    public int Outputs { get; } = outputs;

    /// <summary>A short name with the sizes, e.g. <c>mlp 784-200-200-10</c>.</summary>
    public string Name { get; } = name;

    /// <summary>x [batch, inputs] → logits [batch, outputs], on x's tape.</summary>
    /// <remarks>A model with <see cref="State"/> needs it attached to the tape (<see cref="Tape.Attach"/>).</remarks>
    /// <exception cref="ArgumentException">x has another number of features.</exception>
    public Variable Forward(in Variable x)
    {
        if (x.Layout.Rank != 2 || x.Size(1) != Inputs)
            throw new ArgumentException($"{Name}: expected x [batch, {Inputs}], got {x.Layout}");
        return Compute(x, null);
    }

    /// <summary>What the head reads: x [batch, inputs] → features [batch, d], on x's tape. No parameter of the head takes part.</summary>
    /// <remarks>A model with <see cref="State"/> needs it attached to the tape (<see cref="Tape.Attach"/>).</remarks>
    /// <exception cref="ArgumentException">x has another number of features.</exception>
    public Variable Features(in Variable x)
    {
        if (x.Layout.Rank != 2 || x.Size(1) != Inputs)
            throw new ArgumentException($"{Name}: expected x [batch, {Inputs}], got {x.Layout}");
        Variable features = Represent(x, null);
        return features.Layout.Rank == 2 ? features : Views.Reshape(features, x.Size(0), -1);
    }

    /// <summary>Writes initial values into a flat vector [p].</summary>
    /// <param name="values">[p].</param>
    /// <param name="seed">Same seed, same values.</param>
    public abstract void Initialize(in Tensor values, ulong seed);

    /// <summary>A new, initialized flat vector [p] on a device.</summary>
    public Tensor CreateValues(Device device, ulong seed)
    {
        Tensor values = Tensor.Zeros(device, Parameters.Length);
        Initialize(values, seed);
        return values;
    }

    /// <summary>A new state vector [s] as it is before the first batch (means and counters 0, variances 1); default for a model without state.</summary>
    public Tensor CreateState(Device device)
    {
        if (State.Length == 0)
            return default;
        Tensor state = Tensor.Zeros(device, State.Length);
        foreach (Parameter entry in State)
        {
            if (entry.Name.EndsWith("running_var", StringComparison.Ordinal))
                entry.Of(state).Fill(1f);
        }
        return state;
    }

    /// <summary>Layers, shapes, parameters, operations and memory, from running the network on zeros.</summary>
    /// <param name="batch">Samples that memory is counted for.</param>
    public ModelSummary Summary(int batch = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        // two runs tell what grows with the batch and what does not; one sample alone has no variance over the batch
        (IReadOnlyList<LayerSummary> two, long evaluationTwo) = DryRun(2);
        (IReadOnlyList<LayerSummary> three, long evaluationThree) = DryRun(3);
        return new ModelSummary(Name, batch,
            [.. two.Zip(three, (a, b) => a with { KeptBytes = a.KeptBytes + ((batch - 2) * (b.KeptBytes - a.KeptBytes)) })],
            evaluationTwo + ((batch - 2) * (evaluationThree - evaluationTwo)));
    }

    /// <summary>Floats of step memory that one sample takes in a forward pass without gradient; measured once, when first asked for.</summary>
    public long ActivationFloatsPerSample => _activationFloats != 0 ? _activationFloats
        : _activationFloats = Math.Max(1, (EvaluationFloats(3) - EvaluationFloats(1)) / 2);

    /// <summary>The network itself: x [batch, inputs] → logits [batch, outputs].</summary>
    /// <param name="x">Rows of the right length.</param>
    /// <param name="trace">Handed on to every layer.</param>
    protected abstract Variable Compute(in Variable x, LayerTrace? trace);

    /// <summary>The network up to its head: x [batch, inputs] → features [batch, ...].</summary>
    /// <param name="x">Rows of the right length.</param>
    /// <param name="trace">Handed on to every layer.</param>
    protected abstract Variable Represent(in Variable x, LayerTrace? trace);

    private (IReadOnlyList<LayerSummary> Layers, long EvaluationBytes) DryRun(int batch)
    {
        using Tensor values = Tensor.Zeros(Device.Host, Parameters.Length), state = CreateState(Device.Host);
        using Tensor x = Tensor.Zeros(Device.Host, batch, Inputs);
        using var tape = new Tape(Device.Host);
        tape.Begin(Parameters, values, values); // there is no backward: the gradient is not written
        tape.Attach(State, state, training: true, default);
        var trace = new LayerTrace(tape, batch);
        Compute(tape.Constant(x), trace);
        return (trace.Layers, sizeof(float) * EvaluationFloats(batch));
    }

    private long EvaluationFloats(int batch)
    {
        using Tensor values = Tensor.Zeros(Device.Host, Parameters.Length), state = CreateState(Device.Host);
        using Tensor x = Tensor.Zeros(Device.Host, batch, Inputs);
        using var tape = new Tape(Device.Host);
        tape.BeginNoGrad(Parameters, values);
        tape.Attach(State, state, training: false, default);
        Compute(tape.Constant(x), null);
        return tape.Arena.Peak;
    }
}
