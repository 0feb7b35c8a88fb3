namespace Engram.Results;

/// <summary>A small image carried by a result document: 8 bits a channel, as base64 on the wire.</summary>
public sealed record ResultImage
{
    /// <summary>Real or generated.</summary>
    public required ResultImageKind Kind { get; init; }

    /// <summary>Number of the task, from 0.</summary>
    public required int Task { get; init; }

    /// <summary>Number of the class.</summary>
    public required int Class { get; init; }

    /// <summary>Dataset of the cell, where the experiment swept over datasets; else <c>null</c>.</summary>
    public string? Dataset { get; init; }

    /// <summary>Method whose memory made it; <c>null</c> for a real image.</summary>
    public string? Method { get; init; }

    /// <summary>Rank of the generator; <c>null</c> for a real image or a generator without one.</summary>
    public int? Rank { get; init; }

    /// <summary>Rows.</summary>
    public required int Height { get; init; }

    /// <summary>Columns.</summary>
    public required int Width { get; init; }

    /// <summary>1 (gray) or 3 (red, green, blue).</summary>
    public required int Channels { get; init; }

    /// <summary>Pixels, row by row, channels side by side. [height, width, channels]</summary>
    public required byte[] Pixels { get; init; }

    /// <summary>
    /// Turns a planar float image into the interleaved 8-bit form of <see cref="Pixels"/>: [0, 1] becomes [0, 255],
    /// values outside are clipped (a generator overshoots), NaN becomes 0.
    /// </summary>
    /// <param name="planar">The image. [channels, height, width]</param>
    /// <param name="channels">Channels, positive; must divide the length.</param>
    /// <exception cref="ArgumentException">The length is not a multiple of the channels.</exception>
    public static byte[] ToPixels(ReadOnlySpan<float> planar, int channels)
    {
        if (channels <= 0 || planar.Length % channels != 0)
        {
            throw new ArgumentException(
                $"result image: {planar.Length} values cannot be split into {channels} equal channels. Expected [channels, height, width].",
                nameof(channels));
        }

        var plane = planar.Length / channels;
        var pixels = new byte[planar.Length];
        for (var i = 0; i < plane; i++)
        {
            for (var c = 0; c < channels; c++)
            {
                var value = planar[(c * plane) + i];
                pixels[(i * channels) + c] = value > 0 ? (byte)(Math.Min(value, 1f) * 255f + 0.5f) : (byte)0;
            }
        }

        return pixels;
    }
}
