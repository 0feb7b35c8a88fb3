using System.Runtime.InteropServices;
using Engram.Kernels;
using Engram.Kernels.Simt;

namespace Engram.Devices.Tests;

/// <summary>
/// Tensor core kernels beside the emulator: they run on copies of the operands' buffers, which lie as on a GPU (at multiples of 256 bytes), and may touch nothing else.
/// </summary>
internal abstract unsafe class EmulatedCores(ProductPrecision precision) : ITensorCores
{
    private readonly Dictionary<float[], nint> _copies = [];

    public ProductPrecision Precision { get; } = precision;

    /// <summary>Kernels launched so far, by name.</summary>
    public List<string> Launched { get; } = [];

    /// <summary>The arguments of the last launch.</summary>
    public TensorProduct Last { get; private set; }

    public nint Address(GpuBuffer<float> buffer, int element)
    {
        float[] elements = buffer.Memory.Elements;
        if (!_copies.TryGetValue(elements, out nint copy))
            _copies[elements] = copy = (nint)NativeMemory.AlignedAlloc((nuint)elements.Length * sizeof(float), 256);
        return copy + (element * sizeof(float));
    }

    public void Launch(string kernel, in TensorProduct arguments, int groupsX, int groupsY, int groupsZ)
    {
        Launched.Add(kernel);
        Last = arguments;
        var memory = new List<LentMemory>();
        foreach ((float[] elements, nint copy) in _copies)
        {
            elements.CopyTo(new Span<float>((void*)copy, elements.Length));
            bool isResult = Last.Result >= copy && Last.Result < copy + (elements.Length * sizeof(float));
            memory.Add(new LentMemory { Start = copy, Count = elements.Length, Writable = isResult ? 1 : 0 });
        }

        string? problem = Run($"{kernel}_{Precision.Name()}", Last, groupsX, groupsY, groupsZ, [.. memory]);
        foreach ((float[] elements, nint copy) in _copies)
            new Span<float>((void*)copy, elements.Length).CopyTo(elements);
        Release();
        Assert.True(problem is null, $"{kernel} {groupsX}x{groupsY}x{groupsZ}: {problem}");
    }

    public virtual void Dispose() => Release();

    /// <summary>Runs a kernel to its end; returns null, or what went wrong.</summary>
    protected abstract string? Run(string kernel, TensorProduct arguments, int groupsX, int groupsY, int groupsZ, LentMemory[] memory);

    private void Release()
    {
        foreach (nint copy in _copies.Values)
            NativeMemory.AlignedFree((void*)copy);
        _copies.Clear();
    }
}
