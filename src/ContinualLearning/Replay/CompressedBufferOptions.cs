namespace Engram.ContinualLearning;

/// <summary>
/// Compressed images of every finished task: smaller ones, JPEG-like ones, or losslessly packed ones (open question of Lamers et al. 2025, arXiv
/// 2506.19692: what raw memory is worth when it is compressed too).
/// </summary>
public sealed record CompressedBufferOptions : ReplaySourceOptions
{
    /// <summary>How an image becomes a stream of bytes.</summary>
    public ImageCodecKind Codec { get; set; } = ImageCodecKind.Dct;

    /// <summary>Quality of the DCT codec: 1 (coarse) to 100 (fine).</summary>
    public int Quality { get; set; } = 50;

    /// <summary>Whether the DCT codec keeps colour differences at half the resolution.</summary>
    public bool HalveColour { get; set; } = true;

    /// <summary>Divides height and width before the codec, by averaging; draws interpolate. 1 keeps the resolution.</summary>
    public int Downscale { get; set; } = 1;

    /// <summary>The height to shrink to, instead of <see cref="Downscale"/>; needs <see cref="Width"/>.</summary>
    public int? Height { get; set; }

    /// <summary>The width to shrink to, instead of <see cref="Downscale"/>; needs <see cref="Height"/>.</summary>
    public int? Width { get; set; }

    /// <summary>Images per finished task: a number, or as many as fit in the scalars (a stored byte counts as one) or bytes of generators.</summary>
    public TaskQuota PerTask { get; set; } = TaskQuota.ByteEqual;

    /// <summary>Rank r of the generators that the quota is measured against.</summary>
    public int ReferenceRank { get; set; } = 5;

    /// <summary>Payload of the generators that a byte-equal quota is measured against.</summary>
    public GeneratorPayload ReferencePayload { get; set; }

    /// <summary>Random training images of a task that are looked at, at most, for a quota that is no number.</summary>
    public int Candidates { get; set; } = 12_000;

    internal ImageCodecSettings Settings => new(Codec, Quality, HalveColour);

    /// <inheritdoc/>
    public override IEnumerable<string> Problems(string at)
    {
        if (!Enum.IsDefined(Codec))
            yield return $"{at}.codec must be \"raw\", \"dct\", \"predictive\", \"deflate\" or \"brotli\", got {(int)Codec}";
        if (Quality is < 1 or > 100)
            yield return $"{at}.quality must be 1 to 100, got {Quality}";
        if (Downscale < 1)
            yield return $"{at}.downscale must be 1 or more, got {Downscale}";
        if (Height is null != Width is null)
            yield return $"{at}.height and {at}.width belong together: give both or neither";
        if (Height < 1 || Width < 1)
            yield return $"{at}.height and {at}.width must be 1 or more, got {Height} and {Width}";
        if (Height is not null && Downscale != 1)
            yield return $"{at}.downscale must be left out where {at}.height and {at}.width are given, got {Downscale}";
        if (PerTask.Kind == TaskQuotaKind.Fixed && PerTask.Count < 1)
            yield return $"{at}.perTask must be 1 or more, \"scalar-equal\" or \"byte-equal\", got {PerTask.Count}";
        if (ReferenceRank < 1)
            yield return $"{at}.referenceRank must be 1 or more, got {ReferenceRank}";
        if (!Enum.IsDefined(ReferencePayload))
            yield return $"{at}.referencePayload must be \"float32\", \"float16\" or \"int8\", got {(int)ReferencePayload}";
        if (Candidates < 1)
            yield return $"{at}.candidates must be 1 or more, got {Candidates}";
    }

    /// <inheritdoc/>
    public override IReplaySource Create(int features, Kernels.Device device) => new CompressedBuffer(this, features);
}
