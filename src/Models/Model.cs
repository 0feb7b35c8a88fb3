using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models;

/// <summary>
/// A network: how inputs become logits, and which parameters that takes. A model holds no values: they are one flat vector,
/// so the same model can be run under several vectors (a virtual step, an average, another learner's).
/// </summary>
public abstract class Model
{
    /// <summary>Names, shapes and places of the parameters in the flat vector.</summary>
    public ParameterSet Parameters { get; } = [];

    /// <summary>Features per sample that the model reads.</summary>
    public abstract int Inputs { get; }

    /// <summary>Logits per sample.</summary>
    public abstract int Outputs { get; }

    /// <summary>A short name with the sizes, e.g. <c>mlp 784-200-200-10</c>.</summary>
    public abstract string Name { get; }

    /// <summary>x [batch, inputs] → logits [batch, outputs], on x's tape.</summary>
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
}
