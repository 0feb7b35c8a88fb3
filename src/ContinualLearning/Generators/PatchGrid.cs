using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>
/// Square patches of an image at regular places; the last of a row or column ends at the edge, overlapping the one before it if need be. Patches
/// added up and weighted give the average where they overlap.
/// </summary>
public sealed class PatchGrid
{
    private readonly int[] _rows, _columns;
    private readonly float[] _weights; // 1 / patches that cover a pixel [height, width]

    /// <summary>The places of the patches.</summary>
    /// <param name="shape">Sizes of an image.</param>
    /// <param name="side">Rows and columns of a patch, limited to those of the image.</param>
    /// <param name="stride">Pixels from one patch to the next, 1 to <paramref name="side"/>: every pixel must be covered.</param>
    /// <exception cref="ArgumentException">A side below 1, or a stride that leaves pixels out.</exception>
    public PatchGrid(ImageShape shape, int side, int stride)
    {
        if (side < 1 || stride < 1 || stride > side)
            throw new ArgumentException($"patch grid: expected a side of 1 or more and a stride of 1 to the side, got {side} and {stride}");
        Shape = shape;
        Height = Math.Min(side, shape.Height);
        Width = Math.Min(side, shape.Width);
        _rows = Places(shape.Height, Height, stride);
        _columns = Places(shape.Width, Width, stride);
        _weights = new float[shape.Height * shape.Width];
        for (int i = 0; i < Count; i++)
        {
            (int top, int left) = Place(i);
            for (int p = 0; p < Height * Width; p++)
                _weights[(top + p / Width) * shape.Width + left + p % Width]++;
        }

        for (int p = 0; p < _weights.Length; p++)
            _weights[p] = 1 / _weights[p];
    }

    /// <summary>Sizes of an image.</summary>
    public ImageShape Shape { get; }

    /// <summary>Rows of a patch.</summary>
    public int Height { get; }

    /// <summary>Columns of a patch.</summary>
    public int Width { get; }

    /// <summary>Patches of an image.</summary>
    public int Count => _rows.Length * _columns.Length;

    /// <summary>Numbers of a patch: channels · height · width.</summary>
    public int PatchLength => Shape.Channels * Height * Width;

    /// <summary>Upper left corner of a patch.</summary>
    public (int Top, int Left) Place(int patch) => (_rows[patch / _columns.Length], _columns[patch % _columns.Length]);

    /// <summary>Copies a patch of an image.</summary>
    /// <param name="image">The image [channels, height, width].</param>
    /// <param name="patch">Which patch, in [0, <see cref="Count"/>).</param>
    /// <param name="values">Receives the patch [channels, patch height, patch width].</param>
    public void Extract(ReadOnlySpan<float> image, int patch, Span<float> values)
    {
        (int top, int left) = Place(patch);
        for (int line = 0; line < Shape.Channels * Height; line++)
            image.Slice(Start(line, top, left), Width).CopyTo(values.Slice(line * Width, Width));
    }

    /// <summary>Adds a patch to an image that starts as zeros; <see cref="Average"/> ends it.</summary>
    /// <param name="values">The patch [channels, patch height, patch width].</param>
    /// <param name="patch">Which patch.</param>
    /// <param name="image">The image [channels, height, width].</param>
    public void Add(ReadOnlySpan<float> values, int patch, Span<float> image)
    {
        (int top, int left) = Place(patch);
        for (int line = 0; line < Shape.Channels * Height; line++)
        {
            Span<float> target = image.Slice(Start(line, top, left), Width);
            for (int x = 0; x < target.Length; x++)
                target[x] += values[line * Width + x];
        }
    }

    /// <summary>Divides every pixel by the number of patches that cover it.</summary>
    public void Average(Span<float> image)
    {
        if (_rows.Length * Height == Shape.Height && _columns.Length * Width == Shape.Width)
            return; // no overlap
        for (int p = 0; p < image.Length; p++)
            image[p] *= _weights[p % _weights.Length];
    }

    private int Start(int line, int top, int left) => (line / Height * Shape.Height + top + line % Height) * Shape.Width + left;

    private static int[] Places(int size, int side, int stride)
    {
        List<int> places = [];
        for (int at = 0; at + side < size; at += stride)
            places.Add(at);
        places.Add(size - side);
        return [.. places];
    }
}
