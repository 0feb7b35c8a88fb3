using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>Three channels as (first − second, second, third − second), modulo 256: exact both ways, and smaller numbers where colours are near grey.</summary>
internal static class ColourDifferences
{
    /// <summary>Colours → differences, in place [channels, height, width]; nothing for other than three channels.</summary>
    public static void Subtract(Span<byte> planes, ImageShape shape)
    {
        if (shape.Channels != 3)
            return;
        int area = shape.Height * shape.Width;
        for (int i = 0; i < area; i++)
        {
            planes[i] -= planes[area + i];
            planes[2 * area + i] -= planes[area + i];
        }
    }

    /// <summary>The way back.</summary>
    public static void Add(Span<byte> planes, ImageShape shape)
    {
        if (shape.Channels != 3)
            return;
        int area = shape.Height * shape.Width;
        for (int i = 0; i < area; i++)
        {
            planes[i] += planes[area + i];
            planes[2 * area + i] += planes[area + i];
        }
    }
}
