using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>
/// Random changes of training images, those of common practice on natural images (random crop and flip as in He et al. 2016; jitter of
/// brightness, contrast and saturation). Every strength is 0 unless set.
/// </summary>
public sealed record AugmentationOptions
{
    private const int MostPadding = 256;

    /// <summary>Pixels of zeros put around the image before a part of its own size is cut out at random; 4 is usual for 32×32.</summary>
    public int CropPadding { get; set; }

    /// <summary>Mirrors every second image, left to right.</summary>
    public bool Flip { get; set; }

    /// <summary>Multiplies pixels by a factor from 1 ± this, at least 0.</summary>
    public double Brightness { get; set; }

    /// <summary>Moves pixels away from the image's mean gray, or towards it, by a factor from 1 ± this, at least 0.</summary>
    public double Contrast { get; set; }

    /// <summary>Moves pixels away from their own gray, or towards it, by a factor from 1 ± this, at least 0; without meaning for gray images.</summary>
    public double Saturation { get; set; }

    /// <summary>Whether images stay as they are.</summary>
    [JsonIgnore]
    public bool IsIdentity => !MovesPixels && Brightness == 0 && Contrast == 0 && Saturation == 0;

    /// <summary>Whether pixels change their place: the sizes of the images must then be known.</summary>
    [JsonIgnore]
    public bool MovesPixels => CropPadding != 0 || Flip;

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (CropPadding is < 0 or > MostPadding)
        {
            yield return $"cropPadding: expected 0 to {MostPadding}, got {CropPadding}";
        }

        foreach ((string name, double strength) in ((string, double)[])[("brightness", Brightness), ("contrast", Contrast), ("saturation", Saturation)])
        {
            if (!(strength >= 0 && strength <= 100))
            {
                yield return $"{name}: expected 0 to 100, got {strength}";
            }
        }
    }
}
