using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>How many synthetic digits to draw, and how different from each other.</summary>
/// <remarks>Setters rather than init accessors for the reason given at <see cref="ScenarioOptions"/>.</remarks>
public sealed record SyntheticDigitsOptions
{
    /// <summary>Training images.</summary>
    public int Train { get; set; } = 30_000;

    /// <summary>Test images, drawn independently of the training images.</summary>
    public int Test { get; set; } = 5_000;

    /// <summary>The seed of the drawing. It is part of the dataset, not of a run: keep it while the runs' seeds vary.</summary>
    public ulong Seed { get; set; }

    /// <summary>Scales every geometric variation (rotation, shear, size, place, warp); 0 draws each digit in its upright form.</summary>
    public float Distortion { get; set; } = 1f;

    /// <summary>Scales the pixel noise; 0 draws clean ink on clean paper.</summary>
    public float Noise { get; set; } = 1f;

    /// <summary>Draw every digit with random colours of ink and paper (<see cref="DigitColours"/>): 3 channels instead of 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Coloured { get; set; }

    /// <summary>All problems with these options, each a sentence that names the option; empty when they are fine.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> problems = [];
        const int Limit = int.MaxValue / (SyntheticDigits.Side * SyntheticDigits.Side);
        if (Train < 1 || Train > Limit)
        {
            problems.Add($"train: expected 1 to {Limit} images, got {Train}.");
        }

        if (Test < 1 || Test > Limit)
        {
            problems.Add($"test: expected 1 to {Limit} images, got {Test}.");
        }

        if (!(Distortion >= 0f && Distortion <= 2f))
        {
            problems.Add($"distortion: expected 0 to 2, got {Distortion}.");
        }

        if (!(Noise >= 0f && Noise <= 5f))
        {
            problems.Add($"noise: expected 0 to 5, got {Noise}.");
        }

        return problems;
    }
}
