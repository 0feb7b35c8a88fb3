namespace Engram.ContinualLearning;

/// <summary>What a <see cref="TaskQuota"/> holds equal.</summary>
public enum TaskQuotaKind
{
    /// <summary>Nothing: the number is given.</summary>
    Fixed,

    /// <summary>Stored numbers.</summary>
    ScalarEqual,

    /// <summary>Stored bytes.</summary>
    ByteEqual,
}
