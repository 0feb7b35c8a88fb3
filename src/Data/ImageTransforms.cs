namespace Engram.Data;

/// <summary>Applies transforms to whole image sets.</summary>
public static class ImageTransforms
{
    private const int ImagesPerChunk = 512;

    /// <summary>Transforms every image, on all cores; an identity shares the pixels instead of copying them.</summary>
    /// <param name="images">The images.</param>
    /// <param name="transform">The transform; made for images of this height and width.</param>
    /// <param name="name">The new set's name; the old one with the transform's when left out.</param>
    /// <exception cref="ArgumentException">The transform was made for another image size.</exception>
    public static ImageSet Transform(this ImageSet images, IImageTransform transform, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(transform);
        int plane = images.Height * images.Width;
        if (transform.PlaneSize != plane)
        {
            throw new ArgumentException(
                $"{transform.Name}: made for planes of {transform.PlaneSize} pixels, '{images.Name}' has {images.Height}x{images.Width}. " +
                "Make it for this image size.", nameof(transform));
        }

        name ??= $"{images.Name}, {transform.Name}";
        if (transform.IsIdentity)
        {
            return images.Slice(0, images.Count, name);
        }

        byte[] pixels = GC.AllocateUninitializedArray<byte>(images.AllPixels.Length);
        Parallel.For(0, (images.Count + ImagesPerChunk - 1) / ImagesPerChunk, chunk =>
        {
            ReadOnlySpan<byte> source = images.AllPixels;
            int planes = images.Channels;
            int end = Math.Min(images.Count, (chunk + 1) * ImagesPerChunk) * planes;
            for (int i = chunk * ImagesPerChunk * planes; i < end; i++)
            {
                transform.Apply(source.Slice(i * plane, plane), pixels.AsSpan(i * plane, plane));
            }
        });
        return new ImageSet(name, pixels, images.Labels.ToArray(), images.Height, images.Width, images.Channels, images.ClassCount);
    }
}
