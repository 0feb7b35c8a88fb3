using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// y = activation(x·Wᵀ + b), fused. x [..., in], W [out, in], b [out], y [..., out].
/// With d = dy·activation′: dW = dᵀ·x, db = Σ_batch d, dx = d·W.
/// </summary>
public static class Linear
{
    /// <summary>The affine map followed by an elementwise activation.</summary>
    /// <param name="x">[batch, in], or [..., in]: every position of the leading axes is a row.</param>
    /// <param name="weight">[out, in].</param>
    /// <param name="bias">[out], or null.</param>
    /// <param name="activation">Applied while the result is in cache; <see cref="IdentityOp"/> for none.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Variable Apply<TOp>(in Variable x, in Variable weight, in Variable? bias, in TOp activation) where TOp : struct, IDifferentiableUnaryOp
    {
        Check(x, weight, bias);
        if ((TOp.Needs & DerivativeNeeds.Input) != 0)
            return Elementwise.Apply(activation, Apply(x, weight, bias, default(IdentityOp))); // backward reads the sum before the activation: keep it

        if (x.Layout.Rank > 2 && !x.Layout.TryReshape([-1, x.Size(-1)], out _))
            return Apply(Elementwise.Apply(default(IdentityOp), x), weight, bias, activation);

        Tape tape = x.Tape;
        bool records = tape.Records(x) | tape.Records(weight) | (bias is { } b && tape.Records(b));
        Tensor rows = x.Layout.Rank == 2 ? x.Value : x.Value.Reshape(-1, weight.Size(1));
        Dims6 sizes = Dims6.Of(x.Layout.Sizes);
        sizes[x.Layout.Rank - 1] = weight.Size(0);
        Tensor y = tape.Allocate(((ReadOnlySpan<int>)sizes)[..x.Layout.Rank]);
        tape.Device.Gemm(rows.View, weight.Value.T.View, y.Reshape(rows.Size(0), weight.Size(0)).View, 1f, 0f, bias?.Value.View, activation);
        if (!records)
            return tape.Constant(y);
        var node = new Node
        {
            InputA = x.Id,
            InputB = weight.Id,
            InputC = bias?.Id ?? -1,
            SavedA = weight.NeedsGradient ? tape.Saved.Save(tape.Arena, rows, SavedKind.Activation) : -1,
            SavedB = x.NeedsGradient ? tape.Saved.Save(tape.Arena, weight.Value, SavedKind.Parameter) : -1,
            SavedC = (TOp.Needs & DerivativeNeeds.Output) != 0 ? tape.Saved.Save(tape.Arena, y, SavedKind.Elementwise) : -1,
            Payload = OpPayload.Of(activation),
            LayoutA = x.Layout,
            LayoutB = weight.Layout,
        };
        return tape.Record(y, static (ref BackwardContext context) =>
        {
            Tensor d = context.OutputGradient;
            if (typeof(TOp) != typeof(IdentityOp))
            {
                Tensor y = context.HasSaved(2) ? context.Saved(2) : d;
                context.Device.MapBackward(context.Op<TOp>(), d.View, d.View, y.View, d.View, false);
            }
            int width = d.Size(-1);
            if (d.Rank > 2)
                d = d.Reshape(-1, width);
            if (context.Needs(2))
            {
                Tensor db = context.Destination(2, [width], out bool accumulate);
                context.Device.Fold(FoldKind.Sum, d.View, db.Reshape(1, width).View, accumulate);
            }
            if (context.Needs(1))
            {
                Tensor dw = context.Destination(1, context.InputLayout(1).Sizes, out bool accumulate);
                context.Device.Gemm(d.T.View, context.Saved(0).View, dw.View, 1f, accumulate ? 1f : 0f, null);
            }
            if (context.Needs(0))
            {
                Tensor dx = context.Destination(0, context.InputLayout(0).Sizes, out bool accumulate);
                context.Device.Gemm(d.View, context.Saved(1).View, (dx.Rank > 2 ? dx.Reshape(d.Size(0), -1) : dx).View, 1f, accumulate ? 1f : 0f, null);
            }
        }, static (ref TangentContext context) =>
        {
            Tensor whole = context.Destination();
            int width = whole.Size(-1);
            Tensor destination = whole.Rank > 2 ? whole.Reshape(-1, width) : whole;
            View? bias = context.Moves(2) ? context.Tangent(2).View : null;
            if (context.Moves(0))
            {
                Tensor tangent = context.Tangent(0);
                if (tangent.Rank > 2)
                    tangent = context.ContiguousTangent(0).Reshape(destination.Size(0), -1);
                context.Device.Gemm(tangent.View, context.Saved(1).T.View, destination.View, 1f, 0f, bias);
            }
            if (context.Moves(1))
            {
                context.Device.Gemm(context.Saved(0).View, context.Tangent(1).T.View, destination.View, 1f, context.Moves(0) ? 1f : 0f,
                    context.Moves(0) ? null : bias);
            }
            else if (!context.Moves(0))
            {
                context.Device.Copy(context.Tangent(2).BroadcastTo(destination.Layout.Sizes).View, destination.View);
            }
            if (typeof(TOp) != typeof(IdentityOp))
            {
                Tensor y = context.HasSaved(2) ? context.Saved(2) : whole;
                context.Device.MapBackward(context.Op<TOp>(), whole.View, whole.View, y.View, whole.View, false);
            }
        }, ref node);
    }

    private static void Check(in Variable x, in Variable weight, in Variable? bias)
    {
        if (x.Layout.Rank < 2 || weight.Layout.Rank != 2)
            throw new ArgumentException($"linear: expected x [..., in] of at least two axes and weight [out, in], got x {x.Layout} and weight {weight.Layout}");
        if (x.Size(-1) != weight.Size(1))
            throw new ArgumentException($"linear: x {x.Layout} has {x.Size(-1)} features, weight {weight.Layout} expects {weight.Size(1)}" +
                (x.Layout.Rank > 2 ? ". Is x.Reshape(batch, -1) missing?" : ""));
        if (bias is { } b && (b.Layout.Rank != 1 || b.Size(0) != weight.Size(0)))
            throw new ArgumentException($"linear: weight {weight.Layout} makes {weight.Size(0)} outputs, bias is {b.Layout}");
    }
}
