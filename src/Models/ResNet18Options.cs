using System.Text.Json.Serialization;

namespace Engram.Models;

/// <summary>Sizes of a <see cref="ResNet18"/>.</summary>
public sealed record ResNet18Options : ModelOptions
{
    /// <summary>Channels of the first stage: 64 for the full network, 20 for the reduced one of the continual-learning literature.</summary>
    public int Width { get; set; } = 20;

    /// <summary>Stride of the first convolution: 1, or 2 for larger images such as 84×84.</summary>
    public int StemStride { get; set; } = 1;

    /// <summary>Rows and columns of the average pool's output: 1 for the whole image, 2 as GPM does on 84×84 images.</summary>
    public int Pool { get; set; } = 1;

    /// <summary>Distribution of the initial weights.</summary>
    public Initialization Initialization { get; set; } = Initialization.FanInUniform;

    /// <summary>Class proxies compared by cosine in the place of the last linear layer; a linear one when left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CosineHeadOptions? CosineHead { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        foreach (string problem in CosineHead?.Problems() ?? [])
            yield return problem;
        if (Width is < 1 or > 1024)
            yield return $"model.width: expected 1 to 1024, got {Width}";
        if (StemStride is < 1 or > 4)
            yield return $"model.stemStride: expected 1 to 4, got {StemStride}";
        if (Pool is < 1 or > 8)
            yield return $"model.pool: expected 1 to 8, got {Pool}";
    }

    /// <inheritdoc/>
    public override Model Create() => new ResNet18(this);
}
