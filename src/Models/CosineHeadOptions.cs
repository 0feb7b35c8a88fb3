namespace Engram.Models;

/// <summary>A head that compares directions instead of projecting: see <see cref="CosineLayer"/>.</summary>
public sealed record CosineHeadOptions
{
    /// <summary>Cosines are divided by this before the softmax; PCR's is 0.09.</summary>
    public double Temperature { get; set; } = 0.09;

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (!(Temperature is > 0 and <= 1e3))
            yield return $"model.cosineHead.temperature must be above 0 and at most 1000, got {Temperature}";
    }
}
