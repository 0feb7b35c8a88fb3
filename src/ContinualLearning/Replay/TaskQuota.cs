using System.Text.Json.Serialization;

namespace Engram.ContinualLearning;

/// <summary>
/// How many raw samples a finished task may keep: a number, or as many as cost what SVD generators cost, counted in scalars or in bytes.
/// JSON: <c>51</c>, <c>"scalar-equal"</c> or <c>"byte-equal"</c>.
/// </summary>
/// <param name="Kind">What is held equal.</param>
/// <param name="Count">The number, for <see cref="TaskQuotaKind.Fixed"/>.</param>
[JsonConverter(typeof(TaskQuotaConverter))]
public readonly record struct TaskQuota(TaskQuotaKind Kind, int Count)
{
    /// <summary>A fixed number of samples.</summary>
    public static implicit operator TaskQuota(int count) => new(TaskQuotaKind.Fixed, count);

    /// <summary>As many samples as have the scalars of the reference generators.</summary>
    public static TaskQuota ScalarEqual => new(TaskQuotaKind.ScalarEqual, 0);

    /// <summary>As many samples as have the bytes of the reference generators.</summary>
    public static TaskQuota ByteEqual => new(TaskQuotaKind.ByteEqual, 0);
}
