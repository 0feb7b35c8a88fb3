using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>Which statistics a generator stores beside its basis.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GeneratorForm>))]
public enum GeneratorForm
{
    /// <summary>Mean and covariance (as a factor): P·r + r² + r scalars.</summary>
    [JsonStringEnumMemberName("paper")]
    Paper,

    /// <summary>Mean and singular values, from which the covariance follows: P·r + 2·r scalars.</summary>
    [JsonStringEnumMemberName("lean")]
    Lean,
}
