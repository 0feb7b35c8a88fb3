using Engram.Kernels;

namespace Engram.Models;

/// <summary>
/// The AlexNet-like network for 32×32 images of HAT, GPM and LANCE (Saha et al., 2021): convolutions 64 of 4×4, 128 of 3×3, 256 of 2×2, each with ReLU,
/// dropout and a 2×2 max-pool, then two linear layers of 2048 with ReLU and dropout. Without biases, as GPM has it, or with.
/// Names: <c>conv1</c>, <c>conv2</c>, <c>conv3</c>, <c>fc1</c>, <c>fc2</c>, <c>fc3</c>.
/// </summary>
public sealed class AlexNet : LayerSequence
{
    private static readonly (int Channels, int Kernel)[] Convolutions = [(64, 4), (128, 3), (256, 2)];

    /// <summary>Builds the layers.</summary>
    /// <exception cref="ArgumentException">The images are too small.</exception>
    public AlexNet(AlexNetOptions options)
        : base($"alexnet hidden {options.Hidden}{(options.Bias ? " bias" : "")} {options.Input}-{options.Outputs}", options, options.Initialization)
    {
        ImageShape shape = options.Input;
        for (int i = 0; i < Convolutions.Length; i++)
        {
            (int channels, int kernel) = Convolutions[i];
            shape = Then(new ConvolutionLayer(Parameters, $"conv{i + 1}", shape, channels, kernel, ConvolutionGeometry.Square(), options.Bias, Activation.Relu)).Output;
            Then(new DropoutLayer((float)(i < 2 ? options.Dropout : options.LateDropout)));
            shape = Then(new MaxPoolLayer(shape, 2)).Output;
        }
        Then(new FlattenLayer());
        Then(new LinearLayer(Parameters, "fc1", shape.Features, options.Hidden, Activation.Relu, options.Bias));
        Then(new DropoutLayer((float)options.LateDropout));
        Then(new LinearLayer(Parameters, "fc2", options.Hidden, options.Hidden, Activation.Relu, options.Bias));
        Then(new DropoutLayer((float)options.LateDropout));
        Then(new LinearLayer(Parameters, "fc3", options.Hidden, options.Outputs, bias: options.Bias));
    }
}
