using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// The largest or mean value of windows of images. A maximum's gradient goes to the first place of its window (row by row) that holds it, a
/// mean's spreads evenly.
/// </summary>
public static class Pooling
{
    private readonly record struct Windows(PoolKind Kind, bool Adaptive, short KernelHeight, short KernelWidth, short StrideHeight, short StrideWidth, byte PaddingHeight, byte PaddingWidth)
    {
        public PoolGeometry? Geometry => Adaptive ? null : new(KernelHeight, KernelWidth, StrideHeight, StrideWidth, PaddingHeight, PaddingWidth);
    }

    /// <summary>The largest value of every window; padding never is the largest.</summary>
    /// <param name="x">[batch, channels, height, width].</param>
    /// <param name="windows">Sizes, strides, padding.</param>
    /// <exception cref="ArgumentException">x is no batch of images, or smaller than a window.</exception>
    public static Variable Max(in Variable x, in PoolGeometry windows) => Windowed(x, windows, PoolKind.Max);

    /// <summary>The mean of every window.</summary>
    /// <param name="x">[batch, channels, height, width].</param>
    /// <param name="windows">Sizes, strides, padding.</param>
    /// <param name="countPadding">Count padding as zeros; otherwise the mean is over the values within the image.</param>
    /// <exception cref="ArgumentException">x is no batch of images, or smaller than a window.</exception>
    public static Variable Average(in Variable x, in PoolGeometry windows, bool countPadding = true) =>
        Windowed(x, windows, countPadding ? PoolKind.AverageWithPadding : PoolKind.Average);

    /// <summary>The mean of as many windows as asked for: row i of them sees the input rows ⌊i·h/height⌋ to ⌈(i + 1)·h/height⌉, columns likewise.</summary>
    /// <param name="x">[batch, channels, h, w].</param>
    /// <param name="height">Rows of the result.</param>
    /// <param name="width">Columns of the result.</param>
    /// <exception cref="ArgumentException">x is no batch of images, or a size is below 1.</exception>
    public static Variable AdaptiveAverage(in Variable x, int height, int width) => Adaptive(x, height, width, PoolKind.Average);

    /// <summary>The largest value of as many windows as asked for; see <see cref="AdaptiveAverage"/>.</summary>
    /// <param name="x">[batch, channels, h, w].</param>
    /// <param name="height">Rows of the result.</param>
    /// <param name="width">Columns of the result.</param>
    /// <exception cref="ArgumentException">x is no batch of images, or a size is below 1.</exception>
    public static Variable AdaptiveMax(in Variable x, int height, int width) => Adaptive(x, height, width, PoolKind.Max);

    private static Variable Windowed(in Variable x, in PoolGeometry w, PoolKind kind)
    {
        CheckImages(x);
        if (w.Problem is { } problem)
            throw new ArgumentException($"pooling: {problem}");
        if (Math.Max(w.KernelHeight, w.KernelWidth) > byte.MaxValue || Math.Max(w.StrideHeight, w.StrideWidth) > short.MaxValue)
            throw new ArgumentException($"pooling: windows of at most {byte.MaxValue} rows and columns are supported, got {w}; a window as large as the image is an adaptive pooling");
        int height = w.OutputHeight(x.Size(2)), width = w.OutputWidth(x.Size(3));
        if (height < 1 || width < 1)
            throw new ArgumentException($"pooling: a window of {w.KernelHeight}x{w.KernelWidth} does not fit into x {x.Layout} with padding {w.PaddingHeight}x{w.PaddingWidth}");
        return Apply(x, height, width, new Windows(
            kind, false, (short)w.KernelHeight, (short)w.KernelWidth, (short)w.StrideHeight, (short)w.StrideWidth, (byte)w.PaddingHeight, (byte)w.PaddingWidth));
    }

    private static Variable Adaptive(in Variable x, int height, int width, PoolKind kind)
    {
        CheckImages(x);
        if (height < 1 || width < 1 || x.Size(2) < 1 || x.Size(3) < 1)
            throw new ArgumentException($"pooling: expected at least one row and column, got {height}x{width} windows of x {x.Layout}");
        return Apply(x, height, width, new Windows(kind, true, 0, 0, 0, 0, 0, 0));
    }

