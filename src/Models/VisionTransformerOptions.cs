namespace Engram.Models;

/// <summary>Sizes of a <see cref="VisionTransformer"/>.</summary>
public sealed record VisionTransformerOptions : ModelOptions
{
    /// <summary>Rows and columns of a patch; divides the image's.</summary>
    public int Patch { get; set; } = 4;

    /// <summary>Features of a token; a multiple of <see cref="Heads"/>.</summary>
    public int Width { get; set; } = 64;

    /// <summary>Number of blocks.</summary>
    public int Depth { get; set; } = 4;

    /// <summary>Attention heads.</summary>
    public int Heads { get; set; } = 4;

    /// <summary>Hidden features of the blocks' MLPs.</summary>
    public int MlpHidden { get; set; } = 128;

    /// <summary>True: a learned class token is classified; false: the mean over all tokens.</summary>
    public bool ClassToken { get; set; } = true;

    /// <summary>Share of elements dropped after the positions and every linear map of the blocks while training.</summary>
    public double Dropout { get; set; }

    /// <summary>Distribution of the initial weights.</summary>
    public Initialization Initialization { get; set; } = Initialization.FanInUniform;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        foreach ((string key, int value, int most) in new[]
            { ("patch", Patch, 256), ("width", Width, 1 << 14), ("depth", Depth, 128), ("heads", Heads, 1 << 10), ("mlpHidden", MlpHidden, 1 << 16) })
        {
            if (value < 1 || value > most)
                yield return $"model.{key}: expected 1 to {most}, got {value}";
        }

        if (Heads > 0 && Width % Heads != 0)
            yield return $"model.width: must be a multiple of model.heads, got {Width} and {Heads}";
        if (!(Dropout >= 0 && Dropout < 1))
            yield return $"model.dropout: expected a share in [0, 1), got {Dropout}";
    }

    /// <inheritdoc/>
    public override Model Create() => new VisionTransformer(this);
}
