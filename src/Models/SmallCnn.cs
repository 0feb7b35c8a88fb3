using Engram.Kernels;

namespace Engram.Models;

/// <summary>
/// LeNet-5 (LeCun et al., 1998) with ReLU and max-pool: 5×5 convolutions with 6 and 16 channels, each halved by a 2×2 max-pool, then 120, 84 and the
/// outputs. Images smaller than 32×32 get two rows of zeros around them, as 28×28 digits did there. Names are those of two
/// <c>nn.Sequential</c>s: <c>features.0</c>, <c>features.3</c>, <c>classifier.0</c>, <c>classifier.2</c>, <c>classifier.4</c>.
/// </summary>
public sealed class SmallCnn : LayerSequence
{
    private const int Kernel = 5;

    /// <summary>Builds the layers.</summary>
    /// <exception cref="ArgumentException">The images are too small.</exception>
    public SmallCnn(SmallCnnOptions options)
        : base($"small-cnn {string.Join('-', options.Channels)}-{string.Join('-', options.Hidden)} {options.Input}-{options.Outputs}", options, options.Initialization)
    {
        ImageShape shape = options.Input;
        int padding = Math.Min(shape.Height, shape.Width) < 32 ? 2 : 0;
        for (int i = 0; i < options.Channels.Length; i++)
        {
            shape = Then(new ConvolutionLayer(Parameters, $"features.{3 * i}", shape, options.Channels[i], Kernel,
                ConvolutionGeometry.Square(1, i == 0 ? padding : 0), activation: Activation.Relu)).Output;
            shape = Then(new MaxPoolLayer(shape, 2)).Output;
        }
        Then(new FlattenLayer());
        int[] widths = [shape.Features, .. options.Hidden, options.Outputs];
        for (int i = 0; i + 1 < widths.Length; i++)
            Then(new LinearLayer(Parameters, $"classifier.{2 * i}", widths[i], widths[i + 1], i + 2 < widths.Length ? Activation.Relu : Activation.Identity));
    }
}
