using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// Keeps contiguous activations as 16-bit floats: half the memory, a relative error of at most 2⁻¹¹ per element in the gradients that
/// read them (values beyond ±65504 become infinite and the step says so). Other kinds are kept exactly.
/// </summary>
/// <remarks>Works on host memory only.</remarks>
public sealed class HalfSavedTensors : ISavedTensors
{
    private readonly SavedTensors _exact = new();
    private (Tensor Packed, Layout Layout, int Exact)[] _entries = new (Tensor, Layout, int)[16];
    private int _count;
    private long _packedBytes;

    /// <inheritdoc/>
    public long Bytes => _exact.Bytes + _packedBytes;

    /// <inheritdoc/>
    public long PeakBytes { get; private set; }

    /// <inheritdoc/>
    public int Save(Arena arena, in Tensor value, SavedKind kind)
    {
        if (_count == _entries.Length)
            Array.Resize(ref _entries, 2 * _count);
        if (kind == SavedKind.Activation && value.IsContiguous)
        {
            Tensor packed = new(arena, (value.Count + 1) / 2);
            TensorPrimitives.ConvertToHalf(value.AsSpan(), MemoryMarshal.Cast<float, Half>(packed.AsSpan())[..value.Count]);
            _entries[_count] = (packed, Layout.RowMajor(value.Layout.Sizes), -1);
            _packedBytes += 2L * value.Count;
        }
        else
        {
            _entries[_count] = (default, default, _exact.Save(arena, value, kind));
        }
        return _count++;
    }

    /// <inheritdoc/>
    public Tensor Load(Arena arena, int handle)
    {
        var (packed, layout, exact) = _entries[handle];
        if (exact >= 0)
            return _exact.Load(arena, exact);
        Tensor value = new(arena, layout.Sizes);
        TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<float, Half>(packed.AsSpan())[..value.Count], value.AsSpan());
        return value;
    }

    /// <inheritdoc/>
    public void Reset()
    {
        PeakBytes = Math.Max(PeakBytes, Bytes);
        _exact.Reset();
        Array.Clear(_entries, 0, _count);
        _count = 0;
        _packedBytes = 0;
    }
}
