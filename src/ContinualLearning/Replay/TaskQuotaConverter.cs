using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>A <see cref="TaskQuota"/> as a JSON number or one of two words.</summary>
public sealed class TaskQuotaConverter : JsonConverter<TaskQuota>
{
    /// <inheritdoc/>
    public override TaskQuota Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int count))
            return count;
        string? word = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return word switch
        {
            "scalar-equal" => TaskQuota.ScalarEqual,
            "byte-equal" => TaskQuota.ByteEqual,
            _ => throw new JsonException($"perTask must be a number of samples, \"scalar-equal\" or \"byte-equal\", got {(word is null ? reader.TokenType : $"\"{word}\"")}"),
        };
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TaskQuota value, JsonSerializerOptions options)
    {
        if (value.Kind == TaskQuotaKind.Fixed)
            writer.WriteNumberValue(value.Count);
        else
            writer.WriteStringValue(value.Kind == TaskQuotaKind.ScalarEqual ? "scalar-equal" : "byte-equal");
    }
}
