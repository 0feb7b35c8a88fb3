using System.Text.Json.Serialization;

namespace Engram.Models;

/// <summary>A multilayer perceptron's sizes and functions.</summary>
public sealed record MlpOptions : ModelOptions
{
    /// <summary>Widths of the hidden layers; empty for a linear model.</summary>
    public int[] Hidden { get; set; } = [200, 200];

    /// <summary>After every hidden layer.</summary>
    public Activation Activation { get; set; } = Activation.Relu;

    /// <summary>Distribution of the initial weights.</summary>
    public Initialization Initialization { get; set; } = Initialization.GlorotUniform;

    /// <summary>Class proxies compared by cosine in the place of the last linear layer; a linear one when left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CosineHeadOptions? CosineHead { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        foreach (string problem in CosineHead?.Problems() ?? [])
            yield return problem;
        if (Hidden.Length > 64)
            yield return $"model.hidden: at most 64 layers, got {Hidden.Length}";
        foreach (int width in Hidden.Where(width => width is < 1 or > 1 << 16))
            yield return $"model.hidden: a width must be 1 to 65536, got {width}";
    }

    /// <inheritdoc/>
    public override Model Create() => new Mlp(this);
}
