namespace Engram.Data;

/// <summary>Brings images to another size or number of channels, on all cores.</summary>
public static class ImageShaping
{
    private const int ImagesPerChunk = 256;

    /// <summary>Images of another size; the set itself where it already has that size.</summary>
    /// <param name="images">The images.</param>
    /// <param name="height">Rows afterwards.</param>
    /// <param name="width">Columns afterwards.</param>
    /// <param name="sizing">A border or resampling.</param>
    /// <exception cref="ArgumentException">A border was asked for and the size is smaller.</exception>
    public static ImageSet ToSize(this ImageSet images, int height, int width, Sizing sizing = Sizing.Auto)
    {
        ArgumentNullException.ThrowIfNull(images);
        bool fits = height >= images.Height && width >= images.Width;
        bool close = 2 * height < 3 * images.Height && 2 * width < 3 * images.Width;
        return sizing == Sizing.Pad || (sizing == Sizing.Auto && fits && close) ? images.Pad(height, width) : images.Resize(height, width);
    }

    /// <summary>Images in the middle of larger ones; the border is 0, and an odd rest of it is at the bottom and the right.</summary>
    /// <param name="images">The images.</param>
    /// <param name="height">Rows afterwards, at least as many as now.</param>
    /// <param name="width">Columns afterwards, at least as many as now.</param>
    /// <exception cref="ArgumentException">The size is smaller.</exception>
    public static ImageSet Pad(this ImageSet images, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (height < images.Height || width < images.Width)
        {
            throw new ArgumentException(
                $"pad: '{images.Name}' has images of {images.Height}x{images.Width}, which do not fit into {height}x{width}. Resize them instead.");
        }

        int top = (height - images.Height) / 2, left = (width - images.Width) / 2;
        return PlaneByPlane(images, height, width, () => (from, to) =>
        {
            to.Clear();
            for (int y = 0; y < images.Height; y++)
            {
                from.Slice(y * images.Width, images.Width).CopyTo(to.Slice(((top + y) * width) + left, images.Width));
            }
        });
    }

    /// <summary>
    /// Images resampled by a triangle filter over pixel centres, as wide as one pixel of the coarser grid to either side: linear interpolation when
    /// enlarging, weighted means when shrinking. (Pillow's <c>BILINEAR</c>, without its rounding between rows and columns.)
    /// </summary>
    /// <param name="images">The images.</param>
    /// <param name="height">Rows afterwards, at least 1.</param>
    /// <param name="width">Columns afterwards, at least 1.</param>
    public static ImageSet Resize(this ImageSet images, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (height == images.Height && width == images.Width)
        {
            return images;
        }

        PlaneResampling resampling = new(images.Height, images.Width, height, width);
        return PlaneByPlane(images, height, width, () =>
        {
            float[] scratch = new float[resampling.ScratchLength];
            return (from, to) => resampling.Apply(from, to, scratch);
        });
    }

    /// <summary>
    /// Gray images with their plane three times, or colour images as gray ones, <c>(19595 R + 38470 G + 7471 B + 32768) / 65536</c> (the luma of
    /// ITU-R 601); the set itself where it already has so many channels.
    /// </summary>
    /// <param name="images">Images of 1 or 3 channels.</param>
    /// <param name="channels">1 or 3.</param>
    /// <exception cref="ArgumentException">Another number of channels.</exception>
    public static ImageSet ToChannels(this ImageSet images, int channels)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Channels == channels)
        {
            return images;
        }

        if ((images.Channels, channels) is not ((1, 3) or (3, 1)))
        {
            throw new ArgumentException(
                $"channels: '{images.Name}' has {images.Channels} channels, {channels} were asked for; gray (1) and colour (3) can be made of each other.");
        }

        int plane = images.Height * images.Width;
        byte[] pixels = GC.AllocateUninitializedArray<byte>(checked(images.Count * channels * plane));
        Parallel.For(0, images.Count, i =>
        {
            ReadOnlySpan<byte> from = images.Pixels(i);
            Span<byte> to = pixels.AsSpan(i * channels * plane, channels * plane);
            if (channels == 3)
            {
                from.CopyTo(to);
                from.CopyTo(to[plane..]);
                from.CopyTo(to[(2 * plane)..]);
                return;
            }

            for (int p = 0; p < plane; p++)
            {
                to[p] = (byte)(((19595 * from[p]) + (38470 * from[plane + p]) + (7471 * from[(2 * plane) + p]) + 32768) >> 16);
            }
        });
        return new ImageSet(images.Name, pixels, images.Labels.ToArray(), images.Height, images.Width, channels, images.ClassCount);
    }

    private static ImageSet PlaneByPlane(ImageSet images, int height, int width, Func<PlaneMap> map)
    {
        int from = images.Height * images.Width, to = checked(height * width), channels = images.Channels;
        byte[] pixels = GC.AllocateUninitializedArray<byte>(checked(images.Count * channels * to));
        Parallel.For(0, (images.Count + ImagesPerChunk - 1) / ImagesPerChunk, chunk =>
        {
            PlaneMap apply = map();
            int end = Math.Min(images.Count, (chunk + 1) * ImagesPerChunk) * channels;
            for (int i = chunk * ImagesPerChunk * channels; i < end; i++)
            {
                apply(images.AllPixels.Slice(i * from, from), pixels.AsSpan(i * to, to));
            }
        });
        return new ImageSet(images.Name, pixels, images.Labels.ToArray(), height, width, channels, images.ClassCount);
    }

    /// <summary>Makes one plane of another.</summary>
    private delegate void PlaneMap(ReadOnlySpan<byte> from, Span<byte> to);
}
