namespace Engram.Models;

/// <summary>Sizes of an <see cref="MGemCnn"/>.</summary>
public sealed record MGemCnnOptions : ModelOptions
{
    /// <summary>Channels of the convolutions before the last.</summary>
    public int[] Channels { get; set; } = [128, 256, 512, 1024];

    /// <summary>Distribution of the initial weights.</summary>
    public Initialization Initialization { get; set; } = Initialization.FanInUniform;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        if (Channels.Length is < 1 or > 8)
            yield return $"model.channels: expected 1 to 8 convolutions, got {Channels.Length}";
        foreach (int channels in Channels.Where(channels => channels is < 1 or > 4096))
            yield return $"model.channels: expected 1 to 4096 channels, got {channels}";
    }

    /// <inheritdoc/>
    public override Model Create() => new MGemCnn(this);
}
