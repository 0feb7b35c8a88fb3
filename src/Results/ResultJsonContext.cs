using System.Text.Json.Serialization;

namespace Engram.Results;

/// <summary>Source-generated JSON for result documents and cells.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    RespectNullableAnnotations = true,
    UseStringEnumConverter = true,
    AllowDuplicateProperties = false,
    Converters = [typeof(NaNAsNullConverter)])]
[JsonSerializable(typeof(ResultDocument))]
[JsonSerializable(typeof(CellResult))]
internal sealed partial class ResultJsonContext : JsonSerializerContext;
