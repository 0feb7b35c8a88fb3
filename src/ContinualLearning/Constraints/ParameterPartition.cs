using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>How the parameters are cut into modules, each with constraints of its own (p-mGEM, arXiv 2410.00868).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ParameterPartition>))]
public enum ParameterPartition
{
    /// <summary>Slices of the flat vector of equal length.</summary>
    [JsonStringEnumMemberName("equal-slices")]
    EqualSlices,

    /// <summary>One module per layer: neighbouring parameters whose names agree up to the last dot.</summary>
    [JsonStringEnumMemberName("layers")]
    Layers,

    /// <summary>Consecutive layers in groups whose sizes are as equal as can be (least sum of squares).</summary>
    [JsonStringEnumMemberName("layer-groups")]
    LayerGroups,

    /// <summary>One module per weight or bias array.</summary>
    [JsonStringEnumMemberName("tensors")]
    Tensors,

    /// <summary>Every parameter in a module drawn at random, modules of equal size.</summary>
    [JsonStringEnumMemberName("random")]
    Random,
}
