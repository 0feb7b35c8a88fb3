using Engram.Data;
using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>The size of images outside and inside a <see cref="CompressedBuffer"/>.</summary>
internal readonly struct StoredImageShape
{
    public StoredImageShape(ImageShape image, CompressedBufferOptions options)
    {
        Image = image;
        int height = options.Height ?? (image.Height + options.Downscale - 1) / options.Downscale;
        int width = options.Width ?? (image.Width + options.Downscale - 1) / options.Downscale;
        if (height > image.Height || width > image.Width)
            throw new ArgumentException($"compressed buffer: height and width must be at most those of the images, {image}, got {height} and {width}");
        Stored = new ImageShape(image.Channels, height, width);
    }

    /// <summary>As the network sees them.</summary>
    public ImageShape Image { get; }

    /// <summary>As they are stored.</summary>
    public ImageShape Stored { get; }

    public bool IsSmaller => Stored != Image;

    public void Shrink(ReadOnlySpan<byte> image, Span<byte> small)
    {
        int area = Image.Height * Image.Width, smallArea = Stored.Height * Stored.Width;
        float[] plane = new float[area], target = new float[smallArea];
        for (int c = 0; c < Image.Channels; c++)
        {
            for (int i = 0; i < area; i++)
                plane[i] = image[c * area + i];
            ImageScaling.Shrink(plane, Image.Height, Image.Width, target, Stored.Height, Stored.Width);
            for (int i = 0; i < smallArea; i++)
                small[c * smallArea + i] = DctPlanes.ToByte(target[i]);
        }
    }

    /// <summary>Stored pixels → features in [0, 1].</summary>
    public void Enlarge(ReadOnlySpan<byte> small, Span<float> scratch, Span<float> x)
    {
        int area = Image.Height * Image.Width, smallArea = Stored.Height * Stored.Width;
        PixelConversion.ToUnit(small, scratch);
        for (int c = 0; c < Image.Channels; c++)
            ImageScaling.Enlarge(scratch.Slice(c * smallArea, smallArea), Stored.Height, Stored.Width, x.Slice(c * area, area), Image.Height, Image.Width);
    }
}
