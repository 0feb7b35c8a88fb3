using System.Text.Json.Serialization;

namespace Engram.ContinualLearning.Experiments;

/// <summary>Source-generated JSON of experiments: camelCase keys, enums as text, nothing unknown.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true,
    AllowOutOfOrderMetadataProperties = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ExperimentOptions))]
internal sealed partial class ExperimentJsonContext : JsonSerializerContext;
