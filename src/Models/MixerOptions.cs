namespace Engram.Models;

/// <summary>Sizes of a <see cref="Mixer"/>.</summary>
public sealed record MixerOptions : ModelOptions
{
    /// <summary>Rows and columns of a patch; divides the image's.</summary>
    public int Patch { get; set; } = 4;

    /// <summary>Features of a token.</summary>
    public int Width { get; set; } = 64;

    /// <summary>Number of blocks.</summary>
    public int Depth { get; set; } = 2;

    /// <summary>Hidden features of the MLP across tokens.</summary>
    public int TokenHidden { get; set; } = 64;

    /// <summary>Hidden features of the MLP across channels.</summary>
    public int ChannelHidden { get; set; } = 256;

    /// <summary>Share of elements dropped after every linear map of the blocks while training.</summary>
    public double Dropout { get; set; }

    /// <summary>Distribution of the initial weights.</summary>
    public Initialization Initialization { get; set; } = Initialization.FanInUniform;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        foreach ((string key, int value, int most) in new[]
            { ("patch", Patch, 256), ("width", Width, 1 << 14), ("depth", Depth, 128), ("tokenHidden", TokenHidden, 1 << 16), ("channelHidden", ChannelHidden, 1 << 16) })
        {
            if (value < 1 || value > most)
                yield return $"model.{key}: expected 1 to {most}, got {value}";
        }

        if (!(Dropout >= 0 && Dropout < 1))
            yield return $"model.dropout: expected a share in [0, 1), got {Dropout}";
    }

    /// <inheritdoc/>
    public override Model Create() => new Mixer(this);
}
