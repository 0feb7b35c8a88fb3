namespace Engram.Data;

/// <summary>A decoded image.</summary>
/// <param name="Channels">Planes: 1 for gray, 3 for red, green, blue.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Pixels">Bytes <c>[channels, height, width]</c>, row-major.</param>
public sealed record PngImage(int Channels, int Height, int Width, ReadOnlyMemory<byte> Pixels);
