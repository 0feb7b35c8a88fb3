using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>Source-generated JSON of scenarios: camelCase keys, unknown keys are errors, <c>kind</c> may stand anywhere.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowOutOfOrderMetadataProperties = true,
    WriteIndented = true)]
[JsonSerializable(typeof(ScenarioOptions))]
[JsonSerializable(typeof(SyntheticDigitsOptions))]
public sealed partial class ScenarioJsonContext : JsonSerializerContext;
