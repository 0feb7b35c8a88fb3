using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// 2-D convolution (cross-correlation, as in PyTorch). x [batch, channels, height, width], weight [outputs, channels/groups, kernelHeight,
/// kernelWidth], bias [outputs], y [batch, outputs, outputHeight, outputWidth]. dweight sums dy·x over images and windows, dbias sums dy, dx is
/// the transposed convolution of dy; the gradient of a constant x (a first layer) is not computed.
/// </summary>
public static class Convolution
{
    /// <summary>y = x ⋆ weight + bias.</summary>
    /// <param name="x">[batch, channels, height, width]; a strided one is copied.</param>
    /// <param name="weight">[outputs, channels/groups, kernelHeight, kernelWidth].</param>
    /// <param name="bias">[outputs], or null.</param>
    /// <param name="geometry">Strides, padding, dilation, groups.</param>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names them.</exception>
    public static Variable Apply(in Variable x, in Variable weight, in Variable? bias, in ConvolutionGeometry geometry)
    {
        Check(x, weight, bias);
        Tape tape = x.Tape;
        bool records = tape.Records(x) | tape.Records(weight) | (bias is { } b && tape.Records(b));
        Tensor image = Contiguous(tape, x.Value), kernel = Contiguous(tape, weight.Value);
        Tensor y = tape.Allocate(x.Size(0), weight.Size(0), Math.Max(0, geometry.OutputHeight(x.Size(2), weight.Size(2))),
            Math.Max(0, geometry.OutputWidth(x.Size(3), weight.Size(3))));
        tape.Device.Convolve(image.View, kernel.View, bias?.Value.View, geometry, y.View);
        if (!records)
            return tape.Constant(y);
        var node = new Node
        {
            InputA = x.Id,
            InputB = weight.Id,
            InputC = bias?.Id ?? -1,
            SavedA = weight.NeedsGradient ? tape.Saved.Save(tape.Arena, image, SavedKind.Activation) : -1,
            SavedB = x.NeedsGradient ? tape.Saved.Save(tape.Arena, kernel, SavedKind.Parameter) : -1,
            Payload = OpPayload.Of(Packed.Of(geometry)),
            LayoutA = x.Layout,
            LayoutB = weight.Layout,
        };
        return tape.Record(y, static (ref BackwardContext context) =>
        {
            Tensor dy = context.OutputGradient;
            ConvolutionGeometry geometry = context.Op<Packed>().Geometry;
            if (context.Needs(2))
            {
                int outputs = dy.Size(1);
                Tensor db = context.Destination(2, [outputs], out bool accumulate);
                context.Device.Fold(FoldKind.Sum, dy.View, db.Reshape(1, outputs, 1, 1).View, accumulate);
            }
            if (context.Needs(1))
            {
                Tensor dw = context.Destination(1, context.InputLayout(1).Sizes, out bool accumulate);
                context.Device.ConvolveBackwardWeight(dy.View, context.Saved(0).View, geometry, dw.View, accumulate);
            }
            if (context.Needs(0))
            {
                Tensor dx = context.Destination(0, context.InputLayout(0).Sizes, out bool accumulate);
                context.Device.ConvolveBackwardData(dy.View, context.Saved(1).View, geometry, dx.View, accumulate);
            }
        }, static (ref TangentContext context) =>
        {
            // two convolutions where forward has one: ẋ under the weight and x under the weight's own tangent
            ConvolutionGeometry geometry = context.Op<Packed>().Geometry;
            Tensor destination = context.Destination();
            View? bias = context.Moves(2) ? context.Tangent(2).View : null;
            if (context.Moves(0))
            {
                context.Device.Convolve(context.ContiguousTangent(0).View, context.Saved(1).View, bias, geometry, destination.View);
                if (!context.Moves(1))
                    return;
                Tensor second = context.Temporary(destination.Layout.Sizes);
                context.Device.Convolve(context.Saved(0).View, context.ContiguousTangent(1).View, null, geometry, second.View);
                context.Device.Zip(default(AddOp), destination.View, second.View, destination.View);
            }
            else if (context.Moves(1))
            {
                context.Device.Convolve(context.Saved(0).View, context.ContiguousTangent(1).View, bias, geometry, destination.View);
            }
            else
            {
                context.Device.Copy(context.Tangent(2).Reshape(1, -1, 1, 1).BroadcastTo(destination.Layout.Sizes).View, destination.View);
            }
        }, ref node);
    }

    private static Tensor Contiguous(Tape tape, in Tensor value)
    {
        if (value.IsContiguous)
            return value;
        Tensor copy = tape.Allocate(value.Layout.Sizes);
        tape.Device.Copy(value.View, copy.View);
        return copy;
    }

    private static void Check(in Variable x, in Variable weight, in Variable? bias)
    {
        if (x.Layout.Rank != 4 || weight.Layout.Rank != 4)
            throw new ArgumentException($"convolution: expected x [batch, channels, height, width] and weight [outputs, channels/groups, kernelHeight, " +
                $"kernelWidth], got x {x.Layout} and weight {weight.Layout}" + (x.Layout.Rank == 2 ? ". Is a reshape of the rows to images missing?" : ""));
        if (bias is { } b && (b.Layout.Rank != 1 || b.Size(0) != weight.Size(0)))
            throw new ArgumentException($"convolution: weight {weight.Layout} makes {weight.Size(0)} outputs, bias is {b.Layout}");
    }

    /// <summary>A geometry in the sixteen bytes of a node.</summary>
    private readonly struct Packed
    {
        private readonly ushort _strideHeight, _strideWidth, _paddingHeight, _paddingWidth, _dilationHeight, _dilationWidth, _groups;

        private Packed(in ConvolutionGeometry g)
        {
            (_strideHeight, _strideWidth) = (Short(g.StrideHeight), Short(g.StrideWidth));
            (_paddingHeight, _paddingWidth) = (Short(g.PaddingHeight), Short(g.PaddingWidth));
            (_dilationHeight, _dilationWidth) = (Short(g.DilationHeight), Short(g.DilationWidth));
            _groups = Short(g.Groups);
        }

        public static Packed Of(in ConvolutionGeometry geometry) => new(geometry);

        public ConvolutionGeometry Geometry =>
            new(_strideHeight, _strideWidth, _paddingHeight, _paddingWidth, _dilationHeight, _dilationWidth, _groups);

        private static ushort Short(int value) => value is >= 0 and <= ushort.MaxValue ? (ushort)value
            : throw new ArgumentException($"convolution: strides, paddings, dilations and groups up to {ushort.MaxValue} can be recorded, got {value}");
    }
}
