using System.Text.Json.Serialization;

namespace Engram.Models;

/// <summary>
/// Sizes of one sample, [channels, height, width]. Models read samples as rows [batch, features], row-major in this order; networks that
/// look at images reshape the rows.
/// </summary>
/// <param name="Channels">Planes: 1 for grey, 3 for colour.</param>
/// <param name="Height">Rows of a plane.</param>
/// <param name="Width">Columns of a plane.</param>
public readonly record struct ImageShape(int Channels, int Height, int Width)
{
    /// <summary>Numbers per sample: channels · height · width.</summary>
    [JsonIgnore]
    public int Features => checked(Channels * Height * Width);

    /// <summary>Samples that are no images: 1 × 1 × features.</summary>
    public static ImageShape Flat(int features) => new(1, 1, features);

    /// <summary><c>784</c> for flat samples, <c>3×32×32</c> for images.</summary>
    public override string ToString() => Channels == 1 && Height == 1 ? $"{Width}" : $"{Channels}×{Height}×{Width}";
}
