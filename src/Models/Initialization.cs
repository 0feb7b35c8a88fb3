using System.Text.Json.Serialization;

namespace Engram.Models;

/// <summary>Distribution of a layer's initial weights. "in" and "out" count a convolution's channels times its kernel's positions.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Initialization>))]
public enum Initialization
{
    /// <summary>Weights uniform in ±√(6/(in+out)), biases zero (Glorot and Bengio, 2010): what GEM's and Mammoth's MLPs use.</summary>
    GlorotUniform,

    /// <summary>Weights and biases uniform in ±1/√in: what PyTorch's linear and convolution layers do.</summary>
    FanInUniform,

    /// <summary>
    /// Convolutions normal with variance 2/out and biases zero (He et al., 2015), as torchvision's ResNet; linear layers as <see cref="FanInUniform"/>.
    /// </summary>
    HeNormal,
}
