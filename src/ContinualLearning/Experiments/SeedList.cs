using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engram.ContinualLearning.Experiments;

/// <summary>The seeds of a run: in JSON a list (<c>[0, 1, 2]</c>), one number, or text such as <c>"0..4"</c> (both ends included) or <c>"0..2,7"</c>.</summary>
[JsonConverter(typeof(Converter))]
public sealed record SeedList
{
    /// <summary>Most seeds that one run may have.</summary>
    public const int Most = 10_000;

    /// <summary>The seeds given, in this order.</summary>
    public SeedList(params IReadOnlyList<int> values) => Values = values;

    /// <summary>The seeds, in the order given.</summary>
    public IReadOnlyList<int> Values { get; }

    /// <summary>Reads <c>3</c>, <c>0..4</c> or <c>0..2,7</c>; both ends of a range are included.</summary>
    /// <exception cref="FormatException">Anything else; the message shows the accepted forms.</exception>
    public static SeedList Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<int> seeds = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            int dots = part.IndexOf("..", StringComparison.Ordinal);
            string low = dots < 0 ? part : part[..dots], high = dots < 0 ? part : part[(dots + 2)..];
            if (!int.TryParse(low, NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                || !int.TryParse(high, NumberStyles.None, CultureInfo.InvariantCulture, out int last))
                throw new FormatException($"seeds: cannot read '{text}'. Write one seed (3), a range with both ends (0..4), or several of them (0..2,7).");
            if (last < first)
                throw new FormatException($"seeds: the range {part} runs backwards. Write {last}..{first}.");
            if ((long)last - first + 1 + seeds.Count > Most)
                throw new FormatException($"seeds: '{text}' names more than {Most} seeds.");
            for (int seed = first; ; seed++)
            {
                seeds.Add(seed);
                if (seed == last)
                    break;
            }
        }

        return new SeedList(seeds);
    }

    /// <summary>What is wrong with the list, one sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (Values.Count == 0)
            yield return "seeds: at least one seed is needed, the list is empty";
        if (Values.Any(seed => seed < 0))
            yield return $"seeds: a seed must be 0 or more, got {Values.First(seed => seed < 0)}";
        foreach (int twice in Values.GroupBy(seed => seed).Where(group => group.Count() > 1).Select(group => group.Key))
            yield return $"seeds: {twice} is named twice";
    }

    /// <inheritdoc/>
    public bool Equals(SeedList? other) => other is not null && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => Values.Aggregate(17, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => string.Join(',', Values);

    internal sealed class Converter : JsonConverter<SeedList>
    {
        public override SeedList Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.Number when reader.TryGetInt32(out int seed):
                    return new SeedList(seed);
                case JsonTokenType.String:
                    try
                    {
                        return Parse(reader.GetString()!);
                    }
                    catch (FormatException e)
                    {
                        throw new JsonException(e.Message, e);
                    }

                case JsonTokenType.StartArray:
                    List<int> seeds = [];
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    {
                        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int value) || seeds.Count == Most)
                            throw new JsonException($"seeds: expected whole numbers, at most {Most} of them");
                        seeds.Add(value);
                    }

                    return new SeedList(seeds);
                default:
                    throw new JsonException("seeds: expected a list of whole numbers, one number, or text such as \"0..4\"");
            }
        }

        public override void Write(Utf8JsonWriter writer, SeedList value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            foreach (int seed in value.Values)
                writer.WriteNumberValue(seed);
            writer.WriteEndArray();
        }
    }
}
