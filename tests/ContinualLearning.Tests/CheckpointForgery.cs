using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Engram.Formats;

namespace Engram.ContinualLearning.Tests;

/// <summary>A checkpoint taken apart, changed, and written with a digest that fits again: what only a check of the contents can find.</summary>
internal sealed class CheckpointForgery
{
    private readonly JsonNode _state;

    public CheckpointForgery(string path)
    {
        using var file = SafetensorsFile.Open(path);
        _state = JsonNode.Parse(file.Metadata["engram.state"])!;
        foreach (SafetensorsEntry entry in file.Entries.OrderBy(entry => entry.Begin))
        {
            var bytes = new byte[entry.ByteLength];
            file.ReadBytes(entry.Name, bytes);
            Arrays.Add(entry.Name, (entry.Type, entry.Shape.ToArray(), bytes));
        }
    }

    /// <summary>Arrays by name, in the order of the file.</summary>
    public OrderedDictionary<string, (ElementType Type, long[] Shape, byte[] Bytes)> Arrays { get; } = [];

    public JsonObject Counters => _state["counters"]!.AsObject();

    /// <summary>Integers of an array.</summary>
    public int[] Integers(string name)
    {
        byte[] bytes = Arrays[name].Bytes;
        return [.. Enumerable.Range(0, bytes.Length / sizeof(int)).Select(i => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(i * sizeof(int))))];
    }

    /// <summary>Changes one integer of an array.</summary>
    public void SetInteger(string name, int index, int value) => BinaryPrimitives.WriteInt32LittleEndian(Arrays[name].Bytes.AsSpan(index * sizeof(int)), value);

    /// <summary>Leaves out the last element of an array's first axis that has one; false when it is empty.</summary>
    public bool Shorten(string name)
    {
        (ElementType type, long[] shape, byte[] bytes) = Arrays[name];
        if (bytes.Length == 0)
            return false;
        long rows = shape[0];
        Arrays[name] = (type, [rows - 1, .. shape[1..]], bytes[..(int)(bytes.Length / rows * (rows - 1))]);
        return true;
    }

    /// <summary>Gives an array another type of the same size in bytes.</summary>
    public void Retype(string name)
    {
        (ElementType type, long[] shape, byte[] bytes) = Arrays[name];
        ElementType other = type switch
        {
            ElementType.F32 => ElementType.I32,
            ElementType.I32 => ElementType.F32,
            ElementType.F16 => ElementType.I16,
            ElementType.I8 => ElementType.U8,
            _ => throw new ArgumentException($"{name} is {type}"),
        };
        Arrays[name] = (other, shape, bytes);
    }

    public void Save(string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var writer = new SafetensorsWriter();
        foreach ((string name, (ElementType type, long[] shape, byte[] bytes)) in Arrays)
        {
            hash.AppendData(bytes);
            writer.Add(name, type, shape, bytes);
        }

        _state["digest"] = Convert.ToHexStringLower(hash.GetHashAndReset());
        writer.AddMetadata("engram.state", _state.ToJsonString());
        writer.Save(path);
    }
}
