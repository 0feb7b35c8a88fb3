using System.Text.Json.Serialization;

namespace Engram.Results;

/// <summary>
/// What a method keeps of the past, counted three ways, because a comparison that is fair in scalars is not fair in
/// bytes: a raw 8-bit image costs one byte a pixel, a float32 generator four bytes a number.
/// </summary>
/// <param name="Scalars">Numbers stored (pixels, basis entries, statistics).</param>
/// <param name="PayloadBytes">Bytes of those numbers in the form in which they are kept.</param>
/// <param name="BookkeepingBytes">Bytes of everything else: labels, task numbers, headers.</param>
public sealed record MemoryUse(
    [property: JsonRequired] long Scalars,
    [property: JsonRequired] long PayloadBytes,
    [property: JsonRequired] long BookkeepingBytes)
{
    /// <summary>A method that keeps nothing.</summary>
    public static MemoryUse None { get; } = new(0, 0, 0);

    /// <summary>Payload and bookkeeping together, in bytes.</summary>
    [JsonIgnore]
    public long TotalBytes => PayloadBytes + BookkeepingBytes;
}
