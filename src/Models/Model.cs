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
    public abstract Variable Forward(in Variable x);

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

    /// <summary>Looks whether x is rows of this model's features.</summary>
    /// <exception cref="ArgumentException">x is no [batch, inputs].</exception>
    protected void CheckInput(in Variable x)
    {
        if (x.Layout.Rank != 2 || x.Size(1) != Inputs)
            throw new ArgumentException($"{Name}: expected x [batch, {Inputs}], got {x.Layout}");
    }
}
