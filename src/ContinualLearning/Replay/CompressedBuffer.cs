using System.Diagnostics;
using Engram.Data;
using Engram.Kernels;
using Engram.Models;
using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>
/// Random training images of every finished task, compressed: taken when the task ends, in random order, until the next one would not fit in the
/// budget. Draws are uniform without replacement and decode from the stored bytes; nothing decoded is kept.
/// </summary>
/// <remarks>
/// Payload bytes are the lengths of the <see cref="CompressedSegment"/>s: the codec's tables, and for every image its length, its label and its
/// stream. Scalars are the same number, for a stream has no others.
/// </remarks>
public sealed class CompressedBuffer(CompressedBufferOptions options, int features) : IReplaySource, IMemoryDetails
{
    private readonly List<CompressedSegment> _segments = [];
    private StoredImageShape? _shape;
    private byte[] _small = [];
    private float[] _scratch = [];
    private int[] _chosen = [];
    private double _squaredError; // of all stored images against their originals, pixels in [0, 1]

    /// <summary>Images held.</summary>
    public int Count { get; private set; }

    /// <summary>Wall time of compressing in this process, in seconds.</summary>
    public double CompressionSeconds { get; private set; }

    /// <inheritdoc/>
    public MemoryUse MemoryUse
    {
        get
        {
            long bytes = 0, bookkeeping = 0;
            foreach (CompressedSegment segment in _segments)
            {
                bytes += segment.PayloadBytes;
                bookkeeping += segment.BookkeepingBytes;
            }

            return new MemoryUse(bytes, bytes, bookkeeping);
        }
    }

    /// <inheritdoc/>
    public long ImagesRepresented => Count;

    /// <inheritdoc/>
    public int SamplesWanted(in TaskContext task) => options.PerTask.Kind == TaskQuotaKind.Fixed ? options.PerTask.Count : options.Candidates;

    /// <inheritdoc/>
    public int Available(ReplayScope scope) => Count;

    /// <inheritdoc/>
    public int Draw(ReplayScope scope, ref RandomCursor random, Span<float> x, Span<int> y, Span<int> tasks)
    {
        int count = Math.Min(y.Length, Count);
        if (count == 0)
            return 0;
        if (_chosen.Length < count)
            _chosen = new int[count];
        Span<int> chosen = _chosen.AsSpan(0, count);
        random.Sample(chosen, Count);
        for (int i = 0; i < count; i++)
            (tasks[i], y[i]) = Read(chosen[i], x.Slice(i * features, features));
        return count;
    }

    /// <inheritdoc/>
    public int AvailableOf(int task) => SegmentOf(task, out _)?.Count ?? 0;

    /// <inheritdoc/>
    public int DrawTask(int task, ref RandomCursor random, Span<float> x, Span<int> y)
    {
        int stored = SegmentOf(task, out int first)?.Count ?? 0, count = Math.Min(y.Length, stored);
        if (count == 0)
            return 0;
        if (_chosen.Length < count)
            _chosen = new int[count];
        Span<int> chosen = _chosen.AsSpan(0, count);
        if (count < stored)
            random.Sample(chosen, stored);
        for (int i = 0; i < count; i++)
            y[i] = Read(first + (count < stored ? chosen[i] : i), x.Slice(i * features, features)).Label;
        return count;
    }

