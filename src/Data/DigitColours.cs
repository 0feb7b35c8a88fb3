using Engram.Kernels;

namespace Engram.Data;

/// <summary>
/// Gray digits in colour, in the manner of SynthDigits (Ganin and Lempitsky 2015, arXiv 1409.7495): ink and paper of every image have a random colour each,
/// and a pixel of value v is paper + (ink − paper)·v. The colours of image i are a pure function of (seed, split, i).
/// </summary>
public static class DigitColours
{
    private const int LeastContrast = 64;

    /// <summary>Colours every image.</summary>
    /// <param name="images">Gray images.</param>
    /// <param name="seed">Seed of the colours.</param>
    /// <param name="train">Whether the images are the training or the test split.</param>
    /// <exception cref="ArgumentException">The images are not gray.</exception>
    public static ImageSet Apply(ImageSet images, ulong seed, bool train)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Channels != 1)
        {
            throw new ArgumentException($"digit colours: expected gray images, '{images.Name}' has {images.Channels} channels.", nameof(images));
        }

        int size = images.PixelCount;
        byte[] pixels = GC.AllocateUninitializedArray<byte>(checked(3 * size * images.Count));
        Span<int> colours = stackalloc int[6];
        for (int i = 0; i < images.Count; i++)
        {
            RandomCursor random = Draws.Colours(seed, train, i);
            // ink and paper differ by a quarter of the range in mean brightness, else the digit could not be seen
            do
            {
                for (int c = 0; c < 6; c++)
                {
                    colours[c] = random.NextInt32(256);
                }
            }
            while (Math.Abs(colours[0] + colours[1] + colours[2] - colours[3] - colours[4] - colours[5]) < 3 * LeastContrast);
            ReadOnlySpan<byte> gray = images.Pixels(i);
            for (int c = 0; c < 3; c++)
            {
                Span<byte> plane = pixels.AsSpan(((3 * i) + c) * size, size);
                for (int p = 0; p < size; p++)
                {
                    plane[p] = (byte)(((colours[3 + c] * (255 - gray[p])) + (colours[c] * gray[p]) + 127) / 255);
                }
            }
        }

        return new ImageSet(images.Name, pixels, images.Labels.ToArray(), images.Height, images.Width, 3, images.ClassCount);
    }
}
