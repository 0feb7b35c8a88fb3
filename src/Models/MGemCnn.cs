using Engram.Kernels;

namespace Engram.Models;

/// <summary>
/// The convolutional network of mGEM for split CIFAR-100 (arXiv 2410.00868, appendix B): 3×3 convolutions of stride 2 and padding 1 without biases, each
/// with batch norm and ReLU, and a last convolution with bias and no padding that covers what is left and gives the logits. Its window and the ReLU
/// are not stated there and follow from the sizes. Names are those of an <c>nn.Sequential</c>: <c>0</c> (convolution), <c>1</c> (batch norm), <c>3</c>, …
/// </summary>
public sealed class MGemCnn : LayerSequence
{
    /// <summary>Builds the layers.</summary>
    /// <exception cref="ArgumentException">The images are not square.</exception>
    public MGemCnn(MGemCnnOptions options)
        : base($"mgem-cnn {string.Join('-', options.Channels)} {options.Input}-{options.Outputs}", options, options.Initialization)
    {
        ImageShape shape = options.Input;
        if (shape.Height != shape.Width)
            throw new ArgumentException($"mgem-cnn: expected square images, got {shape}; pad them");
        int index = 0;
        foreach (int channels in options.Channels)
        {
            shape = Then(new ConvolutionLayer(Parameters, $"{index}", shape, channels, 3, ConvolutionGeometry.Square(2, 1), bias: false)).Output;
            Then(new BatchNormLayer(Parameters, State, $"{index + 1}", channels, relu: true));
            index += 3;
        }
        Then(new ConvolutionLayer(Parameters, $"{index}", shape, options.Outputs, shape.Height, ConvolutionGeometry.Square()));
        Then(new FlattenLayer());
    }
}
