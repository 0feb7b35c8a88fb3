using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>Which stored samples are replayed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BufferRetrieval>))]
public enum BufferRetrieval
{
    /// <summary>Uniform without replacement: <see cref="UniformRetrieval"/>.</summary>
    [JsonStringEnumMemberName("uniform")]
    Uniform,

    /// <summary>The same number from every stored class: <see cref="ClassBalancedRetrieval"/>.</summary>
    [JsonStringEnumMemberName("class-balanced")]
    ClassBalanced,
}
