using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Engram.Formats;

/// <summary>
/// Reads the JSON header of a safetensors file:
/// <c>{"__metadata__": {"key": "text"}, "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}</c>.
/// Nothing is repaired and nothing unknown is skipped: a header that two readers could understand differently is refused.
/// </summary>
internal static class SafetensorsHeader
{
    public const string MetadataKey = "__metadata__";

    // object, tensor object, array
    private const int MaxDepth = 3;
    private const int DigitsShown = 40;
    private const string Damaged = "The file is damaged or was not written as safetensors: write it again.";

    public static List<SafetensorsEntry> Parse(
        BoundedFile file, ReadOnlySpan<byte> json, long dataBytes, Dictionary<string, string> metadata)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw file.Fail(null, "a header that begins with '{'", json.IsEmpty ? "an empty one" : $"byte 0x{json[0]:X2}", Damaged);
        }

        if (!Utf8.IsValid(json))
        {
            throw file.Fail(null, "a header in UTF-8", "bytes that are not UTF-8", Damaged);
        }

        try
        {
            List<SafetensorsEntry> entries = ParseObject(file, json, dataBytes, metadata);
            CheckCoverage(file, entries, dataBytes);
            return entries;
        }
        catch (JsonException e)
        {
            throw file.Fail(
                null, "a header of strict JSON, one object of tensors", $"an error: {Printable.Text(e.Message)}", Damaged, e);
        }
    }

    private static List<SafetensorsEntry> ParseObject(
        BoundedFile file, ReadOnlySpan<byte> json, long dataBytes, Dictionary<string, string> metadata)
    {
        var entries = new List<SafetensorsEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = Text(file, ref reader, null);
            if (!names.Add(name))
            {
                throw file.Fail(name, "every name once", "the name twice", Damaged);
            }

            reader.Read();
            Demand(file, ref reader, JsonTokenType.StartObject, name, "an object");
            if (name == MetadataKey)
            {
                ParseMetadata(file, ref reader, metadata);
            }
            else
            {
                entries.Add(ParseEntry(file, ref reader, name, dataBytes));
            }
        }

        // anything but white space after the object raises a JsonException here
        reader.Read();
        return entries;
    }

    private static void ParseMetadata(BoundedFile file, ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string key = Text(file, ref reader, MetadataKey);
            reader.Read();
            Demand(file, ref reader, JsonTokenType.String, MetadataKey, $"a text under '{Printable.Text(key)}'");
            if (!metadata.TryAdd(key, Text(file, ref reader, MetadataKey)))
            {
                throw file.Fail(MetadataKey, "every key once", $"'{Printable.Text(key)}' twice", Damaged);
            }
        }
    }

    private static SafetensorsEntry ParseEntry(BoundedFile file, ref Utf8JsonReader reader, string name, long dataBytes)
    {
        string? dtype = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string key = Text(file, ref reader, name);
            reader.Read();
            bool again;
            switch (key)
            {
                case "dtype":
                    Demand(file, ref reader, JsonTokenType.String, name, "a text under 'dtype'");
                    again = dtype is not null;
                    dtype = Text(file, ref reader, name);
                    break;
                case "shape":
                    again = shape is not null;
                    shape = Integers(file, ref reader, name, key);
                    break;
                case "data_offsets":
                    again = offsets is not null;
                    offsets = Integers(file, ref reader, name, key);
                    break;
                default:
                    throw file.Fail(name, "the keys dtype, shape and data_offsets", $"'{Printable.Text(key)}'", Damaged);
            }

            if (again)
            {
                throw file.Fail(name, "every key once", $"'{key}' twice", Damaged);
            }
        }

        if (dtype is null || shape is null || offsets is null)
        {
            string missing = dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets";
            throw file.Fail(name, "the keys dtype, shape and data_offsets", $"no '{missing}'", Damaged);
        }

        return Check(file, name, dtype, [.. shape], offsets, dataBytes);
    }

    private static SafetensorsEntry Check(
        BoundedFile file, string name, string dtype, long[] shape, List<long> offsets, long dataBytes)
    {
        if (!ElementTypes.TryParseSafetensors(dtype, out ElementType type))
        {
            throw file.Fail(
                name, "dtype BOOL, U8, I8, U16, I16, F16, BF16, U32, I32, F32, U64, I64 or F64", $"'{Printable.Text(dtype)}'",
                "Convert the tensor to one of these types where it is written.");
        }

        if (!ShapeSize.TryCount(shape, type.ByteSize(), out long elements, out long bytes))
        {
            throw file.Fail(name, "a shape whose bytes fit in 63 bits", $"shape {Printable.Shape(shape)}", Damaged);
        }

        if (offsets.Count != 2 || offsets[0] > offsets[1])
        {
            throw file.Fail(name, "data_offsets [begin, end] with begin ≤ end", Printable.Shape([.. offsets]), Damaged);
        }

        long begin = offsets[0], end = offsets[1];
        if (end > dataBytes)
        {
            throw file.Fail(
                name, $"data_offsets within the {dataBytes} bytes after the header", Printable.Shape([begin, end]),
                "The file is truncated or damaged: copy or write it again.");
        }

        if (end - begin != bytes)
        {
            throw file.Fail(
                name, $"{bytes} bytes for {dtype} {Printable.Shape(shape)}",
                $"{end - begin} bytes in data_offsets {Printable.Shape([begin, end])}", Damaged);
        }

        return new SafetensorsEntry(name, type, shape, elements, begin, end);
    }

    // every byte after the header belongs to exactly one tensor, so nothing can be hidden or shared
    private static void CheckCoverage(BoundedFile file, List<SafetensorsEntry> entries, long dataBytes)
    {
        SafetensorsEntry[] sorted = [.. entries];
        Array.Sort(sorted, static (a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long covered = 0;
        string? previous = null;
        foreach (SafetensorsEntry entry in sorted)
        {
            if (entry.Begin != covered)
            {
                string kind = entry.Begin < covered ? $"an overlap with '{Printable.Text(previous ?? "")}'" : "a hole";
                throw file.Fail(entry.Name, $"data that begins at byte {covered}", $"{kind}: it begins at byte {entry.Begin}", Damaged);
            }

            covered = entry.End;
            previous = entry.Name;
        }

        if (covered != dataBytes)
        {
            throw file.Fail(null, $"{covered} bytes of data after the header", $"{dataBytes} bytes", Damaged);
        }
    }

    private static List<long> Integers(BoundedFile file, ref Utf8JsonReader reader, string name, string key)
    {
        Demand(file, ref reader, JsonTokenType.StartArray, name, $"an array under '{key}'");
        var values = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Demand(file, ref reader, JsonTokenType.Number, name, $"numbers under '{key}'");
            if (!reader.TryGetInt64(out long value) || value < 0)
            {
                ReadOnlySpan<byte> digits = reader.ValueSpan;
                string found = Encoding.UTF8.GetString(digits[..Math.Min(digits.Length, DigitsShown)]);
                throw file.Fail(name, $"whole numbers from 0 to 2^63−1 under '{key}'", found, Damaged);
            }

            values.Add(value);
        }

        return values;
    }

    private static void Demand(BoundedFile file, ref Utf8JsonReader reader, JsonTokenType token, string name, string expected)
    {
        if (reader.TokenType != token)
        {
            throw file.Fail(name, expected, $"JSON {reader.TokenType}", Damaged);
        }
    }

    private static string Text(BoundedFile file, ref Utf8JsonReader reader, string? name)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException e)
        {
            // an escape such as \ud800 without its second half
            throw file.Fail(name, "text that is valid Unicode", "half of a surrogate pair", Damaged, e);
        }
    }
}
