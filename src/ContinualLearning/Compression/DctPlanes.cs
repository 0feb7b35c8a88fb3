using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>
/// An image as planes of floats around 0: the channels minus 128, or brightness and two colour differences of a three-channel image (the full-range
/// matrix of JFIF), the differences at half the resolution if wanted.
/// </summary>
internal readonly struct DctPlanes
{
    private readonly ImageShape _shape;
    private readonly int _colourHeight, _colourWidth;

    public DctPlanes(ImageShape shape, bool halveColour)
    {
        _shape = shape;
        IsColour = shape.Channels == 3;
        _colourHeight = IsColour && halveColour ? (shape.Height + 1) / 2 : shape.Height;
        _colourWidth = IsColour && halveColour ? (shape.Width + 1) / 2 : shape.Width;
    }

    /// <summary>Whether the planes are brightness and colour differences.</summary>
    public bool IsColour { get; }

    /// <summary>Floats of all planes.</summary>
    public int Length => Offset(_shape.Channels);

    /// <summary>Floats that <see cref="Split"/> and <see cref="Join"/> need: the planes, and the colour differences at full size.</summary>
    public int ScratchLength => Length + (IsColour ? 2 * _shape.Height * _shape.Width : 0);

    public int Height(int plane) => IsColour && plane > 0 ? _colourHeight : _shape.Height;

    public int Width(int plane) => IsColour && plane > 0 ? _colourWidth : _shape.Width;

    public int Offset(int plane) => plane == 0 ? 0 : _shape.Height * _shape.Width + (plane - 1) * Height(1) * Width(1);

    /// <summary>Pixels → planes, which are the first <see cref="Length"/> floats of the scratch.</summary>
    public void Split(ReadOnlySpan<byte> pixels, Span<float> scratch)
    {
        int area = _shape.Height * _shape.Width;
        if (!IsColour)
        {
            for (int i = 0; i < pixels.Length; i++)
                scratch[i] = pixels[i] - 128f;
            return;
        }

        Span<float> full = scratch.Slice(Length, 2 * area);
        for (int i = 0; i < area; i++)
        {
            float r = pixels[i], g = pixels[area + i], b = pixels[2 * area + i];
            scratch[i] = 0.299f * r + 0.587f * g + 0.114f * b - 128f;
            full[i] = -0.168736f * r - 0.331264f * g + 0.5f * b;
            full[area + i] = 0.5f * r - 0.418688f * g - 0.081312f * b;
        }

        for (int c = 1; c < 3; c++)
            ImageScaling.Shrink(full.Slice((c - 1) * area, area), _shape.Height, _shape.Width, scratch[Offset(c)..], _colourHeight, _colourWidth);
    }

    /// <summary>Planes → pixels, rounded and limited to bytes.</summary>
    public void Join(Span<float> scratch, Span<byte> pixels)
    {
        int area = _shape.Height * _shape.Width;
        if (!IsColour)
        {
            for (int i = 0; i < pixels.Length; i++)
                pixels[i] = ToByte(scratch[i] + 128f);
            return;
        }

        Span<float> full = scratch.Slice(Length, 2 * area);
        for (int c = 1; c < 3; c++)
            ImageScaling.Enlarge(scratch[Offset(c)..], _colourHeight, _colourWidth, full.Slice((c - 1) * area, area), _shape.Height, _shape.Width);
        for (int i = 0; i < area; i++)
        {
            float y = scratch[i] + 128f, blue = full[i], red = full[area + i];
            pixels[i] = ToByte(y + 1.402f * red);
            pixels[area + i] = ToByte(y - 0.344136f * blue - 0.714136f * red);
            pixels[2 * area + i] = ToByte(y + 1.772f * blue);
        }
    }

    /// <summary>The nearest byte; NaN gives 0.</summary>
    internal static byte ToByte(float value) => value > 0 ? (byte)(Math.Min(value, 255f) + 0.5f) : (byte)0;
}
