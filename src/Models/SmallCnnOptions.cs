namespace Engram.Models;

/// <summary>Sizes of a <see cref="SmallCnn"/>.</summary>
public sealed record SmallCnnOptions : ModelOptions
{
    /// <summary>Channels of the convolutions.</summary>
    public int[] Channels { get; set; } = [6, 16];

    /// <summary>Widths of the hidden linear layers.</summary>
    public int[] Hidden { get; set; } = [120, 84];

    /// <summary>Distribution of the initial weights.</summary>
    public Initialization Initialization { get; set; } = Initialization.FanInUniform;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        if (Channels.Length is < 1 or > 4)
            yield return $"model.channels: expected 1 to 4 convolutions, got {Channels.Length}";
        foreach (int channels in Channels.Where(channels => channels is < 1 or > 4096))
            yield return $"model.channels: expected 1 to 4096 channels, got {channels}";
        if (Hidden.Length > 16)
            yield return $"model.hidden: at most 16 layers, got {Hidden.Length}";
        foreach (int width in Hidden.Where(width => width is < 1 or > 1 << 16))
            yield return $"model.hidden: a width must be 1 to 65536, got {width}";
    }

    /// <inheritdoc/>
    public override Model Create() => new SmallCnn(this);
}
