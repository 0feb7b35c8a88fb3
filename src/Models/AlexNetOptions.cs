namespace Engram.Models;

/// <summary>Settings of an <see cref="AlexNet"/>.</summary>
public sealed record AlexNetOptions : ModelOptions
{
    /// <summary>Width of the two hidden linear layers.</summary>
    public int Hidden { get; set; } = 2048;

    /// <summary>Whether layers have biases; GPM's have none.</summary>
    public bool Bias { get; set; }

    /// <summary>Share dropped after the first two convolutions while training.</summary>
    public double Dropout { get; set; } = 0.2;

    /// <summary>Share dropped after the third convolution and the hidden linear layers while training.</summary>
    public double LateDropout { get; set; } = 0.5;

    /// <summary>Distribution of the initial weights.</summary>
    public Initialization Initialization { get; set; } = Initialization.FanInUniform;

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        if (Hidden is < 1 or > 1 << 16)
            yield return $"model.hidden: expected 1 to 65536, got {Hidden}";
        if (!(Dropout >= 0 && Dropout < 1))
            yield return $"model.dropout: expected a share in [0, 1), got {Dropout}";
        if (!(LateDropout >= 0 && LateDropout < 1))
            yield return $"model.lateDropout: expected a share in [0, 1), got {LateDropout}";
    }

    /// <inheritdoc/>
    public override Model Create() => new AlexNet(this);
}
