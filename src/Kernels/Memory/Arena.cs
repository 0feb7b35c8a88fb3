namespace Engram.Kernels;

/// <summary>
/// Memory for one step of one learner: allocation moves a cursor, <see cref="Reset"/> takes everything back at once.
/// After the first steps one slab holds the largest step seen, and a step allocates nothing.
/// </summary>
/// <remarks>Not thread-safe: one learner, one arena.</remarks>
public sealed class Arena(Device device) : IDisposable
{
    private const int AlignmentFloats = 16; // 64 bytes: a cache line and the widest vector
    private const int SmallestSlab = 1 << 16;

    private readonly List<DeviceBuffer<float>> _slabs = [];
    private int _slab;
    private int _cursor;
    private long _used;

    /// <summary>The device the memory belongs to.</summary>
    public Device Device { get; } = device;

    /// <summary>Counts the resets; a tensor remembers it, so that use after a reset is found.</summary>
    public int Generation { get; private set; }

    /// <summary>Floats handed out since the last reset, padding included.</summary>
    public long Used => _used;

    /// <summary>Floats held from the device.</summary>
    public long Reserved
    {
        get
        {
            long sum = 0;
            foreach (var slab in _slabs)
                sum += slab.Length;
            return sum;
        }
    }

    /// <summary>Uninitialized memory for the given sizes, row-major, valid until <see cref="Reset"/>.</summary>
    public View Allocate(ReadOnlySpan<int> sizes)
    {
        Layout layout = Layout.RowMajor(sizes);
        int length = checked((layout.Count + AlignmentFloats - 1) / AlignmentFloats * AlignmentFloats);
        while (_slab < _slabs.Count && _slabs[_slab].Length - _cursor < length)
        {
            _slab++;
            _cursor = 0;
        }
        if (_slab == _slabs.Count)
            _slabs.Add(Device.Allocate<float>((int)Math.Min(int.MaxValue - 64L, Math.Max(length, Math.Max(SmallestSlab, Reserved)))));
        View view = new(_slabs[_slab], layout.Shift(_cursor));
        _cursor += length;
        _used += length;
        return view;
    }

    /// <summary>Takes back everything handed out. Tensors allocated before are stale afterwards.</summary>
    public void Reset()
    {
        if (_slabs.Count > 1)
        {
            // one slab as large as all, so that the next step of this size finds its memory in one piece
            int total = (int)Math.Min(Reserved, int.MaxValue - 64L);
            foreach (var slab in _slabs)
                slab.Dispose();
            _slabs.Clear();
            _slabs.Add(Device.Allocate<float>(total));
        }
        _slab = 0;
        _cursor = 0;
        _used = 0;
        Generation++;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slab in _slabs)
            slab.Dispose();
        _slabs.Clear();
        Generation++;
    }
}