    /// <inheritdoc/>
    public bool TrySample(int task, int label, ref RandomCursor random, Span<float> x)
    {
        // for a report: a random place to start from, then the first image of the class
        int start = Count == 0 ? 0 : random.NextInt32(Count);
        for (int i = 0; i < Count; i++)
        {
            if (Read((start + i) % Count, x) == (task, label))
                return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public void BeginTask(in TaskContext task) => ShapeOf(task);

    /// <inheritdoc/>
    public void Observe(in Batch batch, int task, ref RandomCursor random)
    {
    }

    /// <inheritdoc/>
    public void EndTask(in TaskContext task, ITaskSamples? samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        long start = Stopwatch.GetTimestamp();
        StoredImageShape shape = ShapeOf(task);
        var order = new int[Math.Min(samples.Count, SamplesWanted(task))];
        RandomCursor random = task.Random("task-end memory");
        random.Sample(order, samples.Count);
        int size = shape.Stored.Features;
        byte[] images = new byte[checked(order.Length * features)], small = shape.IsSmaller ? new byte[checked(order.Length * size)] : images;
        float[] x = new float[features];
        var labels = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            samples.CopyTo([order[i]], x, labels.AsSpan(i, 1));
            ByteCodec.Encode(x, images.AsSpan(i * features, features));
            if (shape.IsSmaller)
                shape.Shrink(images.AsSpan(i * features, features), small.AsSpan(i * size, size));
        }

        var segment = CompressedSegment.Fill(task.Index, options.Settings, shape.Stored, small, labels, Budget(labels));
        Add(segment);
        for (int i = 0; i < segment.Count; i++)
        {
            Read(Count - segment.Count + i, x);
            for (int p = 0; p < features; p++)
            {
                double error = x[p] - images[i * features + p] / 255.0;
                _squaredError += error * error;
            }
        }

        CompressionSeconds += Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <inheritdoc/>
    public void Describe(IDictionary<string, double> figures)
    {
        if (Count == 0)
            return;
        double error = _squaredError / ((double)Count * features);
        figures["imagesPerTask"] = (double)Count / _segments.Count;
        figures["bytesPerImage"] = (double)MemoryUse.PayloadBytes / Count;
        if (error > 1e-12) // a lossless image has no ratio
            figures["psnr"] = -10 * Math.Log10(error);
        figures["compressionSeconds"] = CompressionSeconds;
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        writer.Counter("compressed.segments", _segments.Count);
        if (_shape is not { } shape)
            return;
        shape.Image.Save(writer, "compressed");
        writer.Counter("compressed.squaredError", BitConverter.DoubleToInt64Bits(_squaredError));
        for (int i = 0; i < _segments.Count; i++)
            _segments[i].Save(writer, $"compressed.{i}");
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        _segments.Clear();
        Count = 0;
        _shape = null;
        int segments = (int)reader.Counter("compressed.segments", 0, reader.Tasks);
        if (reader.Tasks == 0)
            return;
        StoredImageShape shape = Adopt(ImageShapeState.Load(reader, "compressed", features));
        _squaredError = BitConverter.Int64BitsToDouble(reader.Counter("compressed.squaredError"));
        for (int i = 0; i < segments; i++)
            Add(CompressedSegment.Load(reader, $"compressed.{i}", options.Settings, shape.Stored));
    }

    private CompressedSegment? SegmentOf(int task, out int first)
    {
        first = 0;
        foreach (CompressedSegment segment in _segments)
        {
            if (segment.Task == task)
                return segment;
            first += segment.Count;
        }

        return null;
    }

    private (int Task, int Label) Read(int index, Span<float> x)
    {
        StoredImageShape shape = _shape!.Value;
        int s = 0;
        while (index >= _segments[s].Count)
            index -= _segments[s++].Count;
        Span<byte> small = _small;
        int label = _segments[s].Read(index, small, _scratch);
        if (shape.IsSmaller)
            shape.Enlarge(small, _scratch, x);
        else
            PixelConversion.ToUnit(small, x);
        return (_segments[s].Task, label);
    }

    private void Add(CompressedSegment segment)
    {
        _segments.Add(segment);
        Count += segment.Count;
        if (_scratch.Length < segment.Codec.ScratchLength)
            _scratch = new float[segment.Codec.ScratchLength];
    }

    private StoredImageShape ShapeOf(in TaskContext task)
    {
        ImageShape image = task.RequireImage("compressed buffer");
        if (_shape is { } known && known.Image != image)
            throw new InvalidOperationException($"compressed buffer: the images so far are {known.Image}, those of task {task.Index} are {image}; one memory holds images of one shape");
        return _shape ?? Adopt(image);
    }

    private StoredImageShape Adopt(ImageShape image)
    {
        var shape = new StoredImageShape(image, options);
        _shape = shape;
        _small = new byte[shape.Stored.Features];
        _scratch = new float[Math.Max(shape.Stored.Features, ImageCodec.Learn(options.Settings, shape.Stored, default).ScratchLength)];
        return shape;
    }

    private long Budget(int[] labels)
    {
        int classes = labels.Distinct().Count(), r = Math.Min(options.ReferenceRank, features);
        return options.PerTask.Kind switch
        {
            TaskQuotaKind.ScalarEqual => classes * GeneratorCost.Scalars(features, r),
            TaskQuotaKind.ByteEqual => classes * GeneratorCost.Bytes(features, r, GeneratorForm.Paper, options.ReferencePayload),
            _ => long.MaxValue,
        };
    }
}
