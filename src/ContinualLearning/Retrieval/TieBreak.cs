using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>Which of several candidates with the same score goes first.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TieBreak>))]
public enum TieBreak
{
    /// <summary>The one drawn first.</summary>
    [JsonStringEnumMemberName("index")]
    Index,

    /// <summary>The one whose class has been chosen least so far; then the one drawn first.</summary>
    [JsonStringEnumMemberName("class-balanced")]
    ClassBalanced,
}
