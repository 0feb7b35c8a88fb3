using System.Runtime.InteropServices;

namespace Engram.Devices.Tests;

/// <summary>The memory of a running group: its parameter, what it may reach of device memory, and shared memory, where a copy under way is not to be read.</summary>
internal sealed unsafe class PtxGroup(byte[] parameters, LentMemory[] memory, int sharedBytes)
{
    private readonly uint[] _shared = new uint[sharedBytes / 4];
    private readonly bool[] _ready = new bool[sharedBytes / 4];
    private readonly Queue<List<(uint At, uint[] Values)>>[] _groups = [.. Enumerable.Range(0, 256).Select(_ => new Queue<List<(uint, uint[])>>())];
    private readonly List<(uint At, uint[] Values)>[] _open = [.. Enumerable.Range(0, 256).Select(_ => new List<(uint, uint[])>())];

    public ulong Parameter(int at, int bytes)
    {
        Require(at >= 0 && at + bytes <= parameters.Length && at % bytes == 0, $"parameter byte {at}");
        return bytes == 8 ? MemoryMarshal.Read<ulong>(parameters.AsSpan(at)) : MemoryMarshal.Read<uint>(parameters.AsSpan(at));
    }

    /// <summary>Reads or writes neighbours in device memory; <paramref name="transfer"/> takes what is there and gives what shall be.</summary>
    public void Global(nint at, int count, bool store, Func<int, uint, uint> transfer)
    {
        Lent(at, count, store);
        Require(at % (4 * count) == 0, $"device memory at {at} is not aligned to {count} numbers");
        for (int e = 0; e < count; e++)
        {
            uint value = transfer(e, ((uint*)at)[e]);
            if (store)
                ((uint*)at)[e] = value;
        }
    }

    public void Shared(uint at, int count, bool store, Func<int, uint, uint> transfer)
    {
        Require(at % (4 * count) == 0 && (at / 4) + count <= _shared.Length, $"shared memory at {at}");
        for (int e = 0; e < count; e++)
        {
            Require(store || _ready[(at / 4) + e], $"shared memory at {at}: nobody wrote it, or a copy is under way");
            uint value = transfer(e, _shared[(at / 4) + e]);
            if (store)
                (_shared[(at / 4) + e], _ready[(at / 4) + e]) = (value, true);
        }
    }

    /// <summary>Starts a copy of 4 or 16 bytes, of which the first <paramref name="bytes"/> are read and the others zeros.</summary>
    public void Copy(int thread, uint to, nint from, int size, int bytes)
    {
        Require(bytes >= 0 && bytes <= size && bytes % 4 == 0 && to % size == 0 && from % size == 0 && to + size <= 4 * _shared.Length, $"a copy of {bytes} bytes to {to}");
        if (bytes > 0)
            Lent(from, bytes / 4, false);
        var values = new uint[size / 4];
        new ReadOnlySpan<uint>((void*)from, bytes / 4).CopyTo(values);
        _open[thread].Add((to, values));
        _ready.AsSpan((int)to / 4, size / 4).Clear();
    }

    public void Commit(int thread)
    {
        _groups[thread].Enqueue(_open[thread]);
        _open[thread] = [];
    }

    /// <summary>Lets all copies land but those of the latest groups of a thread.</summary>
    public void Wait(int thread, int latest)
    {
        while (_groups[thread].Count > latest)
        {
            foreach ((uint at, uint[] values) in _groups[thread].Dequeue())
            {
                values.CopyTo(_shared.AsSpan((int)at / 4));
                _ready.AsSpan((int)at / 4, values.Length).Fill(true);
            }
        }
    }

    private void Lent(nint at, int count, bool store) => Require(
        memory.Any(one => at >= one.Start && at + (4 * count) <= one.Start + (4 * one.Count) && (!store || one.Writable != 0)), $"device memory at {at} was not lent");

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException(what);
    }
}
