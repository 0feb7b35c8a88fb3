using System.Text.Json.Serialization;

namespace Engram.Models;

/// <summary>Distribution of a layer's initial weights.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Initialization>))]
public enum Initialization
{
    /// <summary>Weights uniform in ±√(6/(in+out)), biases zero (Glorot and Bengio, 2010): what GEM's and Mammoth's MLPs use.</summary>
    GlorotUniform,

    /// <summary>Weights and biases uniform in ±1/√in: what <c>torch.nn.Linear</c> does.</summary>
    FanInUniform,
}
