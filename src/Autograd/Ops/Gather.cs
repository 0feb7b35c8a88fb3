using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>y[i, :] = x[rows[i], :]; the gradient of a row that was taken several times is the sum.</summary>
public static class Gather
{
    /// <summary>Picks rows of a matrix [rows, columns].</summary>
    /// <exception cref="ArgumentException">x is not a matrix.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A row index leaves x.</exception>
    public static Variable Rows(in Variable x, in IndexView rows)
    {
        Tape tape = x.Tape;
        if (x.Layout.Rank != 2)
            throw new ArgumentException($"gather rows: expected a matrix [rows, columns], got {x.Layout}");
        Tensor y = tape.Allocate(rows.Count, x.Size(1));
        tape.Device.GatherRows(x.Value.View, rows, y.View);
        if (!tape.Records(x))
            return tape.Constant(y);
        var node = new Node { InputA = x.Id, InputB = -1, InputC = -1, SavedA = -1, SavedB = -1, SavedC = -1, LayoutA = x.Layout, Indices = rows };
        return tape.Record(y, static (ref BackwardContext context) =>
        {
            Tensor dx = context.Destination(0, context.InputLayout(0).Sizes, out bool accumulate);
            if (!accumulate)
                context.Device.Fill(dx.View, 0f);
            context.Device.ScatterRows(context.OutputGradient.View, context.Indices, dx.View, accumulate: true);
        }, static (ref TangentContext context) =>
        {
            context.Device.GatherRows(context.Tangent(0).View, context.Indices, context.Destination().View);
        }, ref node);
    }
}
