using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>Two values one after the other along an axis; each gets its own part of the gradient.</summary>
public static class Concatenate
{
    /// <summary>[…, n, …] and […, m, …] → […, n + m, …].</summary>
    /// <exception cref="ArgumentException">Ranks, or sizes of another axis, differ.</exception>
    public static Variable Apply(in Variable first, in Variable second, int axis)
    {
        int rank = first.Layout.Rank, along = axis < 0 ? axis + rank : axis;
        bool fits = second.Layout.Rank == rank && (uint)along < (uint)rank;
        for (int i = 0; fits && i < rank; i++)
            fits = i == along || first.Size(i) == second.Size(i);
        if (!fits)
            throw new ArgumentException($"concatenate: expected equal sizes but along axis {axis}, got {first.Layout} and {second.Layout}");
        Tape tape = first.Tape;
        bool records = tape.Records(first) | tape.Records(second);
        Span<int> sizes = stackalloc int[rank];
        first.Layout.Sizes.CopyTo(sizes);
        sizes[along] += second.Size(along);
        Tensor y = tape.Allocate(sizes);
        tape.Device.Copy(first.Value.View, y.Slice(along, 0, first.Size(along)).View);
        tape.Device.Copy(second.Value.View, y.Slice(along, first.Size(along), second.Size(along)).View);
        if (!records)
            return tape.Constant(y);
        var node = new Node { InputA = first.Id, InputB = second.Id, LayoutA = first.Layout, LayoutB = second.Layout, Payload = OpPayload.Of(along) };
        return tape.Record(y, static (ref BackwardContext context) =>
        {
            int axis = context.Op<int>(), start = 0;
            for (int input = 0; input < 2; input++)
            {
                int count = context.InputLayout(input).Size(axis);
                if (context.Needs(input))
                    context.AddSummed(input, context.OutputGradient.Slice(axis, start, count));
                start += count;
            }
        }, static (ref TangentContext context) =>
        {
            int axis = context.Op<int>(), start = 0;
            Tensor destination = context.Destination();
            for (int input = 0; input < 2; input++)
            {
                int count = context.InputLayout(input).Size(axis);
                Tensor part = destination.Slice(axis, start, count);
                if (context.Moves(input))
                    context.Device.Copy(context.Tangent(input).View, part.View);
                else
                    context.Device.Fill(part.View, 0f);
                start += count;
            }
        }, ref node);
    }
}
