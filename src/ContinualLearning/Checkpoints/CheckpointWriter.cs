using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Engram.Formats;

namespace Engram.ContinualLearning;

/// <summary>Gathers the arrays and counters of a checkpoint.</summary>
public sealed class CheckpointWriter : IDisposable
{
    private readonly SafetensorsWriter _file = new();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    internal Dictionary<string, long> Counters { get; } = [];

    /// <summary>Adds a number.</summary>
    public void Counter(string name, long value) => Counters.Add(name, value);

    /// <summary>Adds a vector of integers.</summary>
    public void Array(string name, ReadOnlyMemory<int> values) => Add(name, [values.Length], values);

    /// <summary>Adds a vector of integers.</summary>
    public void Array(string name, ReadOnlyMemory<long> values) => Add(name, [values.Length], values);

    /// <summary>Adds floats of a shape.</summary>
    public void Array(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<float> values) => Add(name, shape, values);

    /// <summary>Adds bytes that are elements of a type.</summary>
    public void Array(string name, ElementType type, ReadOnlySpan<long> shape, ReadOnlyMemory<byte> bytes)
    {
        _hash.AppendData(bytes.Span);
        _file.Add(name, type, shape, bytes);
    }

    /// <summary>Adds a tensor.</summary>
    public void Array(string name, in Tensor values)
    {
        Span<long> shape = stackalloc long[values.Rank];
        for (int axis = 0; axis < shape.Length; axis++)
            shape[axis] = values.Size(axis);
        Add<float>(name, shape, values.ToArray());
    }

    internal string Digest() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    internal void Save(string path, string state)
    {
        _file.AddMetadata(CheckpointReader.StateKey, state);
        _file.Save(path);
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Add<T>(string name, ReadOnlySpan<long> shape, ReadOnlyMemory<T> values) where T : unmanaged
    {
        _hash.AppendData(MemoryMarshal.AsBytes(values.Span));
        _file.Add(name, shape, values);
    }
}
