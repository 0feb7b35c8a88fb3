using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>Source-generated JSON for strategy options and checkpoints.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    AllowOutOfOrderMetadataProperties = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(CheckpointState))]
[JsonSerializable(typeof(StrategyOptions))]
internal sealed partial class LearningJsonContext : JsonSerializerContext;
