using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engram.Results;

/// <summary>
/// Writes a double that is not finite as <c>null</c> and reads <c>null</c> as NaN: JSON has no word for "undefined",
/// and a backward transfer over one task is undefined, not zero. Finite doubles use the shortest text that reads back
/// to the same 64 bits.
/// </summary>
internal sealed class NaNAsNullConverter : JsonConverter<double>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return double.NaN;
        }

        var value = reader.GetDouble();
        return double.IsFinite(value) ? value : throw new JsonException("a number is outside the range of a 64-bit float");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
