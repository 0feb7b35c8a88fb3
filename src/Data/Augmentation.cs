using Engram.Kernels;

namespace Engram.Data;

/// <summary>
/// Changes images at random, in this order: crop, flip, brightness, contrast, saturation. What happens to an image is a pure function of a random
/// stream and a number: neither the images beside it nor the order of calls matter.
/// </summary>
/// <remarks>Draws have places of their own in the stream: setting one strength moves no draw of another. Nothing is allocated.</remarks>
public sealed class Augmentation
{
    private const float RedWeight = 0.299f, GreenWeight = 0.587f, BlueWeight = 0.114f; // ITU-R 601
    private const ulong WordsPerImage = 8;

    private readonly AugmentationOptions _options;
    private readonly int _channels;
    private readonly int _height;
    private readonly int _width;

    /// <summary>Prepares for images of one size.</summary>
    /// <param name="options">What is done, and how strongly.</param>
    /// <param name="channels">Planes of an image; with 3 they are red, green and blue.</param>
    /// <param name="height">Rows of an image.</param>
    /// <param name="width">Columns of an image.</param>
    /// <exception cref="ArgumentException">The options are wrong; all problems are listed.</exception>
    public Augmentation(AugmentationOptions options, int channels, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        string problems = string.Join("; ", options.Problems());
        if (problems.Length > 0)
        {
            throw new ArgumentException($"augmentation: {problems}", nameof(options));
        }

        _options = options;
        _channels = channels;
        _height = height;
        _width = width;
    }

    /// <summary>Numbers of an image: channels · height · width.</summary>
    public int Features => _channels * _height * _width;

    /// <summary>Writes the changed image.</summary>
    /// <param name="image">Pixels in [0, 1], [channels, height, width].</param>
    /// <param name="changed">Receives pixels in [0, 1]; must not overlap <paramref name="image"/>.</param>
    /// <param name="stream">Random numbers of the step.</param>
    /// <param name="number">The image's number in the step.</param>
    /// <exception cref="ArgumentException">A span is not of an image's length.</exception>
    public void Apply(ReadOnlySpan<float> image, Span<float> changed, in RandomStream stream, int number)
    {
        if (image.Length != Features || changed.Length != Features)
        {
            throw new ArgumentException(
                $"augmentation: expected images of {_channels}x{_height}x{_width} = {Features} numbers, got {image.Length} to read and {changed.Length} to write.");
        }

        ulong word = (ulong)number * WordsPerImage;
        int padding = _options.CropPadding;
        int down = padding == 0 ? 0 : stream.Int32(word, (2 * padding) + 1) - padding;
        int right = padding == 0 ? 0 : stream.Int32(word + 1, (2 * padding) + 1) - padding;
        bool mirrored = _options.Flip && stream.UInt32(word + 2) >> 31 == 1;
        if (down == 0 && right == 0 && !mirrored)
        {
            image.CopyTo(changed);
        }
        else
        {
            Move(image, changed, down, right, mirrored);
        }

        if (_options.Brightness > 0)
        {
            Blend(changed, Factor(_options.Brightness, stream.Uniform(word + 3)), 0);
        }

        if (_options.Contrast > 0)
        {
            float factor = Factor(_options.Contrast, stream.Uniform(word + 4));
            Blend(changed, factor, (1 - factor) * MeanGray(changed));
        }

        if (_options.Saturation > 0 && _channels == 3)
        {
            Saturate(changed, Factor(_options.Saturation, stream.Uniform(word + 5)));
        }
    }

    // changed(y, x) = image(y + down, x + right), 0 outside; mirrored: then left to right
    private void Move(ReadOnlySpan<float> image, Span<float> changed, int down, int right, bool mirrored)
    {
        changed.Clear();
        int first = Math.Max(0, -right), end = Math.Min(_width, _width - right);
        for (int y = Math.Max(0, -down); y < Math.Min(_height, _height - down) && first < end; y++)
        {
            for (int c = 0; c < _channels; c++)
            {
                ReadOnlySpan<float> from = image.Slice((((c * _height) + y + down) * _width) + first + right, end - first);
                Span<float> to = changed.Slice(((c * _height) + y) * _width, _width);
                if (!mirrored)
                {
                    from.CopyTo(to[first..]);
                    continue;
                }

                to = to.Slice(_width - end, end - first);
                from.CopyTo(to);
                to.Reverse();
            }
        }
    }

    private static float Factor(double strength, float unit)
    {
        double least = Math.Max(0, 1 - strength);
        return (float)(least + ((1 + strength - least) * unit));
    }

    private static void Blend(Span<float> pixels, float factor, float offset)
    {
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = Math.Clamp((factor * pixels[i]) + offset, 0f, 1f);
        }
    }

    private float MeanGray(ReadOnlySpan<float> pixels)
    {
        int plane = _height * _width;
        if (_channels != 3)
        {
            return (float)(Sum(pixels) / pixels.Length);
        }

        return (float)(((RedWeight * Sum(pixels[..plane])) + (GreenWeight * Sum(pixels.Slice(plane, plane))) + (BlueWeight * Sum(pixels[(2 * plane)..]))) / plane);
    }

    private static double Sum(ReadOnlySpan<float> pixels)
    {
        double sum = 0;
        foreach (float pixel in pixels)
        {
            sum += pixel;
        }

        return sum;
    }

    private void Saturate(Span<float> pixels, float factor)
    {
        int plane = _height * _width;
        Span<float> red = pixels[..plane], green = pixels.Slice(plane, plane), blue = pixels.Slice(2 * plane, plane);
        for (int i = 0; i < plane; i++)
        {
            float gray = (1 - factor) * ((RedWeight * red[i]) + (GreenWeight * green[i]) + (BlueWeight * blue[i]));
            red[i] = Math.Clamp((factor * red[i]) + gray, 0f, 1f);
            green[i] = Math.Clamp((factor * green[i]) + gray, 0f, 1f);
            blue[i] = Math.Clamp((factor * blue[i]) + gray, 0f, 1f);
        }
    }
}
