using System.Security.Cryptography;
using System.Text.Json;
using Engram.Formats;

namespace Engram.ContinualLearning;

/// <summary>Hands out the arrays and counters of a checkpoint, each checked for name, type, size and range.</summary>
public sealed class CheckpointReader : IDisposable
{
    internal const string StateKey = "engram.state";

    private readonly SafetensorsFile _file;

    internal CheckpointReader(string path)
    {
        _file = SafetensorsFile.Open(path);
        try
        {
            State = ReadState();
            CheckDigest();
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>The path that was opened.</summary>
    public string Path => _file.Path;

    /// <summary>Logits per sample: labels are below this.</summary>
    public int Outputs => State.Outputs;

    /// <summary>Tasks begun so far: task numbers are below this.</summary>
    public int Tasks => State.Tasks.Length;

    internal CheckpointState State { get; }

    /// <summary>A number within limits.</summary>
    public long Counter(string name, long least = 0, long most = long.MaxValue)
    {
        if (!State.Counters.TryGetValue(name, out long value))
            throw Unusable($"a counter '{name}'", "none", "The file was written by another version of the program.");
        if (value < least || value > most)
            throw Unusable($"counter '{name}' between {least} and {most}", $"{value}", "The file is damaged; use an older checkpoint.");
        return value;
    }

    /// <summary>An array that must be there with a type and a shape; −1 stands for any size.</summary>
    public SafetensorsEntry Require(string name, ElementType type, params ReadOnlySpan<long> shape)
    {
        if (!_file.TryGet(name, out SafetensorsEntry? entry))
            throw Unusable($"an array '{name}'", "none", "The checkpoint belongs to another model, strategy or optimizer.");
        bool fits = entry.Type == type && entry.Shape.Length == shape.Length;
        for (int axis = 0; fits && axis < shape.Length; axis++)
            fits = shape[axis] < 0 || entry.Shape[axis] == shape[axis];
        return fits ? entry
            : throw Unusable($"array '{name}' as {type} [{string.Join(", ", shape.ToArray().Select(size => size < 0 ? "n" : $"{size}"))}]", $"{entry}",
                "The checkpoint belongs to another model, strategy or optimizer.");
    }

    /// <summary>Elements of a vector.</summary>
    public int Length(string name) => _file.TryGet(name, out SafetensorsEntry? entry) && entry.ElementCount <= int.MaxValue ? (int)entry.ElementCount
        : throw Unusable($"an array '{name}'", "none", "The checkpoint belongs to another model, strategy or optimizer.");

    /// <summary>Raw bytes of an array.</summary>
    public void Bytes(string name, Span<byte> destination) => _file.ReadBytes(name, destination);

    /// <summary>Integers within limits.</summary>
    public void Integers(string name, Span<int> destination, int least, int most)
    {
        Require(name, ElementType.I32, destination.Length);
        _file.Read(name, destination);
        for (int i = 0; i < destination.Length; i++)
        {
            if (destination[i] < least || destination[i] > most)
                throw Unusable($"'{name}' between {least} and {most}", $"{destination[i]} at position {i}", "The file is damaged; use an older checkpoint.");
        }
    }

    /// <summary>Counters, all at least 0.</summary>
    public void Longs(string name, Span<long> destination)
    {
        Require(name, ElementType.I64, destination.Length);
        _file.Read(name, destination);
        if (destination.ContainsAnyInRange(long.MinValue, -1))
            throw Unusable($"'{name}' of 0 or more", "a negative number", "The file is damaged; use an older checkpoint.");
    }

    /// <summary>Floats.</summary>
    public void Floats(string name, Span<float> destination, params ReadOnlySpan<long> shape)
    {
        Require(name, ElementType.F32, shape);
        _file.Read(name, destination);
    }

    /// <summary>A tensor of the destination's shape.</summary>
    public void Tensor(string name, in Tensor destination)
    {
        Span<long> shape = stackalloc long[destination.Rank];
        for (int axis = 0; axis < shape.Length; axis++)
            shape[axis] = destination.Size(axis);
        var values = new float[destination.Count];
        Floats(name, values, shape);
        destination.Device.Upload<float>(values, destination.View.Buffer, destination.Layout.Offset);
    }

    /// <summary>An error about this file.</summary>
    public CheckpointException Unusable(string expected, string found, string remedy, Exception? inner = null) => new(Path, expected, found, remedy, inner);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private CheckpointState ReadState()
    {
        if (!_file.Metadata.TryGetValue(StateKey, out string? json))
            throw Unusable($"the metadata '{StateKey}'", "none", "The file holds tensors but is no checkpoint of a learner; load it as a model instead.");
        try
        {
            CheckpointState state = JsonSerializer.Deserialize(json, LearningJsonContext.Default.CheckpointState)
                ?? throw new JsonException("the state is null");
            return state.Version == CheckpointState.CurrentVersion ? state
                : throw Unusable($"version {CheckpointState.CurrentVersion}", $"{state.Version}", "Use the version of the program that wrote the file.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw Unusable("a readable state", e.Message, "The file is damaged or was written by another version of the program.", e);
        }
    }

    private void CheckDigest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (SafetensorsEntry entry in _file.Entries.OrderBy(static entry => entry.Begin))
        {
            var bytes = new byte[checked((int)entry.ByteLength)];
            _file.ReadBytes(entry.Name, bytes);
            hash.AppendData(bytes);
        }

        string digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (digest != State.Digest)
            throw Unusable($"arrays with digest {State.Digest[..Math.Min(12, State.Digest.Length)]}", digest[..12], "The file is damaged; use an older checkpoint.");
    }
}
