using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>What a backward rule sees: the gradient of its output, what forward saved, and where the gradients of its inputs go.</summary>
public readonly ref struct BackwardContext
{
    private readonly Tape _tape;
    private readonly ref readonly Node _node;

    internal BackwardContext(Tape tape, ref readonly Node node)
    {
        _tape = tape;
        _node = ref node;
    }

    /// <summary>The device to compute on.</summary>
    public Device Device => _tape.Device;

    /// <summary>Memory of the running step; what a rule takes from it is taken back when the rule returns.</summary>
    public Arena Arena => _tape.Arena;

    /// <summary>d loss / d output. The rule is its only reader and may overwrite it.</summary>
    public Tensor OutputGradient => _tape.GradientOf(_node.Output);

    /// <summary>Integers given to the op: labels, row indices.</summary>
    public IndexView Indices => _node.Indices;

    /// <summary>True when the gradient of input 0, 1, 2 or 3 is wanted.</summary>
    public bool Needs(int input) => Id(input) >= 0;

    /// <summary>A saved tensor, in the order of saving.</summary>
    public Tensor Saved(int slot) => _tape.Saved.Load(_tape.Arena, Handle(slot));

    /// <summary>True when forward saved a tensor in this slot.</summary>
    public bool HasSaved(int slot) => Handle(slot) >= 0;

    /// <summary>The op struct that forward was called with.</summary>
    public TOp Op<TOp>() where TOp : struct => _node.Payload.As<TOp>();

    /// <summary>Layout of input 0 or 1 as forward saw it.</summary>
    public Layout InputLayout(int input) => input == 0 ? _node.LayoutA : _node.LayoutB;

    /// <summary>
    /// Where d loss / d input is to be written: overwrite it when <paramref name="accumulate"/> is false, add to it otherwise.
    /// The rule must do so before it returns.
    /// </summary>
    public Tensor Destination(int input, ReadOnlySpan<int> shape, out bool accumulate) => _tape.Destination(Id(input), shape, out accumulate);

    /// <summary>Scratch memory that is taken back when the rule returns.</summary>
    public Tensor Temporary(params ReadOnlySpan<int> sizes) => new(Arena, sizes);

    /// <summary>
    /// As <see cref="Destination"/>, for rules that work element for element: the destination may be the memory of <see cref="OutputGradient"/> itself
    /// (then not to be accumulated to), which must not be read for another input afterwards.
    /// </summary>
    public Tensor DestinationInPlace(int input, ReadOnlySpan<int> shape, out bool accumulate)
    {
        accumulate = false;
        return _tape.TryPass(_node.Output, Id(input), shape, out Tensor passed) ? passed : Destination(input, shape, out accumulate);
    }

    /// <summary>Adds the output's gradient to an input of as many elements, moving no data where nothing else was added to that input yet.</summary>
    public void Pass(int input, ReadOnlySpan<int> shape)
    {
        if (_tape.TryPass(_node.Output, Id(input), shape, out _))
            return;
        Tensor dy = OutputGradient, dx = Destination(input, shape, out bool accumulate);
        Tensor reshaped = dy.Reshape(shape);
        if (accumulate)
            Device.Zip(default(AddOp), dx.View, reshaped.View, dx.View);
        else
            Device.Copy(reshaped.View, dx.View);
    }

    /// <summary>Adds a gradient of the output's (broadcast) sizes to an input of smaller sizes, summing over the axes that were repeated.</summary>
    public void AddSummed(int input, in Tensor gradient)
    {
        Layout target = InputLayout(input);
        Tensor destination = Destination(input, target.Sizes, out bool accumulate);
        if (target.SameSizes(gradient.Layout))
        {
            if (accumulate)
                Device.Zip(default(AddOp), destination.View, gradient.View, destination.View);
            else
                Device.Copy(gradient.View, destination.View);
            return;
        }
        Span<int> padded = stackalloc int[gradient.Rank];
        padded.Fill(1);
        target.Sizes.CopyTo(padded[(gradient.Rank - target.Rank)..]);
        Device.Fold(FoldKind.Sum, gradient.View, destination.Reshape(padded).View, accumulate);
    }

    private int Id(int input) => input switch { 0 => _node.InputA, 1 => _node.InputB, 2 => _node.InputC, _ => _node.InputD };

    private int Handle(int slot) => slot switch { 0 => _node.SavedA, 1 => _node.SavedB, 2 => _node.SavedC, _ => _node.SavedD };
}
