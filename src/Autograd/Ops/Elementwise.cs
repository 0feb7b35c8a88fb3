using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>y = op(x), element for element; dx = dy·op′(x, y). One function for every op struct of the kernels.</summary>
public static class Elementwise
{
    /// <summary>Applies an op struct to every element.</summary>
    /// <param name="op">The op; its derivative stands beside it.</param>
    /// <param name="x">Any shape.</param>
    /// <returns>A value of x's shape.</returns>
    public static Variable Apply<TOp>(in TOp op, in Variable x) where TOp : struct, IDifferentiableUnaryOp
    {
        Tape tape = x.Tape;
        Tensor y = tape.Allocate(x.Layout.Sizes);
        tape.Device.Map(op, x.Value.View, y.View);
        if (!tape.Records(x))
            return tape.Constant(y);
        var node = new Node
        {
            InputA = x.Id,
            InputB = -1,
            InputC = -1,
            SavedA = (TOp.Needs & DerivativeNeeds.Input) != 0 ? tape.Saved.Save(tape.Arena, x.Value, SavedKind.Elementwise) : -1,
            SavedB = (TOp.Needs & DerivativeNeeds.Output) != 0 ? tape.Saved.Save(tape.Arena, y, SavedKind.Elementwise) : -1,
            SavedC = -1,
            Payload = OpPayload.Of(op),
        };
        return tape.Record(y, static (ref BackwardContext context) =>
        {
            Tensor dy = context.OutputGradient;
            Tensor x = context.HasSaved(0) ? context.Saved(0) : dy, y = context.HasSaved(1) ? context.Saved(1) : dy;
            Tensor dx = context.DestinationInPlace(0, dy.Layout.Sizes, out bool accumulate);
            context.Device.MapBackward(context.Op<TOp>(), dy.View, x.View, y.View, dx.View, accumulate);
        }, static (ref TangentContext context) =>
        {
            Tensor tangent = context.ContiguousTangent(0), y = context.Destination();
            Tensor x = context.HasSaved(0) ? context.Saved(0) : tangent, value = context.HasSaved(1) ? context.Saved(1) : tangent;
            context.Device.MapBackward(context.Op<TOp>(), tangent.View, x.View, value.View, y.View, false);
        }, ref node);
    }
}
