using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// softmax(x)ᵢ = exp(xᵢ)/Σ exp(xⱼ) along the last axis, or its logarithm. dx = y·(dy − Σ dy·y), of the logarithm dx = dy − exp(y)·Σ dy.
/// </summary>
public static class Softmax
{
    /// <summary>The softmax along the last axis.</summary>
    /// <param name="x">[..., classes].</param>
    /// <exception cref="ArgumentException">x has no axis.</exception>
    public static Variable Apply(in Variable x) => Apply(x, false);

    /// <summary>The logarithm of the softmax along the last axis.</summary>
    /// <param name="x">[..., classes].</param>
    /// <exception cref="ArgumentException">x has no axis.</exception>
    public static Variable Log(in Variable x) => Apply(x, true);

    private static Variable Apply(in Variable x, bool logarithm)
    {
        if (x.Layout.Rank < 1 || x.Size(-1) < 1)
            throw new ArgumentException($"softmax: expected x [..., classes] with at least one class, got {x.Layout}");
        if (!x.Value.IsContiguous)
            return Apply(Views.Contiguous(x), logarithm);
        Tape tape = x.Tape;
        int columns = x.Size(-1), rows = x.Value.Count / columns;
        Tensor y = tape.Allocate(x.Layout.Sizes);
        tape.Device.Softmax(x.Value.Reshape(rows, columns).View, y.Reshape(rows, columns).View, logarithm);
        if (!tape.Records(x))
            return tape.Constant(y);
        var node = new Node { InputA = x.Id, SavedA = tape.Saved.Save(tape.Arena, y, SavedKind.Elementwise), Payload = OpPayload.Of(logarithm) };
        return tape.Record(y, static (ref BackwardContext context) =>
        {
            Tensor dy = context.OutputGradient, y = context.Saved(0);
            int columns = y.Size(-1), rows = y.Count / columns;
            Tensor dx = context.DestinationInPlace(0, y.Layout.Sizes, out bool accumulate);
            context.Device.SoftmaxBackward(dy.Reshape(rows, columns).View, y.Reshape(rows, columns).View, dx.Reshape(rows, columns).View, context.Op<bool>(), accumulate);
        }, static (ref TangentContext context) =>
        {
            Tensor tangent = context.ContiguousTangent(0), destination = context.Destination(), y = context.Saved(0);
            int columns = y.Size(-1), rows = y.Count / columns;
            if (!context.Op<bool>())
            {
                // the matrix diag(y) − yyᵀ is symmetric: forward and backward are one map
                context.Device.SoftmaxBackward(tangent.Reshape(rows, columns).View, y.Reshape(rows, columns).View, destination.Reshape(rows, columns).View, false, false);
                return;
            }
            Tensor weighted = context.Temporary(y.Layout.Sizes), mean = context.Temporary(rows, 1);
            context.Device.Map(default(ExpOp), y.View, weighted.View);
            context.Device.Zip(default(MultiplyOp), weighted.View, tangent.View, weighted.View);
            context.Device.Fold(FoldKind.Sum, weighted.Reshape(rows, columns).View, mean.View);
            context.Device.Zip(default(SubtractOp), tangent.Reshape(rows, columns).View, mean.BroadcastTo(rows, columns).View, destination.Reshape(rows, columns).View);
        }, ref node);
    }
}
