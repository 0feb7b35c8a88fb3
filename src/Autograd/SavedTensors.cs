using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>Keeps every tensor as it is: no copy, no packing. The default.</summary>
public sealed class SavedTensors : ISavedTensors
{
    private Tensor[] _tensors = new Tensor[16];
    private int _count;

    /// <inheritdoc/>
    public long Bytes { get; private set; }

    /// <inheritdoc/>
    public long PeakBytes { get; private set; }

    /// <inheritdoc/>
    public int Save(Arena arena, in Tensor value, SavedKind kind)
    {
        if (_count == _tensors.Length)
            Array.Resize(ref _tensors, 2 * _count);
        if (kind != SavedKind.Parameter && !IsHeld(value))
            Bytes += (long)value.Count * sizeof(float);
        _tensors[_count] = value;
        return _count++;
    }

    /// <inheritdoc/>
    public Tensor Load(Arena arena, int handle) => _tensors[handle];

    /// <inheritdoc/>
    public void Reset()
    {
        PeakBytes = Math.Max(PeakBytes, Bytes);
        Array.Clear(_tensors, 0, _count);
        _count = 0;
        Bytes = 0;
    }

    private bool IsHeld(in Tensor value)
    {
        View view = value.View;
        for (int i = 0; i < _count; i++)
        {
            View held = _tensors[i].View;
            if (ReferenceEquals(held.Buffer, view.Buffer) && held.Layout.Offset == view.Layout.Offset && held.Count == view.Count)
                return true;
        }
        return false;
    }
}
