using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>y = op(a, b) under broadcasting; each operand's gradient is dy·∂op summed over the axes along which it was repeated.</summary>
public static class Binary
{
    /// <summary>Applies a binary op struct.</summary>
    /// <param name="op">The op; its derivatives stand beside it.</param>
    /// <param name="a">Left operand.</param>
    /// <param name="b">Right operand; shapes align from the right, every axis equal or 1.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public static Variable Apply<TOp>(in TOp op, in Variable a, in Variable b) where TOp : struct, IDifferentiableBinaryOp
    {
        Tape tape = a.Tape;
        bool records = tape.Records(a) | tape.Records(b);
        Dims6 sizes = Layout.BroadcastSizes(typeof(TOp).Name, a.Layout, b.Layout, out int rank);
        ReadOnlySpan<int> shape = ((ReadOnlySpan<int>)sizes)[..rank];
        Tensor y = tape.Allocate(shape);
        tape.Device.Zip(op, a.Value.BroadcastTo(shape).View, b.Value.BroadcastTo(shape).View, y.View);
        if (!records)
            return tape.Constant(y);
        bool inputs = (TOp.Needs & DerivativeNeeds.Input) != 0;
        var node = new Node
        {
            InputA = a.Id,
            InputB = b.Id,
            InputC = -1,
            SavedA = inputs ? tape.Saved.Save(tape.Arena, a.Value, SavedKind.Elementwise) : -1,
            SavedB = inputs ? tape.Saved.Save(tape.Arena, b.Value, SavedKind.Elementwise) : -1,
            SavedC = (TOp.Needs & DerivativeNeeds.Output) != 0 ? tape.Saved.Save(tape.Arena, y, SavedKind.Elementwise) : -1,
            Payload = OpPayload.Of(op),
            LayoutA = a.Layout,
            LayoutB = b.Layout,
        };
        return tape.Record(y, static (ref BackwardContext context) =>
        {
            Tensor dy = context.OutputGradient;
            ReadOnlySpan<int> shape = dy.Layout.Sizes;
            Tensor a = context.HasSaved(0) ? context.Saved(0).BroadcastTo(shape) : dy;
            Tensor b = context.HasSaved(1) ? context.Saved(1).BroadcastTo(shape) : dy;
            Tensor y = context.HasSaved(2) ? context.Saved(2) : dy;
            // side A last: where nothing is changed, it takes the memory of dy over
            for (int side = 1; side >= 0; side--)
            {
                if (!context.Needs(side))
                    continue;
                if (typeof(TOp) == typeof(AddOp) && side == 0 && context.InputLayout(side).SameSizes(dy.Layout))
                {
                    context.Pass(side, shape);
                    continue;
                }
                if (context.InputLayout(side).SameSizes(dy.Layout))
                {
                    Tensor destination = context.Destination(side, shape, out bool accumulate);
                    context.Device.ZipBackward(context.Op<TOp>(), (ZipSide)side, dy.View, a.View, b.View, y.View, destination.View, accumulate);
                }
                else
                {
                    Tensor whole = new(context.Arena, shape);
                    context.Device.ZipBackward(context.Op<TOp>(), (ZipSide)side, dy.View, a.View, b.View, y.View, whole.View, false);
                    context.AddSummed(side, whole);
                }
            }
        }, static (ref TangentContext context) =>
        {
            ReadOnlySpan<int> shape = context.Value.Layout.Sizes;
            Tensor destination = context.Destination();
            Tensor a = context.HasSaved(0) ? context.Saved(0).BroadcastTo(shape) : context.Value;
            Tensor b = context.HasSaved(1) ? context.Saved(1).BroadcastTo(shape) : context.Value;
            bool written = false;
            for (int side = 0; side < 2; side++)
            {
                if (!context.Moves(side))
                    continue;
                Tensor tangent = context.Tangent(side);
                if (!tangent.IsContiguous || !tangent.Layout.SameSizes(context.Value.Layout))
                {
                    // into memory of its own: derivatives that read y want everything laid out as y is
                    Tensor whole = context.Temporary(shape);
                    context.Device.Copy(tangent.BroadcastTo(shape).View, whole.View);
                    tangent = whole;
                }
                context.Device.ZipBackward(context.Op<TOp>(), (ZipSide)side, tangent.View, a.View, b.View, context.Value.View, destination.View, written);
                written = true;
            }
        }, ref node);
    }
}
