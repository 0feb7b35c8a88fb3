using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// Forward mode: every value is computed together with its derivative along one direction, ẏ = J·ẋ (Wengert 1964; Pearlmutter 1994). One pass gives
/// the directional derivative of every sample's loss, ⟨∇ℓ(x), d⟩, with no gradient per sample and nothing kept for later: two products where forward
/// has one, so the arithmetic of one forward and one backward pass.
/// </summary>
public sealed partial class Tape
{
    private readonly SavedTensors _direct = new(); // read at once by a tangent rule: never packed
    private Tensor _direction;
    private int _firstMoved;

    /// <summary>True while values are computed together with their tangents; see <see cref="BeginTangents(ParameterSet, in Tensor, in Tensor, int)"/>.</summary>
    public bool Tangents { get; private set; }

    /// <summary>Starts a step whose values come with tangents: those of leaves are given to <see cref="Leaf(in Tensor, in Tensor)"/>.</summary>
    public void BeginTangents()
    {
        Begin(recording: false);
        Tangents = true;
    }

    /// <summary>Starts a step in which the parameters move along a direction; <see cref="Variable.Tangent"/> is then what a value changes by, to first order.</summary>
    /// <param name="parameters">The arrangement of both vectors.</param>
    /// <param name="values">Parameter values [p].</param>
    /// <param name="direction">d values [p]: a gradient, an optimizer's step.</param>
    /// <param name="first">Parameters before this index stand still, and what depends on them alone costs a plain forward pass.</param>
    /// <exception cref="ArgumentException">A vector has another length than the arrangement.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no parameter of that index.</exception>
    public void BeginTangents(ParameterSet parameters, in Tensor values, in Tensor direction, int first = 0)
    {
        if ((uint)first >= (uint)Math.Max(1, parameters.Count))
            throw new ArgumentOutOfRangeException(nameof(first), first, $"tape: the first parameter that moves must be one of {parameters.Count}");
        int length = direction.IsEmpty ? 0 : direction.Count;
        if (length != parameters.Length)
            throw new ArgumentException($"tape: the model has {parameters.Length} parameters; the direction has {length}");
        Begin(parameters, values, default, recording: false);
        _direction = direction;
        _firstMoved = first;
        Tangents = true;
    }

    /// <summary>A value that moves.</summary>
    /// <param name="value">Where it is.</param>
    /// <param name="tangent">Where it moves; contiguous, of value's sizes.</param>
    /// <exception cref="InvalidOperationException">The step has no tangents.</exception>
    /// <exception cref="ArgumentException">Sizes differ, or the tangent is strided.</exception>
    public Variable Leaf(in Tensor value, in Tensor tangent)
    {
        RequireBegun();
        if (!Tangents)
            throw new InvalidOperationException("tape: this step has no tangents; begin it with BeginTangents");
        if (!tangent.Layout.SameSizes(value.Layout) || !tangent.IsContiguous)
            throw new ArgumentException($"tape: the tangent of a leaf {value.Layout} must be contiguous and of its sizes, got {tangent.Layout}");
        int slot = NewSlot();
        PassTangent(slot, tangent);
        return new Variable(this, value, slot);
    }

    internal Tensor TangentOf(in Variable variable) => Tangents && variable.NeedsGradient ? _slots[variable.Id].Gradient
        : throw new InvalidOperationException($"tangent: this {variable.Layout} value does not move; " +
            (Tangents ? "it depends on no parameter or leaf that does" : "begin the step with BeginTangents"));

    internal Tensor TangentOf(int slot) => _slots[slot].Gradient;

    internal Tensor TangentDestination(int slot, ReadOnlySpan<int> sizes)
    {
        PassTangent(slot, new Tensor(Arena, Arena.Allocate(sizes, outlivesScope: true)));
        return _slots[slot].Gradient;
    }

    internal void PassTangent(int slot, in Tensor tangent)
    {
        _slots[slot].Gradient = tangent;
        _slots[slot].Written = true;
    }

    private Variable Move(in Tensor value, TangentRule rule, ref Node node)
    {
        node.Output = NewSlot();
        var context = new TangentContext(this, ref node, value);
        Arena.BeginScope();
        rule(ref context);
        Arena.EndScope();
        _direct.Reset(); // handles are of use to the rule only
        return new Variable(this, value, node.Output);
    }
}
