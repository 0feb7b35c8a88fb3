namespace Engram.Data;

/// <summary>
/// Labelled images of one size, kept as bytes: pixels <c>[count, channels, height, width]</c>, row-major (colour images are one
/// plane per channel, as CIFAR stores them), labels <c>[count]</c> in <c>[0, ClassCount)</c>. Immutable; slices share storage.
/// </summary>
/// <remarks>
/// Batches leave as float32 in [0, 1]: <c>x = b · (1/255)</c>, with the float32 nearest to 1/255. The mapping loses nothing:
/// rounding <c>x · 255</c> gives the byte back, for all 256 values.
/// </remarks>
public sealed class ImageSet
{
    private readonly ReadOnlyMemory<byte> _pixels;
    private readonly ReadOnlyMemory<int> _labels;

    /// <summary>Wraps pixels and labels; nothing is copied, so the caller must not change them afterwards.</summary>
    /// <param name="name">What the images are called in messages and reports.</param>
    /// <param name="pixels">The pixels, <c>[labels.Length, channels, height, width]</c>.</param>
    /// <param name="labels">One label per image, each in <c>[0, classCount)</c>.</param>
    /// <param name="height">Rows of an image, at least 1.</param>
    /// <param name="width">Columns of an image, at least 1.</param>
    /// <param name="channels">Planes of an image: 1 for gray, 3 for red, green, blue.</param>
    /// <param name="classCount">The number of classes, at least 1.</param>
    /// <exception cref="ArgumentException">Sizes that do not fit each other, or a label out of range.</exception>
    public ImageSet(
        string name, ReadOnlyMemory<byte> pixels, ReadOnlyMemory<int> labels, int height, int width, int channels, int classCount)
        : this(name, pixels, labels, height, width, channels, classCount, labelsChecked: false)
    {
    }

