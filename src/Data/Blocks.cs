using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>How the images of a dataset are dealt out to tasks that all use the same classes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Blocks>))]
public enum Blocks
{
    /// <summary>Training and test images are each cut into as many consecutive blocks of equal size as there are tasks.</summary>
    [JsonStringEnumMemberName("disjoint")]
    Disjoint,

    /// <summary>Every task draws its training images at random from the full set, and is tested on the full test set.</summary>
    [JsonStringEnumMemberName("shared")]
    Shared,
}
