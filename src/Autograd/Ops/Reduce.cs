using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>Sums and means: over everything, or over one axis (kept with size 1). The gradient is repeated along what was folded.</summary>
public static class Reduce
{
    /// <summary>Σ x, as a scalar [].</summary>
    public static Variable Sum(in Variable x) => Whole(x, FoldKind.Sum);

    /// <summary>Mean of x, as a scalar [].</summary>
    public static Variable Mean(in Variable x) => Whole(x, FoldKind.Mean);

    /// <summary>Σ along one axis, which is kept with size 1.</summary>
    public static Variable Sum(in Variable x, int axis) => Along(x, FoldKind.Sum, axis);

    /// <summary>Mean along one axis, which is kept with size 1.</summary>
    public static Variable Mean(in Variable x, int axis) => Along(x, FoldKind.Mean, axis);

    private static Variable Whole(in Variable x, FoldKind kind)
    {
        Span<int> sizes = stackalloc int[x.Layout.Rank];
        sizes.Fill(1);
        return Views.Reshape(Folded(x, kind, sizes));
    }

    private static Variable Along(in Variable x, FoldKind kind, int axis)
    {
        Span<int> sizes = stackalloc int[x.Layout.Rank];
        x.Layout.Sizes.CopyTo(sizes);
        _ = x.Layout.Size(axis);
        sizes[axis < 0 ? axis + sizes.Length : axis] = 1;
        return Folded(x, kind, sizes);
    }

    private static Variable Folded(in Variable x, FoldKind kind, ReadOnlySpan<int> sizes)
    {
        Tape tape = x.Tape;
        Tensor y = tape.Allocate(sizes);
        tape.Device.Fold(kind, x.Value.View, y.View);
        if (!tape.Records(x))
            return tape.Constant(y);
        float factor = kind == FoldKind.Mean && x.Value.Count > 0 ? (float)y.Count / x.Value.Count : 1f;
        var node = new Node
        {
            InputA = x.Id,
            InputB = -1,
            InputC = -1,
            SavedA = -1,
            SavedB = -1,
            SavedC = -1,
            LayoutA = x.Layout,
            Payload = OpPayload.Of(new ScaleOp(factor)),
        };
        return tape.Record(y, static (ref BackwardContext context) =>
        {
            ReadOnlySpan<int> shape = context.InputLayout(0).Sizes;
            Tensor dy = context.OutputGradient.BroadcastTo(shape);
            Tensor dx = context.Destination(0, shape, out bool accumulate);
            if (accumulate)
                context.Device.Zip(new AddScaledOp(context.Op<ScaleOp>().Factor), dx.View, dy.View, dx.View);
            else
                context.Device.Map(context.Op<ScaleOp>(), dy.View, dx.View);
        }, static (ref TangentContext context) =>
        {
            Tensor destination = context.Destination();
            context.Device.Fold(FoldKind.Sum, context.Tangent(0).View, destination.View);
            if (context.Op<ScaleOp>().Factor != 1f)
                context.Device.Map(context.Op<ScaleOp>(), destination.View, destination.View);
        }, ref node);
    }
}
