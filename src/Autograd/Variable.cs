using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>A value on a tape: a tensor together with the place where its gradient will gather.</summary>
/// <remarks>Valid until the tape's next <see cref="Tape.Begin(ParameterSet, in Tensor, in Tensor, bool)"/>.</remarks>
public readonly partial struct Variable
{
    private readonly Tensor _value;

    internal Variable(Tape tape, in Tensor value, int id)
    {
        Tape = tape;
        _value = value;
        Id = id;
    }

    /// <summary>The tape that recorded the value.</summary>
    public Tape Tape { get; }

    /// <summary>The elements.</summary>
    public Tensor Value => _value;

    /// <summary>True when backward will reach this value; in a step with tangents, when it has one.</summary>
    public bool NeedsGradient => Id >= 0;

    /// <summary>Sizes and strides of the value.</summary>
    public Layout Layout => _value.Layout;

    /// <summary>Place in the tape's table of gradients; −1 for constants.</summary>
    internal int Id { get; }

    /// <summary>Size of one axis; negative axes count from the end.</summary>
    public int Size(int axis) => _value.Size(axis);

    /// <summary>d loss / d this, after <see cref="Tape.Backward"/>; a tensor of this value's shape.</summary>
    /// <exception cref="InvalidOperationException">Backward has not run, or did not reach this value.</exception>
    public Tensor Gradient => Tape.GradientOf(this);

    /// <summary>What this value changes by along the direction of a step begun with <see cref="Tape.BeginTangents(ParameterSet, in Tensor, in Tensor, int)"/>; a tensor of its shape.</summary>
    /// <exception cref="InvalidOperationException">The step has no tangents, or the value does not move.</exception>
    public Tensor Tangent => Tape.TangentOf(this);

    /// <summary>Sum under broadcasting.</summary>
    public static Variable operator +(in Variable a, in Variable b) => Binary.Apply(default(AddOp), a, b);

    /// <summary>Difference under broadcasting.</summary>
    public static Variable operator -(in Variable a, in Variable b) => Binary.Apply(default(SubtractOp), a, b);

    /// <summary>Product under broadcasting.</summary>
    public static Variable operator *(in Variable a, in Variable b) => Binary.Apply(default(MultiplyOp), a, b);

    /// <summary>Quotient under broadcasting.</summary>
    public static Variable operator /(in Variable a, in Variable b) => Binary.Apply(default(DivideOp), a, b);

    /// <summary>Every element times a number.</summary>
    public static Variable operator *(in Variable a, float factor) => Elementwise.Apply(new ScaleOp(factor), a);

    /// <summary>Every element plus a number.</summary>
    public static Variable operator +(in Variable a, float addend) => Elementwise.Apply(new AddScalarOp(addend), a);

    /// <summary>Every element with the sign turned.</summary>
    public static Variable operator -(in Variable a) => Elementwise.Apply(default(NegateOp), a);
}
