using System.Globalization;
using Engram.Kernels;
using Engram.Kernels.Cpu;

namespace Engram.Benchmarking.Families;

/// <summary>One pass of one convolution of ResNet-18 on 32×32 images.</summary>
/// <param name="Group">Network width and batch: <c>b32</c> (width 64), <c>w20b32</c>.</param>
/// <param name="Pass"><c>forward</c>, <c>data</c> (gradient of the images) or <c>weight</c> (gradient of the weights).</param>
/// <param name="Shape">Sizes.</param>
public sealed record ConvolutionCase(string Group, string Pass, ConvolutionShape Shape)
{
    private const int Image = 32;

    /// <summary>Every case that is timed: each layer's three passes, at batch 32, 1 and 128 with width 64, and at batch 32 and 10 with width 20.</summary>
    public static IEnumerable<ConvolutionCase> All =>
        from network in new (string Group, int Width, int Batch)[] { ("b32", 64, 32), ("b1", 64, 1), ("b128", 64, 128), ("w20b32", 20, 32), ("w20b10", 20, 10) }
        from shape in Layers(network.Batch, network.Width)
        from pass in new[] { "forward", "data", "weight" }
        select new ConvolutionCase(network.Group, pass, shape);

    /// <summary>Name of the workload: <c>conv/b32-forward-64to128k3s2-32</c> reads channels, outputs, kernel, stride and size of the image.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture,
        $"conv/{Group}-{Pass}-{Shape.Channels}to{Shape.Outputs}k{Shape.KernelHeight}s{Shape.Geometry.StrideHeight}-{Shape.Height}");

    /// <summary>Whether the short form of the suite has it: one layer of each kind.</summary>
    public bool IsQuick => Shape is { Batch: 10, Channels: 3 } or { Batch: 10, Channels: 20 or 40, Outputs: 40 };

    /// <summary>Multiply-adds of the pass, those with the padding included.</summary>
    public double Multiplies => (double)Shape.Batch * Shape.Outputs * Shape.OutputHeight * Shape.OutputWidth * Shape.GroupChannels * Shape.Taps;

    private static IEnumerable<ConvolutionShape> Layers(int batch, int width)
    {
        yield return Of(batch, 3, Image, width, 3, 1);
        yield return Of(batch, width, Image, width, 3, 1);
        for (int channels = width, size = Image; size > Image / 8; channels *= 2, size /= 2)
        {
            yield return Of(batch, channels, size, 2 * channels, 3, 2);
            yield return Of(batch, channels, size, 2 * channels, 1, 2);
            yield return Of(batch, 2 * channels, size / 2, 2 * channels, 3, 1);
        }
    }

    private static ConvolutionShape Of(int batch, int channels, int size, int outputs, int kernel, int stride) =>
        new(batch, channels, size, size, outputs, kernel, kernel, ConvolutionGeometry.Square(stride, kernel / 2));
}
