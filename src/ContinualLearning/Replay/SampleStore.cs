using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Engram.Data;
using Engram.Formats;
using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>Labelled samples in memory: payload [count, features] as bytes, halves or floats, with label and task number per sample.</summary>
/// <param name="features">Features per sample.</param>
/// <param name="payload">How a feature is stored.</param>
/// <param name="name">Prefix of its arrays in a checkpoint.</param>
/// <param name="companions">Floats kept beside every sample, such as the logits it had when it came; 0 for none.</param>
public sealed class SampleStore(int features, SamplePayload payload, string name = "memory", int companions = 0) : ICheckpointed
{
    private const int BookkeepingBytesPerSample = 2 * sizeof(int); // label and task

    private readonly int _sampleBytes = checked(features * (payload switch { SamplePayload.Byte => 1, SamplePayload.Half => 2, _ => 4 }));
    private byte[] _bytes = [];
    private int[] _labels = [];
    private int[] _tasks = [];
    private float[] _companions = [];
    private readonly float[] _next = new float[companions];

    /// <summary>Samples held.</summary>
    public int Count { get; private set; }

    /// <summary>Features per sample.</summary>
    public int Features => features;

    /// <summary>Labels of the samples held [count].</summary>
    public ReadOnlySpan<int> Labels => _labels.AsSpan(0, Count);

    /// <summary>Task numbers of the samples held [count].</summary>
    public ReadOnlySpan<int> Tasks => _tasks.AsSpan(0, Count);

    /// <summary>What the samples held cost: features scalars (and companions) each, plus label and task number as bookkeeping.</summary>
    public MemoryUse MemoryUse => new((long)Count * (features + companions), (long)Count * (_sampleBytes + (sizeof(float) * companions)), (long)Count * BookkeepingBytesPerSample);

    /// <summary>Makes room, so that no later <see cref="Append"/> up to this count allocates.</summary>
    public void Reserve(int capacity)
    {
        if (capacity <= _labels.Length)
            return;
        if ((long)capacity * _sampleBytes > Array.MaxLength)
            throw new ArgumentException($"replay buffer: {capacity} samples of {_sampleBytes} bytes need {(long)capacity * _sampleBytes} bytes, more than one array holds; " +
                "lower the capacity or choose payload \"byte\"");
        Array.Resize(ref _bytes, capacity * _sampleBytes);
        Array.Resize(ref _labels, capacity);
        Array.Resize(ref _tasks, capacity);
        Array.Resize(ref _companions, checked(capacity * companions));
    }

    /// <summary>Adds a sample and returns its slot.</summary>
    public int Append(ReadOnlySpan<float> x, int label, int task)
    {
        if (Count == _labels.Length)
            Reserve(Math.Max(16, 2 * Count));
        Count++;
        Write(Count - 1, x, label, task);
        return Count - 1;
    }

    /// <summary>Replaces the sample of a slot.</summary>
    /// <exception cref="ArgumentException">Payload byte, and a feature is outside [0, 1].</exception>
    public void Write(int slot, ReadOnlySpan<float> x, int label, int task)
    {
        Span<byte> bytes = _bytes.AsSpan(slot * _sampleBytes, _sampleBytes);
        switch (payload)
        {
            case SamplePayload.Byte:
                ByteCodec.Encode(x, bytes);
                break;
            case SamplePayload.Half:
                TensorPrimitives.ConvertToHalf(x, MemoryMarshal.Cast<byte, Half>(bytes));
                break;
            default:
                MemoryMarshal.AsBytes(x).CopyTo(bytes);
                break;
        }

        _labels[slot] = label;
        _tasks[slot] = task;
        _next.CopyTo(_companions.AsSpan(slot * companions, companions));
    }

    /// <summary>The companions of the samples written from now on [companions].</summary>
    public Span<float> Next => _next;

    /// <summary>The companions of a slot [companions].</summary>
    public ReadOnlySpan<float> Companion(int slot) => _companions.AsSpan(slot * companions, companions);

    /// <summary>Reads the features of a slot into x [features].</summary>
    public void Read(int slot, Span<float> x)
    {
        ReadOnlySpan<byte> bytes = _bytes.AsSpan(slot * _sampleBytes, _sampleBytes);
        switch (payload)
        {
            case SamplePayload.Byte:
                PixelConversion.ToUnit(bytes, x);
                break;
            case SamplePayload.Half:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), x);
                break;
            default:
                bytes.CopyTo(MemoryMarshal.AsBytes(x));
                break;
        }
    }

    /// <summary>Forgets all samples and keeps the memory.</summary>
    public void Clear() => Count = 0;

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        writer.Array($"{name}.samples", ElementType, [Count, features], _bytes.AsMemory(0, Count * _sampleBytes));
        writer.Array($"{name}.labels", _labels.AsMemory(0, Count));
        writer.Array($"{name}.tasks", _tasks.AsMemory(0, Count));
        if (companions > 0)
            writer.Array($"{name}.companions", [Count, companions], _companions.AsMemory(0, Count * companions));
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        int count = checked((int)reader.Require($"{name}.samples", ElementType, -1, features).Shape[0]);
        Reserve(count);
        reader.Bytes($"{name}.samples", _bytes.AsSpan(0, count * _sampleBytes));
        reader.Integers($"{name}.labels", _labels.AsSpan(0, count), 0, reader.Outputs - 1);
        reader.Integers($"{name}.tasks", _tasks.AsSpan(0, count), 0, reader.Tasks - 1);
        if (companions > 0)
            reader.Floats($"{name}.companions", _companions.AsSpan(0, count * companions), count, companions);
        Count = count;
    }

    private ElementType ElementType => payload switch { SamplePayload.Byte => ElementType.U8, SamplePayload.Half => ElementType.F16, _ => ElementType.F32 };
}
