using System.Runtime.Intrinsics;

namespace Engram.Data;

/// <summary>
/// Pixels with mean 0 and deviation 1, channel by channel: <c>(x − mean) / deviation</c>, computed as a product with the deviation's reciprocal.
/// Networks see normalized pixels; memories, generators and pictures keep pixels in [0, 1].
/// </summary>
public sealed record Normalization
{
    /// <summary>What is taken from every pixel of a channel, [channels], on the scale of pixels in [0, 1].</summary>
    public IReadOnlyList<float> Mean { get; set; } = [0];

    /// <summary>What a channel's pixels are divided by, [channels], above 0.</summary>
    public IReadOnlyList<float> StandardDeviation { get; set; } = [1];

    /// <summary>
    /// The values in common use for a dataset's training images as published: those of the PyTorch examples and, for notMNIST, of GPM (Saha et al. 2021,
    /// arXiv 2103.09762). Null where there are none.
    /// </summary>
    /// <param name="dataset">A name of <see cref="DatasetCatalog.Names"/>.</param>
    public static Normalization? Published(string dataset) => dataset switch
    {
        "mnist" => Of([0.1307f], [0.3081f]),
        "fashion-mnist" => Of([0.2860f], [0.3530f]),
        "notmnist" => Of([0.4254f], [0.4501f]),
        "cifar10" => Of([0.4914f, 0.4822f, 0.4465f], [0.2470f, 0.2435f, 0.2616f]),
        "cifar100" or "cifar100-coarse" => Of([0.5071f, 0.4865f, 0.4409f], [0.2673f, 0.2564f, 0.2762f]),
        "svhn" => Of([0.4377f, 0.4438f, 0.4728f], [0.1980f, 0.2010f, 0.1970f]),
        _ => null,
    };

    /// <summary>Mean and (population) deviation of every channel over all pixels of a set, in double precision; a channel of one value gets deviation 1.</summary>
    /// <param name="images">The images, at least one.</param>
    /// <exception cref="ArgumentException">The set is empty.</exception>
    public static Normalization Of(ImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0)
        {
            throw new ArgumentException($"normalization: image set '{images.Name}' is empty; at least one image is needed.", nameof(images));
        }

        int plane = images.Height * images.Width, channels = images.Channels;
        float[] means = new float[channels], deviations = new float[channels];
        long[] histogram = new long[256];
        for (int c = 0; c < channels; c++)
        {
            Array.Clear(histogram);
            for (int i = 0; i < images.Count; i++)
            {
                foreach (byte pixel in images.Pixels(i).Slice(c * plane, plane))
                {
                    histogram[pixel]++;
                }
            }

            double count = (double)images.Count * plane, mean = 0, variance = 0;
            for (int value = 0; value < 256; value++)
            {
                mean += histogram[value] / count * value / 255;
            }

            for (int value = 0; value < 256; value++)
            {
                variance += histogram[value] / count * Math.Pow((value / 255.0) - mean, 2);
            }

            means[c] = (float)mean;
            deviations[c] = variance > 1e-12 ? (float)Math.Sqrt(variance) : 1;
        }

        return Of(means, deviations);
    }

    /// <summary>The same for images whose gray plane was copied into three channels; this one where the number is right already.</summary>
    /// <param name="channels">Channels of the images.</param>
    /// <returns>Null where the values do not say anything about such images.</returns>
    public Normalization? ForChannels(int channels) =>
        Mean.Count == channels ? this
        : Mean.Count == 1 ? Of([.. Enumerable.Repeat(Mean[0], channels)], [.. Enumerable.Repeat(StandardDeviation[0], channels)])
        : null;

    /// <summary>What is wrong with the values for images of so many channels, one sentence each.</summary>
    /// <param name="channels">Channels of the images.</param>
    public IEnumerable<string> Problems(int channels)
    {
        if (Mean.Count != channels || StandardDeviation.Count != channels)
        {
            yield return $"normalization: expected a mean and a deviation for each of {channels} channels, got {Mean.Count} and {StandardDeviation.Count}";
        }

        if (!Mean.All(float.IsFinite) || !StandardDeviation.All(deviation => float.IsFinite(deviation) && float.IsFinite(1 / deviation) && deviation > 0))
        {
            yield return $"normalization: expected finite means and deviations above 0, got {string.Join(", ", Mean)} and {string.Join(", ", StandardDeviation)}";
        }
    }

    /// <summary>Normalizes rows in place. Allocates nothing.</summary>
    /// <param name="rows">Images [count, channels · plane].</param>
    /// <param name="features">Numbers of one image: a multiple of the number of channels.</param>
    public void Apply(Span<float> rows, int features)
    {
        int channels = Mean.Count, plane = features / channels;
        if (features < 1 || features % channels != 0 || rows.Length % features != 0)
        {
            throw new ArgumentException(
                $"normalization: expected rows of {channels} equal planes, got {rows.Length} numbers in rows of {features}.", nameof(rows));
        }

        for (int start = 0; start < rows.Length; start += features)
        {
            for (int c = 0; c < channels; c++)
            {
                Apply(rows.Slice(start + (c * plane), plane), Mean[c], 1 / StandardDeviation[c]);
            }
        }
    }

    /// <inheritdoc/>
    public bool Equals(Normalization? other) =>
        other is not null && Mean.SequenceEqual(other.Mean) && StandardDeviation.SequenceEqual(other.StandardDeviation);

    /// <inheritdoc/>
    public override int GetHashCode() => StandardDeviation.Aggregate(Mean.Aggregate(0, HashCode.Combine), HashCode.Combine);

    private static Normalization Of(float[] means, float[] deviations) => new() { Mean = means, StandardDeviation = deviations };

    private static void Apply(Span<float> plane, float mean, float scale)
    {
        int i = 0;
        Vector256<float> means = Vector256.Create(mean), scales = Vector256.Create(scale);
        for (; i <= plane.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            ((Vector256.Create<float>(plane[i..]) - means) * scales).CopyTo(plane[i..]);
        }

        for (; i < plane.Length; i++)
        {
            plane[i] = (plane[i] - mean) * scale;
        }
    }
}
