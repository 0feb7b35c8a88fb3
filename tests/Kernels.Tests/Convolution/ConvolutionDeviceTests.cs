using Engram.Kernels.Cpu;

namespace Engram.Kernels.Tests.Convolutions;

/// <summary>The entries of the device: what they accept and what they say otherwise.</summary>
public sealed class ConvolutionDeviceTests
{
    private static readonly Device Cpu = Device.Host;

    [Theory]
    [InlineData(32, 3, 1, 1, 1, 32)]
    [InlineData(32, 3, 2, 1, 1, 16)]
    [InlineData(32, 1, 2, 0, 1, 16)]
    [InlineData(28, 7, 7, 0, 1, 4)]
    [InlineData(5, 3, 1, 0, 2, 1)]
    [InlineData(5, 3, 2, 0, 3, 0)]
    [InlineData(4, 5, 1, 0, 1, 0)]
    public void The_output_size_is_that_of_the_windows_that_fit(int size, int kernel, int stride, int padding, int dilation, int expected)
    {
        ConvolutionGeometry geometry = ConvolutionGeometry.Square(stride, padding, dilation);
        Assert.Equal(expected, geometry.OutputHeight(size, kernel));
        Assert.Equal(expected, geometry.OutputWidth(size, kernel));
    }

    [Fact]
    public void The_device_computes_forward_and_both_gradients()
    {
        View x = Of([1, 1, 2, 2], 1, 2, 3, 4), weight = Of([1, 1, 2, 2], 1, 10, 100, 1000), bias = Of([1], 0.5f), y = Of([1, 1, 1, 1], 0);
        Cpu.Convolve(x, weight, bias, ConvolutionGeometry.Square(), y);
        Assert.Equal([4321.5f], y.HostSpan.ToArray());
        View dy = Of([1, 1, 1, 1], 2), dx = Of([1, 1, 2, 2], 0, 0, 0, 1), dw = Of([1, 1, 2, 2], 1, 1, 1, 1);
        Cpu.ConvolveBackwardData(dy, weight, ConvolutionGeometry.Square(), dx, accumulate: true);
        Assert.Equal([2f, 20f, 200f, 2001f], dx.HostSpan.ToArray());
        Cpu.ConvolveBackwardWeight(dy, x, ConvolutionGeometry.Square(), dw, accumulate: false);
        Assert.Equal([2f, 4f, 6f, 8f], dw.HostSpan.ToArray());
    }

    public static TheoryData<int[], int[], int[], ConvolutionGeometry, string> Misfits => new()
    {
        { [2, 3, 8], [4, 3, 3, 3], [2, 4, 6, 6], ConvolutionGeometry.Square(), "expected images [batch, channels, height, width]" },
        { [2, 3, 8, 8], [4, 2, 3, 3], [2, 4, 6, 6], ConvolutionGeometry.Square(), "3 channels in 1 group, so the weight must be [outputs, 3, kernelHeight, kernelWidth]" },
        { [2, 3, 8, 8], [4, 3, 3, 3], [2, 4, 8, 8], ConvolutionGeometry.Square(), "make [2, 4, 6, 6]" },
        { [2, 3, 8, 8], [4, 3, 3, 3], [1, 4, 6, 6], ConvolutionGeometry.Square(), "make [2, 4, 6, 6]" },
        { [2, 3, 2, 8], [4, 3, 3, 3], [2, 4, 0, 6], ConvolutionGeometry.Square(), "larger than the padded image" },
        { [2, 3, 8, 8], [4, 3, 3, 3], [2, 4, 6, 6], ConvolutionGeometry.Square(groups: 2), "2 groups do not divide 3 channels and 4 outputs" },
        { [2, 4, 8, 8], [4, 4, 3, 3], [2, 4, 6, 6], ConvolutionGeometry.Square(groups: 2), "4 channels in 2 groups" },
        { [2, 3, 8, 8], [4, 3, 0, 3], [2, 4, 6, 6], ConvolutionGeometry.Square(), "at least one tap" },
        { [2, 3, 8, 8], [4, 3, 3, 3], [2, 4, 6, 6], ConvolutionGeometry.Square(stride: 0), "strides must be at least 1, got 0x0" },
        { [2, 3, 8, 8], [4, 3, 3, 3], [2, 4, 6, 6], ConvolutionGeometry.Square(padding: -1), "paddings must not be negative, got -1x-1" },
        { [2, 3, 8, 8], [4, 3, 3, 3], [2, 4, 6, 6], ConvolutionGeometry.Square(dilation: 0), "dilations must be at least 1, got 0x0" },
        { [2, 3, 8, 8], [4, 3, 3, 3], [2, 4, 6, 6], ConvolutionGeometry.Square(groups: 0), "groups must be at least 1, got 0" },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void Sizes_that_do_not_fit_are_named(int[] x, int[] weight, int[] y, ConvolutionGeometry geometry, string expected)
    {
        View image = Of(x), kernel = Of(weight), result = Of(y);
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => Cpu.Convolve(image, kernel, null, geometry, result)).Message);
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => Cpu.ConvolveBackwardData(result, kernel, geometry, image, false)).Message);
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => Cpu.ConvolveBackwardWeight(result, image, geometry, kernel, false)).Message);
    }

    [Fact]
    public void A_strided_operand_and_a_bias_of_another_length_are_refused()
    {
        View x = Of([1, 2, 4, 4]), weight = Of([3, 2, 1, 1]), y = Of([1, 3, 4, 4]);
        View strided = x.With(x.Layout.Transpose(2, 3));
        Assert.Contains("(strided)", Assert.Throws<ArgumentException>(() => Cpu.Convolve(strided, weight, null, ConvolutionGeometry.Square(), y)).Message);
        Assert.Contains("vector of 3 elements", Assert.Throws<ArgumentException>(() => Cpu.Convolve(x, weight, Of([2]), ConvolutionGeometry.Square(), y)).Message);
    }

    private static View Of(int[] sizes, params float[] values)
    {
        Layout layout = Layout.RowMajor(sizes);
        DeviceBuffer<float> buffer = Cpu.Allocate<float>(Math.Max(1, layout.Count));
        buffer.HostSpan.Clear();
        values.CopyTo(buffer.HostSpan);
        return new View(buffer, layout);
    }
}
