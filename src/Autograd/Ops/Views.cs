using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>Reshape, transpose, permute, slice and broadcast: the same elements under another layout; gradients flow back through it.</summary>
public static class Views
{
    /// <summary>The same elements under other sizes; one size may be −1. Strided values are copied first when they must be.</summary>
    /// <exception cref="ArgumentException">The element counts differ.</exception>
    public static Variable Reshape(in Variable x, params ReadOnlySpan<int> shape)
    {
        if (!x.Layout.TryReshape(shape, out _))
        {
            Variable copy = Elementwise.Apply(default(IdentityOp), x);
            return Reshape(copy, shape);
        }
        return Recorded(x, x.Value.Reshape(shape), static (ref BackwardContext context) => context.Pass(0, context.InputLayout(0).Sizes),
            static (ref TangentContext context) =>
            {
                Tensor tangent = context.Tangent(0);
                if (tangent.Layout.TryReshape(context.Value.Layout.Sizes, out _))
                    context.Pass(tangent.Reshape(context.Value.Layout.Sizes));
                else
                    context.Device.Copy(tangent.View, context.Destination().Reshape(tangent.Layout.Sizes).View); // laid out otherwise than its value
            });
    }

    /// <summary>The same values in row-major order: a copy where the layout has another one.</summary>
    public static Variable Contiguous(in Variable x) => x.Layout.IsContiguous ? x : Elementwise.Apply(default(IdentityOp), x);

    /// <summary>Two axes exchanged.</summary>
    public static Variable Transpose(in Variable x, int axisA, int axisB)
    {
        int a = axisA < 0 ? axisA + x.Layout.Rank : axisA, b = axisB < 0 ? axisB + x.Layout.Rank : axisB;
        return Recorded(x, x.Value.Transpose(a, b), static (ref BackwardContext context) =>
        {
            Tensor dy = context.OutputGradient;
            Tensor dx = context.Destination(0, context.InputLayout(0).Sizes, out bool accumulate);
            (int a, int b) = context.Op<(int, int)>();
            Add(context.Device, dy.Transpose(a, b), dx, accumulate);
        }, static (ref TangentContext context) =>
        {
            (int a, int b) = context.Op<(int, int)>();
            context.Pass(context.Tangent(0).Transpose(a, b));
        }, OpPayload.Of((a, b)));
    }

    /// <summary>A range of one axis; the rest of x gets no gradient from here.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the axis.</exception>
    public static Variable Slice(in Variable x, int axis, int start, int count)
    {
        int a = axis < 0 ? axis + x.Layout.Rank : axis;
        return Recorded(x, x.Value.Slice(a, start, count), static (ref BackwardContext context) =>
        {
            Tensor dy = context.OutputGradient;
            Tensor dx = context.Destination(0, context.InputLayout(0).Sizes, out bool accumulate);
            if (!accumulate)
                context.Device.Fill(dx.View, 0f);
            (int axis, int start) = context.Op<(int, int)>();
            Add(context.Device, dy, dx.Slice(axis, start, dy.Size(axis)), accumulate: true);
        }, static (ref TangentContext context) =>
        {
            (int axis, int start) = context.Op<(int, int)>();
            context.Pass(context.Tangent(0).Slice(axis, start, context.Value.Size(axis)));
        }, OpPayload.Of((a, start)));
    }

    /// <summary>Repeated to larger sizes; the gradient is summed over the repeats.</summary>
    /// <exception cref="ArgumentException">An axis is neither equal nor 1.</exception>
    public static Variable BroadcastTo(in Variable x, params ReadOnlySpan<int> shape) =>
        Recorded(x, x.Value.BroadcastTo(shape), static (ref BackwardContext context) => context.AddSummed(0, context.OutputGradient),
            static (ref TangentContext context) => context.Pass(context.Tangent(0).BroadcastTo(context.Value.Layout.Sizes)));

    private static Variable Recorded(in Variable x, in Tensor value, BackwardRule rule, TangentRule tangent, OpPayload payload = default)
    {
        Tape tape = x.Tape;
        if (!tape.Records(x))
            return tape.Constant(value);
        var node = new Node { InputA = x.Id, InputB = -1, InputC = -1, SavedA = -1, SavedB = -1, SavedC = -1, LayoutA = x.Layout, Payload = payload };
        return tape.Record(value, rule, tangent, ref node);
    }

    private static void Add(Device device, in Tensor from, in Tensor to, bool accumulate)
    {
        if (accumulate)
            device.Zip(default(AddOp), to.View, from.View, to.View);
        else
            device.Copy(from.View, to.View);
    }
}