    private ImageSet(
        string name, ReadOnlyMemory<byte> pixels, ReadOnlyMemory<int> labels, int height, int width, int channels, int classCount,
        bool labelsChecked)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 1);
        long pixelCount = checked((long)height * width * channels);
        if (pixels.Length != pixelCount * labels.Length)
        {
            throw new ArgumentException(
                $"image set '{name}': {labels.Length} labels and images of {channels}x{height}x{width} need " +
                $"{pixelCount * labels.Length} pixel bytes, got {pixels.Length}. Check height, width and channels.", nameof(pixels));
        }

        if (!labelsChecked)
        {
            int bad = FirstOutOfRange(labels.Span, classCount);
            if (bad >= 0)
            {
                throw new ArgumentException(
                    $"image set '{name}': label {labels.Span[bad]} of image {bad} is not in [0, {classCount}). " +
                    "Raise classCount or map the labels first.", nameof(labels));
            }
        }

        Name = name;
        _pixels = pixels;
        _labels = labels;
        Height = height;
        Width = width;
        Channels = channels;
        ClassCount = classCount;
        PixelCount = (int)pixelCount;
    }

    /// <summary>What the images are called in messages and reports.</summary>
    public string Name { get; }

    /// <summary>The number of images.</summary>
    public int Count => _labels.Length;

    /// <summary>Rows of an image.</summary>
    public int Height { get; }

    /// <summary>Columns of an image.</summary>
    public int Width { get; }

    /// <summary>Planes of an image: 1 for gray, 3 for red, green, blue.</summary>
    public int Channels { get; }

    /// <summary>The number of classes; labels lie in <c>[0, ClassCount)</c>, and not all need occur.</summary>
    public int ClassCount { get; }

    /// <summary>Bytes of one image: channels · height · width.</summary>
    public int PixelCount { get; }

    /// <summary>All pixels, <c>[Count, Channels, Height, Width]</c>.</summary>
    public ReadOnlySpan<byte> AllPixels => _pixels.Span;

    /// <summary>All labels, <c>[Count]</c>.</summary>
    public ReadOnlySpan<int> Labels => _labels.Span;

    /// <summary>The pixels of one image, <c>[Channels, Height, Width]</c>.</summary>
    /// <param name="i">The image, in <c>[0, Count)</c>.</param>
    public ReadOnlySpan<byte> Pixels(int i)
    {
        CheckIndex(i);
        return _pixels.Span.Slice(i * PixelCount, PixelCount);
    }

    /// <summary>The label of one image.</summary>
    /// <param name="i">The image, in <c>[0, Count)</c>.</param>
    public int Label(int i)
    {
        CheckIndex(i);
        return _labels.Span[i];
    }

    /// <summary>Writes the images with the given indices as float32 in [0, 1], and their labels. Allocates nothing.</summary>
    /// <param name="indices">The images, <c>[n]</c>, each in <c>[0, Count)</c>; repeats are allowed.</param>
    /// <param name="x">Receives the pixels, exactly <c>[n, PixelCount]</c>.</param>
    /// <param name="y">Receives the labels, exactly <c>[n]</c>.</param>
    /// <exception cref="ArgumentException">A destination has the wrong length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside the set.</exception>
    public void CopyTo(ReadOnlySpan<int> indices, Span<float> x, Span<int> y)
    {
        if (y.Length != indices.Length)
        {
            throw new ArgumentException(
                $"image batch: {indices.Length} indices need y [{indices.Length}], got [{y.Length}]. Slice y for a short last batch.",
                nameof(y));
        }

        CopyTo(indices, x);
        ReadOnlySpan<int> labels = _labels.Span;
        for (int k = 0; k < indices.Length; k++)
        {
            y[k] = labels[indices[k]];
        }
    }

    /// <summary>Writes the images with the given indices as float32 in [0, 1]. Allocates nothing.</summary>
    /// <param name="indices">The images, <c>[n]</c>, each in <c>[0, Count)</c>; repeats are allowed.</param>
    /// <param name="x">Receives the pixels, exactly <c>[n, PixelCount]</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has the wrong length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside the set.</exception>
    public void CopyTo(ReadOnlySpan<int> indices, Span<float> x)
    {
        int size = PixelCount;
        if (x.Length != (long)indices.Length * size)
        {
            throw new ArgumentException(
                $"image batch: {indices.Length} images of {size} pixels need x [{indices.Length}, {size}], got {x.Length} floats. " +
                "Slice x for a short last batch.", nameof(x));
        }

        ReadOnlySpan<byte> pixels = _pixels.Span;
        for (int k = 0; k < indices.Length; k++)
        {
            int i = indices[k];
            CheckIndex(i);
            PixelConversion.ToUnit(pixels.Slice(i * size, size), x.Slice(k * size, size));
        }
    }

    /// <summary>Copies the chosen images, in the order of the indices, into a new set.</summary>
    /// <param name="indices">The images, each in <c>[0, Count)</c>; repeats are allowed.</param>
    /// <param name="name">The new set's name; this set's name when left out.</param>
    public ImageSet Subset(ReadOnlySpan<int> indices, string? name = null)
    {
        byte[] pixels = GC.AllocateUninitializedArray<byte>(checked(indices.Length * PixelCount));
        int[] labels = new int[indices.Length];
        for (int k = 0; k < indices.Length; k++)
        {
            Pixels(indices[k]).CopyTo(pixels.AsSpan(k * PixelCount));
            labels[k] = _labels.Span[indices[k]];
        }

        return new ImageSet(name ?? Name, pixels, labels, Height, Width, Channels, ClassCount, labelsChecked: true);
    }

    /// <summary>Consecutive images as a set of their own; shares storage, copies nothing.</summary>
    /// <param name="start">The first image.</param>
    /// <param name="count">The number of images.</param>
    /// <param name="name">The new set's name; this set's name when left out.</param>
    public ImageSet Slice(int start, int count, string? name = null)
    {
        if (start < 0 || count < 0 || start > Count - count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(start), $"image set '{Name}': images [{start}, {(long)start + count}) were asked for, it holds {Count}.");
        }

        return new ImageSet(
            name ?? Name, _pixels.Slice(start * PixelCount, count * PixelCount), _labels.Slice(start, count),
            Height, Width, Channels, ClassCount, labelsChecked: true);
    }

    /// <summary>The same images with other labels; shares the pixels.</summary>
    /// <param name="map">The new label of each old one, <c>[ClassCount]</c>, each in <c>[0, classCount)</c> where the old label occurs.</param>
    /// <param name="classCount">The number of classes afterwards.</param>
    /// <param name="name">The new set's name; this set's name when left out.</param>
    /// <exception cref="ArgumentException">The map has another length than <see cref="ClassCount"/>, or maps out of range.</exception>
    public ImageSet Relabel(ReadOnlySpan<int> map, int classCount, string? name = null)
    {
        if (map.Length != ClassCount)
        {
            throw new ArgumentException(
                $"relabel '{Name}': the map must name a new label for each of {ClassCount} classes, got {map.Length}.", nameof(map));
        }

        ReadOnlySpan<int> old = _labels.Span;
        int[] labels = new int[old.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = map[old[i]];
        }

        return new ImageSet(name ?? Name, _pixels, labels, Height, Width, Channels, classCount);
    }

    /// <summary>The images of several sets, one set after the other.</summary>
    /// <param name="name">The new set's name.</param>
    /// <param name="sets">At least one set; all of one size, channel count and class count.</param>
    /// <exception cref="ArgumentException">No set, or sets that do not fit together.</exception>
    public static ImageSet Concat(string name, params ReadOnlySpan<ImageSet> sets)
    {
        if (sets.IsEmpty)
        {
            throw new ArgumentException($"concat '{name}': at least one image set is needed, got none.", nameof(sets));
        }

        ImageSet first = sets[0];
        int count = 0;
        foreach (ImageSet set in sets)
        {
            if (set.Height != first.Height || set.Width != first.Width || set.Channels != first.Channels ||
                set.ClassCount != first.ClassCount)
            {
                throw new ArgumentException(
                    $"concat '{name}': '{first.Name}' has images of {first.Channels}x{first.Height}x{first.Width} in {first.ClassCount} " +
                    $"classes, '{set.Name}' of {set.Channels}x{set.Height}x{set.Width} in {set.ClassCount}. Bring them to one form first.",
                    nameof(sets));
            }

            count = checked(count + set.Count);
        }

        byte[] pixels = GC.AllocateUninitializedArray<byte>(checked(count * first.PixelCount));
        int[] labels = new int[count];
        int at = 0;
        foreach (ImageSet set in sets)
        {
            set.AllPixels.CopyTo(pixels.AsSpan(at * first.PixelCount));
            set.Labels.CopyTo(labels.AsSpan(at));
            at += set.Count;
        }

        return new ImageSet(name, pixels, labels, first.Height, first.Width, first.Channels, first.ClassCount, labelsChecked: true);
    }

    /// <summary>How many images each class has, <c>[ClassCount]</c>.</summary>
    public int[] ClassHistogram()
    {
        int[] histogram = new int[ClassCount];
        foreach (int label in _labels.Span)
        {
            histogram[label]++;
        }

        return histogram;
    }

    /// <summary>The indices of the images whose label is in <paramref name="classes"/>, ascending.</summary>
    /// <param name="classes">The wanted labels.</param>
    public int[] IndicesOf(params ReadOnlySpan<int> classes)
    {
        List<int> found = [];
        ReadOnlySpan<int> labels = _labels.Span;
        for (int i = 0; i < labels.Length; i++)
        {
            if (classes.Contains(labels[i]))
            {
                found.Add(i);
            }
        }

        return [.. found];
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Name}: {Count} images {Channels}x{Height}x{Width}, {ClassCount} classes";

    private static int FirstOutOfRange(ReadOnlySpan<int> labels, int classCount)
    {
        for (int i = 0; i < labels.Length; i++)
        {
            if ((uint)labels[i] >= (uint)classCount)
            {
                return i;
            }
        }

        return -1;
    }

    private void CheckIndex(int i)
    {
        if ((uint)i >= (uint)_labels.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(i), i, $"image set '{Name}': image {i} was asked for, it holds {Count}.");
        }
    }
}