    private static Variable Apply(in Variable x, int height, int width, in Windows windows)
    {
        if (!x.Value.IsContiguous)
            return Apply(Views.Contiguous(x), height, width, windows);
        Tape tape = x.Tape;
        Tensor y = tape.Allocate(x.Size(0), x.Size(1), height, width);
        tape.Device.Pool(windows.Kind, windows.Geometry, x.Value.View, y.View);
        if (!tape.Records(x))
            return tape.Constant(y);
        var node = new Node
        {
            InputA = x.Id,
            SavedA = windows.Kind == PoolKind.Max ? tape.Saved.Save(tape.Arena, x.Value, SavedKind.Elementwise) : -1,
            LayoutA = x.Layout,
            Payload = OpPayload.Of(windows),
        };
        return tape.Record(y, static (ref BackwardContext context) =>
        {
            Windows windows = context.Op<Windows>();
            Tensor dy = context.OutputGradient;
            Tensor dx = context.Destination(0, context.InputLayout(0).Sizes, out bool accumulate);
            context.Device.PoolBackward(windows.Kind, windows.Geometry, dy.View, context.HasSaved(0) ? context.Saved(0).View : dx.View, dx.View, accumulate);
        }, static (ref TangentContext context) =>
        {
            Windows windows = context.Op<Windows>();
            Tensor tangent = context.ContiguousTangent(0), destination = context.Destination();
            if (windows.Kind == PoolKind.Max)
                MaxTangent(context, windows.Geometry, tangent, destination);
            else
                context.Device.Pool(windows.Kind, windows.Geometry, tangent.View, destination.View);
        }, ref node);
    }

    // The tangent of a window's maximum is ẋ at its place. Backward knows the places: the gradient of ones is 1 there, in windows that share no input.
    // Windows that do are taken in turns, every n-th row and column of them at a time. In a turn's windows the mean of (places·ẋ) over the mean of
    // (places) is ẋ at the one place, however many inputs the window has; the other windows' denominators are kept from 0, and their quotients dropped.
    private static void MaxTangent(in TangentContext context, PoolGeometry? windows, in Tensor tangent, in Tensor destination)
    {
        Device device = context.Device;
        Tensor x = context.Saved(0);
        int rows = destination.Size(2), columns = destination.Size(3);
        int rowTurns = Turns(windows?.KernelHeight, windows?.StrideHeight, x.Size(2), rows), columnTurns = Turns(windows?.KernelWidth, windows?.StrideWidth, x.Size(3), columns);
        PoolKind mean = windows is null ? PoolKind.Average : PoolKind.AverageWithPadding;
        Tensor turn = context.Temporary(destination.Layout.Sizes), share = context.Temporary(destination.Layout.Sizes), value = context.Temporary(destination.Layout.Sizes);
        Tensor places = context.Temporary(x.Layout.Sizes);
        for (int i = 0; i < rowTurns * columnTurns; i++)
        {
            int row = i / columnTurns, column = i % columnTurns;
            device.Fill(turn.View, 0f);
            Tensor own = turn.Slice(2, row, (rows - row + rowTurns - 1) / rowTurns, rowTurns);
            device.Fill(own.Slice(3, column, (columns - column + columnTurns - 1) / columnTurns, columnTurns).View, 1f);
            device.PoolBackward(PoolKind.Max, windows, turn.View, x.View, places.View, accumulate: false);
            device.Pool(mean, windows, places.View, share.View);
            device.Zip(default(MultiplyOp), places.View, tangent.View, places.View);
            device.Pool(mean, windows, places.View, value.View);
            if (rowTurns * columnTurns == 1)
            {
                device.Zip(default(DivideOp), value.View, share.View, destination.View);
                return;
            }
            device.Zip(default(SubtractOp), share.View, turn.View, share.View);
            device.Map(new AddScalarOp(1f), share.View, share.View);
            device.Zip(default(DivideOp), value.View, share.View, value.View);
            device.Zip(default(MultiplyOp), value.View, turn.View, value.View);
            if (i == 0)
                device.Copy(value.View, destination.View);
            else
                device.Zip(default(AddOp), destination.View, value.View, destination.View);
        }
    }

    // how many neighbouring windows it takes until two share no input
    private static int Turns(int? kernel, int? stride, int size, int windows)
    {
        int turns = kernel is { } k ? (k + stride!.Value - 1) / stride.Value : size % windows == 0 ? 1 : (windows + size - 1) / size + 1;
        return Math.Min(turns, windows);
    }

    private static void CheckImages(in Variable x)
    {
        if (x.Layout.Rank != 4)
            throw new ArgumentException($"pooling: expected images [batch, channels, height, width], got {x.Layout}. Is x.Reshape(batch, channels, height, width) missing?");
    }
}
