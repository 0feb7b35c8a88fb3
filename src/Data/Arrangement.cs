using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>In which order images stand before they are cut into disjoint blocks.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Arrangement>))]
public enum Arrangement
{
    /// <summary>As in the file.</summary>
    [JsonStringEnumMemberName("file-order")]
    FileOrder,

    /// <summary>In a random order that depends on the seed.</summary>
    [JsonStringEnumMemberName("shuffled")]
    Shuffled,
}
