namespace Engram.Data;

/// <summary>What the first chunk of a PNG file says.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="BitDepth">Bits of a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="ColourType">0 gray, 2 colour, 3 palette, 4 gray and alpha, 6 colour and alpha.</param>
/// <param name="Interlaced">Whether the image comes in Adam7's seven passes.</param>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, int ColourType, bool Interlaced)
{
    /// <summary>Samples of a pixel in the file.</summary>
    public int Samples => ColourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>Planes that the image gives.</summary>
    public int Channels => ColourType is 0 or 4 ? 1 : 3;

    /// <summary>Bytes between a byte and the one it is predicted from.</summary>
    public int FilterStep => Math.Max(1, Samples * BitDepth / 8);

    /// <summary>Least number of bytes that the compressed data unpack to.</summary>
    public long UnpackedBytes => ((long)Width * Height * Samples * BitDepth) / 8;

    /// <summary>Bytes of a row of so many pixels.</summary>
    public int RowBytes(int pixels) => checked((int)((((long)pixels * Samples * BitDepth) + 7) / 8));

    /// <summary>Whether the format knows this combination.</summary>
    public bool IsValid => ColourType switch
    {
        0 => BitDepth is 1 or 2 or 4 or 8 or 16,
        3 => BitDepth is 1 or 2 or 4 or 8,
        2 or 4 or 6 => BitDepth is 8 or 16,
        _ => false,
    };
}
