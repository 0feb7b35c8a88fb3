using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>c = a·b for [m, k]·[k, n], or batched [b, m, k]·[b, k, n]; da = dc·bᵀ, db = aᵀ·dc.</summary>
public static class MatMul
{
    /// <summary>The matrix product; transposed views are read in place.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Variable Apply(in Variable a, in Variable b)
    {
        Tape tape = a.Tape;
        bool records = tape.Records(a) | tape.Records(b);
        Dims6 sizes = Tensor.MatMulSizes("matmul", a.Value, b.Value, out int rank);
        Tensor c = tape.Allocate(((ReadOnlySpan<int>)sizes)[..rank]);
        tape.Device.Gemm(a.Value.View, b.Value.View, c.View, 1f, 0f, null);
        if (!records)
            return tape.Constant(c);
        var node = new Node
        {
            InputA = a.Id,
            InputB = b.Id,
            InputC = -1,
            SavedA = b.NeedsGradient ? tape.Saved.Save(tape.Arena, a.Value, SavedKind.Activation) : -1,
            SavedB = a.NeedsGradient ? tape.Saved.Save(tape.Arena, b.Value, SavedKind.Activation) : -1,
            SavedC = -1,
            LayoutA = a.Layout,
            LayoutB = b.Layout,
        };
        return tape.Record(c, static (ref BackwardContext context) =>
        {
            Tensor dc = context.OutputGradient;
            if (context.Needs(0))
            {
                Tensor da = context.Destination(0, context.InputLayout(0).Sizes, out bool accumulate);
                context.Device.Gemm(dc.View, context.Saved(1).T.View, da.View, 1f, accumulate ? 1f : 0f, null);
            }
            if (context.Needs(1))
            {
                Tensor db = context.Destination(1, context.InputLayout(1).Sizes, out bool accumulate);
                context.Device.Gemm(context.Saved(0).T.View, dc.View, db.View, 1f, accumulate ? 1f : 0f, null);
            }
        }, static (ref TangentContext context) =>
        {
            Tensor destination = context.Destination();
            if (context.Moves(0))
                context.Device.Gemm(context.Tangent(0).View, context.Saved(1).View, destination.View, 1f, 0f, null);
            if (context.Moves(1))
                context.Device.Gemm(context.Saved(0).View, context.Tangent(1).View, destination.View, 1f, context.Moves(0) ? 1f : 0f, null);
        }, ref node);
    }
}
