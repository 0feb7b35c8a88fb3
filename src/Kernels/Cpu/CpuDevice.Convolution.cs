using ImageConvolution = Engram.Kernels.Cpu.Convolution;

namespace Engram.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice
{
    public override void Convolve(in View x, in View weight, View? bias, in ConvolutionGeometry geometry, in View y)
    {
        var shape = ConvolutionShape.Of("convolution", x.Layout, weight.Layout, y.Layout, geometry);
        float* b = bias is { } vector ? Vector("convolution", "the bias", vector, shape.Outputs) : null;
        ImageConvolution.Forward(GemmPlan.Native, shape, At(x), At(weight), b, At(y), _splitter);
    }

    public override void ConvolveBackwardData(in View dy, in View weight, in ConvolutionGeometry geometry, in View dx, bool accumulate)
    {
        var shape = ConvolutionShape.Of("convolution backward (image)", dx.Layout, weight.Layout, dy.Layout, geometry);
        ImageConvolution.BackwardData(GemmPlan.Native, shape, At(dy), At(weight), At(dx), accumulate, _splitter);
    }

    public override void ConvolveBackwardWeight(in View dy, in View x, in ConvolutionGeometry geometry, in View dweight, bool accumulate)
    {
        var shape = ConvolutionShape.Of("convolution backward (weight)", x.Layout, dweight.Layout, dy.Layout, geometry);
        ImageConvolution.BackwardWeight(GemmPlan.Native, shape, At(dy), At(x), At(dweight), accumulate, _splitter);
    }
}
