using Engram.Kernels.Cpu;

namespace Engram.Kernels.Simt;

/// <summary>Convolutions and their gradients on tensor cores: products whose sides the kernels gather where they lie.</summary>
internal abstract partial class GpuDevice
{
    /// <summary>A convolution on tensor cores, or false where the kernels in C# have to do it.</summary>
    private bool OnTensorCores(in View x, in View weight, in View y, View? bias, in PlaneTarget target, in ConvolutionShape shape)
    {
        int columns = checked(shape.Batch * target.Pixels), depth = shape.GroupChannels * shape.Taps, groups = shape.Geometry.Groups;
        if (TensorCores is not { } cores || !Takes(groups, shape.GroupOutputs, columns, depth))
            return false;
        TensorProduct product = Patches(Sizes(shape), shape.GroupOutputs, columns, depth);
        product.Left = WeightSide(Address(cores, weight), IsAligned(weight), shape.GroupOutputs, depth);
        product.Right.Start = Address(cores, x);
        product.Bias = bias is { } added ? Address(cores, added) : 0;
        product.HasBias = target.HasBias;
        ToPlanes(ref product, Address(cores, y), target);
        Launch(cores, "convolution", product, whole: true, target, groups);
        return true;
    }

    /// <summary>The image's gradient on tensor cores, from weights with a line per channel, or false. With strides of 1 it is a convolution.</summary>
    private bool ImageGradientOnTensorCores(in View dy, in View turned, in View dx, in PlaneTarget target, in ConvolutionShape shape)
    {
        int columns = checked(shape.Batch * target.Pixels), depth = shape.GroupOutputs * shape.Taps, groups = shape.Geometry.Groups;
        if (TensorCores is not { } cores || !Takes(groups, shape.GroupChannels, columns, depth))
            return false;
        ConvolutionSizes backwards = Backwards(Sizes(shape));
        bool dense = shape.Geometry is { StrideHeight: 1, StrideWidth: 1 };
        TensorProduct product = Patches(backwards, shape.GroupChannels, columns, depth);
        if (!dense)
        {
            // the kernel divides by the strides, and takes what is added and subtracted as the convolution has it
            (product.PaddingHeight, product.PaddingWidth) = (-backwards.PaddingHeight, -backwards.PaddingWidth);
            (product.DilationHeight, product.DilationWidth) = (-backwards.DilationHeight, -backwards.DilationWidth);
        }

        product.Left = WeightSide(Address(cores, turned), isAligned: true, shape.GroupChannels, depth);
        product.Right.Start = Address(cores, dy);
        product.Beta = target.Accumulate;
        ToPlanes(ref product, Address(cores, dx), target);
        Launch(cores, dense ? "convolution" : "convolution_image", product, whole: true, target, groups);
        return true;
    }

    /// <summary>The weights' gradient on tensor cores, or false.</summary>
    private bool WeightGradientOnTensorCores(in View dy, in View x, in View dweight, in WeightTarget target, in ConvolutionShape shape)
    {
        int pixels = shape.OutputHeight * shape.OutputWidth, depth = checked(shape.Batch * pixels), groups = shape.Geometry.Groups;
        if (TensorCores is not { } cores || !Takes(groups, shape.GroupOutputs, target.PatchLength, depth))
            return false;
        TensorProduct product = Patches(Sizes(shape), shape.GroupOutputs, target.PatchLength, depth);
        product.Left = new TensorSide
        {
            Start = Address(cores, dy), LineStep = pixels, DepthStep = shape.Outputs * pixels, BatchStep = shape.GroupOutputs * pixels,
            Wide = IsAligned(dy) && IsAligned(pixels) ? 1 : 0,
        };
        product.Right.Start = Address(cores, x);
        product.Result = Address(cores, dweight);
        product.RowStep = target.PatchLength;
        product.BatchStep = shape.GroupOutputs * target.PatchLength;
        product.Wide = IsAligned(dweight) && IsAligned(target.PatchLength) ? 1 : 0;
        product.Alpha = 1f;
        product.Beta = target.Accumulate;
        Launch(cores, "convolution_weight", product, whole: true, target, groups);
        return true;
    }

    /// <summary>A product one side of which is gathered as a convolution reads its images.</summary>
    private static TensorProduct Patches(in ConvolutionSizes of, int rows, int columns, int depth)
    {
        TensorProduct product = Sizes(rows, columns, depth);
        (product.Channels, product.Height, product.Width) = (of.Channels, of.Height, of.Width);
        (product.OutputHeight, product.OutputWidth) = (of.OutputHeight, of.OutputWidth);
        (product.KernelHeight, product.KernelWidth) = (of.KernelHeight, of.KernelWidth);
        (product.StrideHeight, product.StrideWidth) = (of.StrideHeight, of.StrideWidth);
        (product.PaddingHeight, product.PaddingWidth) = (of.PaddingHeight, of.PaddingWidth);
        (product.DilationHeight, product.DilationWidth) = (of.DilationHeight, of.DilationWidth);
        product.GroupChannels = of.GroupChannels;
        return product;
    }

    private static TensorSide WeightSide(nint start, bool isAligned, int rows, int depth) => new()
    {
        Start = start, LineStep = depth, DepthStep = 1, BatchStep = rows * depth, Wide = isAligned && IsAligned(depth) ? 1 : 0,
    };

    private static void ToPlanes(ref TensorProduct product, nint result, in PlaneTarget target)
    {
        product.Result = result;
        product.Planes = target.Planes;
        product.Wide = target.Wide;
        product.Alpha = 1f;
    }
}
