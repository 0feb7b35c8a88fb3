using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>What a tangent rule sees: which inputs move and how, what the op saved, and where the output's tangent goes.</summary>
public readonly ref struct TangentContext
{
    private readonly Tape _tape;
    private readonly ref readonly Node _node;
    private readonly Tensor _value;

    internal TangentContext(Tape tape, ref readonly Node node, in Tensor value)
    {
        _tape = tape;
        _node = ref node;
        _value = value;
    }

    /// <summary>The device to compute on.</summary>
    public Device Device => _tape.Device;

    /// <summary>The output y.</summary>
    public Tensor Value => _value;

    /// <summary>Integers given to the op: labels, row indices.</summary>
    public IndexView Indices => _node.Indices;

    /// <summary>False for an input that stands still: its tangent is zero and is not there to be read.</summary>
    public bool Moves(int input) => Id(input) >= 0;

    /// <summary>ẋ of an input that moves, in the input's sizes.</summary>
    public Tensor Tangent(int input) => _tape.TangentOf(Id(input));

    /// <summary>ẋ of an input that moves, in row-major order: a copy where it has another one.</summary>
    public Tensor ContiguousTangent(int input)
    {
        Tensor tangent = Tangent(input);
        if (tangent.IsContiguous)
            return tangent;
        Tensor copy = Temporary(tangent.Layout.Sizes);
        Device.Copy(tangent.View, copy.View);
        return copy;
    }

    /// <summary>A saved tensor, in the order of saving.</summary>
    public Tensor Saved(int slot) => _tape.Saved.Load(_tape.Arena, Handle(slot));

    /// <summary>True when the op saved a tensor in this slot.</summary>
    public bool HasSaved(int slot) => Handle(slot) >= 0;

    /// <summary>The op struct that the op was called with.</summary>
    public TOp Op<TOp>() where TOp : struct => _node.Payload.As<TOp>();

    /// <summary>Layout of input 0 or 1.</summary>
    public Layout InputLayout(int input) => input == 0 ? _node.LayoutA : _node.LayoutB;

    /// <summary>Uninitialized memory for ẏ, of y's sizes in row-major order; the rule writes all of it.</summary>
    public Tensor Destination() => _tape.TangentDestination(_node.Output, _value.Layout.Sizes);

    /// <summary>Names a view of an input's tangent as ẏ; no data moves.</summary>
    public void Pass(in Tensor view) => _tape.PassTangent(_node.Output, view);

    /// <summary>Scratch memory that is taken back when the rule returns.</summary>
    public Tensor Temporary(params ReadOnlySpan<int> shape) => new(_tape.Arena, shape);

    /// <summary>ẋ of a vector that moves, or scratch memory full of zeros for one that stands still.</summary>
    internal Tensor TangentOrZeros(int input, int length)
    {
        if (Moves(input))
            return Tangent(input);
        Tensor zeros = Temporary(length);
        Device.Fill(zeros.View, 0f);
        return zeros;
    }

    private int Id(int input) => input switch { 0 => _node.InputA, 1 => _node.InputB, 2 => _node.InputC, _ => _node.InputD };

    private int Handle(int slot) => slot switch { 0 => _node.SavedA, 1 => _node.SavedB, 2 => _node.SavedC, _ => _node.SavedD };
}
