using Engram.Kernels;

namespace Engram.Data;

/// <summary>
/// The built-in dataset: handwritten-like digits, 28×28 gray, ten balanced classes, drawn from vector strokes with a random way of
/// writing, warp, rotation, shear, size, place, pen width, blur, ink and noise. Image i is a pure function of (seed, split, i):
/// neither the number of images, nor threads, nor the order of calls changes a byte of it.
/// </summary>
public static class SyntheticDigits
{
    /// <summary>Rows and columns of an image.</summary>
    public const int Side = 28;

    /// <summary>The number of classes.</summary>
    public const int ClassCount = 10;

    /// <summary>The dataset's name, as experiments give it.</summary>
    public const string Name = "synthetic-digits";

    /// <summary>Draws training and test images, on all cores.</summary>
    /// <param name="options">What to draw.</param>
    /// <exception cref="ArgumentException">The options do not pass <see cref="SyntheticDigitsOptions.Validate"/>.</exception>
    public static Dataset Create(SyntheticDigitsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Validate() is { Count: > 0 } problems)
        {
            throw new ArgumentException($"{Name}: {string.Join(" ", problems)}", nameof(options));
        }

        return new Dataset(Name, CreateSplit(options, train: true, options.Train), CreateSplit(options, train: false, options.Test));
    }

    /// <summary>Draws one image.</summary>
    /// <param name="options">Seed and variation; the counts are not used.</param>
    /// <param name="train">Whether the image belongs to the training or the test split.</param>
    /// <param name="index">The image's number in its split, from 0.</param>
    /// <param name="pixels">Receives the image, <c>[28, 28]</c>.</param>
    /// <returns>The label: the digit.</returns>
    public static int Draw(SyntheticDigitsOptions options, bool train, int index, Span<byte> pixels)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (pixels.Length != Side * Side)
        {
            throw new ArgumentException($"{Name}: an image needs {Side * Side} bytes, got {pixels.Length}.", nameof(pixels));
        }

        int digit = LabelOf(options.Seed, train, index);
        RandomCursor words = Draws.Digit(options.Seed, train, index);
        DigitRenderer.Draw(digit, options.Distortion, options.Noise, ref words, pixels);
        return digit;
    }

    // every group of ten consecutive images holds each digit once, in a random order: any prefix is balanced
    private static int LabelOf(ulong seed, bool train, int index)
    {
        Span<int> order = stackalloc int[ClassCount];
        Draws.DigitLabels(seed, train, index / ClassCount).Permutation(order);
        return order[index % ClassCount];
    }

    private static ImageSet CreateSplit(SyntheticDigitsOptions options, bool train, int count)
    {
        byte[] pixels = GC.AllocateUninitializedArray<byte>(count * Side * Side);
        int[] labels = new int[count];
        Parallel.For(0, (count + 255) / 256, chunk =>
        {
            int end = Math.Min(count, (chunk + 1) * 256);
            for (int i = chunk * 256; i < end; i++)
            {
                labels[i] = Draw(options, train, i, pixels.AsSpan(i * Side * Side, Side * Side));
            }
        });
        ImageSet gray = new(Name, pixels, labels, Side, Side, 1, ClassCount);
        return options.Coloured ? DigitColours.Apply(gray, options.Seed, train) : gray;
    }
}
