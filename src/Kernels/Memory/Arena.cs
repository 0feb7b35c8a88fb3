namespace Engram.Kernels;

/// <summary>
/// Memory for one step of one learner: allocation moves a cursor, <see cref="Reset"/> takes everything back at once. Within a step memory can be
/// given back early (<see cref="Release"/>, <see cref="BeginScope"/>) and is then used again, so that a backward pass needs little more than forward kept.
/// After the first steps one slab holds the largest step seen, and a step allocates nothing.
/// </summary>
/// <remarks>Not thread-safe: one learner, one arena. The same sequence of calls gives the same places.</remarks>
public sealed class Arena(Device device) : IDisposable
{
    private const int AlignmentFloats = 16; // 64 bytes: a cache line and the widest vector
    private const int SmallestSlab = 1 << 16;
    private const int LargestSlab = int.MaxValue - 64;

    private struct Slab
    {
        public DeviceBuffer<float> Memory;
        public int Cursor;
        public int HighWater;
    }

    private readonly record struct Block(int Slab, int Start, int Length)
    {
        public int End => Start + Length;
    }

    private Slab[] _slabs = [];
    private Block[] _free = new Block[16]; // ordered by slab and place; neighbours are merged, none touches a cursor
    private Block[] _scoped = new Block[8];
    private int _slabCount;
    private int _slab;
    private int _freeCount;
    private int _scopedCount;
    private bool _scope;

    /// <summary>The device the memory belongs to.</summary>
    public Device Device { get; } = device;

    /// <summary>Counts the resets; a tensor remembers it, so that use after a reset is found.</summary>
    public int Generation { get; private set; }

    /// <summary>Floats in use now, padding included.</summary>
    public long Used { get; private set; }

    /// <summary>Most floats in use at any time so far.</summary>
    public long Peak { get; private set; }

    /// <summary>Floats held from the device.</summary>
    public long Reserved
    {
        get
        {
            long sum = 0;
            for (int i = 0; i < _slabCount; i++)
                sum += _slabs[i].Memory.Length;
            return sum;
        }
    }

    /// <summary>Uninitialized memory for the given sizes, row-major, valid until <see cref="Reset"/>, <see cref="Release"/> or the end of the running scope.</summary>
    /// <param name="sizes">The sizes.</param>
    /// <param name="outlivesScope">True for memory that the end of a running scope does not take back.</param>
    public View Allocate(ReadOnlySpan<int> sizes, bool outlivesScope = false)
    {
        Layout layout = Layout.RowMajor(sizes);
        int length = Padded(layout.Count);
        Block block = Take(length);
        Used += length;
        Peak = Math.Max(Peak, Used);
        if (_scope && !outlivesScope && length > 0)
        {
            if (_scopedCount == _scoped.Length)
                Array.Resize(ref _scoped, 2 * _scopedCount);
            _scoped[_scopedCount++] = block;
        }

        return new View(_slabs[block.Slab].Memory, layout.Shift(block.Start));
    }

    /// <summary>Gives the memory of one allocation back within the step; its tensors must not be used any more.</summary>
    /// <param name="view">What <see cref="Allocate"/> returned, or another contiguous view of exactly that memory.</param>
    /// <exception cref="ArgumentException">The memory is not this arena's.</exception>
    public void Release(in View view)
    {
        int length = Padded(view.Count);
        for (int i = 0; i < _slabCount; i++)
        {
            if (!ReferenceEquals(_slabs[i].Memory, view.Buffer))
                continue;
            if (length > 0)
                GiveBack(new Block(i, view.Layout.Offset, length));
            return;
        }

        throw new ArgumentException($"arena: the {view.Layout} memory to be released is not part of this arena's running step");
    }

    /// <summary>Everything allocated from here to <see cref="EndScope"/> is given back there, apart from what outlives it.</summary>
    /// <exception cref="InvalidOperationException">A scope is running.</exception>
    public void BeginScope()
    {
        if (_scope)
            throw new InvalidOperationException("arena: a scope is running; end it first");
        _scope = true;
        _scopedCount = 0;
    }

    /// <summary>Ends the running scope.</summary>
    public void EndScope()
    {
        for (int i = _scopedCount - 1; i >= 0; i--)
            GiveBack(_scoped[i]);
        _scopedCount = 0;
        _scope = false;
    }

    /// <summary>Takes back everything handed out. Tensors allocated before are stale afterwards.</summary>
    public void Reset()
    {
        if (_slabCount > 1)
        {
            // one slab as large as what was needed of all, so that the next step of this size finds its memory in one piece
            long total = 0;
            for (int i = 0; i < _slabCount; i++)
            {
                total += _slabs[i].HighWater;
                _slabs[i].Memory.Dispose();
            }

            _slabCount = 0;
            try
            {
                AddSlab((int)Math.Min(total, LargestSlab));
            }
            catch (OutOfMemoryException)
            {
                // a step that was too large is over: the next one takes what it needs, piece by piece
            }
        }
        else if (_slabCount == 1)
        {
            _slabs[0].Cursor = 0;
        }

        _slab = 0;
        _freeCount = 0;
        _scopedCount = 0;
        _scope = false;
        Used = 0;
        Generation++;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i < _slabCount; i++)
            _slabs[i].Memory.Dispose();
        _slabCount = 0;
        _freeCount = 0;
        Generation++;
    }

    private static int Padded(int count) => checked((count + AlignmentFloats - 1) / AlignmentFloats * AlignmentFloats);

    private Block Take(int length)
    {
        int best = -1;
        for (int i = 0; i < _freeCount; i++)
        {
            if (_free[i].Length >= length && (best < 0 || _free[i].Length < _free[best].Length))
                best = i;
        }

        if (best >= 0 && length > 0)
        {
            Block found = _free[best];
            if (found.Length == length)
                RemoveFree(best);
            else
                _free[best] = new Block(found.Slab, found.Start + length, found.Length - length);
            return found with { Length = length };
        }

        while (_slab < _slabCount && _slabs[_slab].Memory.Length - _slabs[_slab].Cursor < length)
            _slab++;
        if (_slab == _slabCount)
            AddSlab((int)Math.Min(LargestSlab, Math.Max(length, Math.Max(SmallestSlab, Reserved))));
        ref Slab slab = ref _slabs[_slab];
        Block block = new(_slab, slab.Cursor, length);
        slab.Cursor += length;
        slab.HighWater = Math.Max(slab.HighWater, slab.Cursor);
        return block;
    }

    private void GiveBack(Block block)
    {
        Used -= block.Length;
        int at = _freeCount;
        while (at > 0 && (_free[at - 1].Slab > block.Slab || (_free[at - 1].Slab == block.Slab && _free[at - 1].Start > block.Start)))
            at--;
        if (at > 0 && _free[at - 1].Slab == block.Slab && _free[at - 1].End == block.Start)
        {
            block = block with { Start = _free[at - 1].Start, Length = _free[at - 1].Length + block.Length };
            RemoveFree(--at);
        }

        if (at < _freeCount && _free[at].Slab == block.Slab && _free[at].Start == block.End)
        {
            block = block with { Length = block.Length + _free[at].Length };
            RemoveFree(at);
        }

        if (_slabs[block.Slab].Cursor == block.End)
        {
            _slabs[block.Slab].Cursor = block.Start;
            _slab = Math.Min(_slab, block.Slab);
            return;
        }

        if (_freeCount == _free.Length)
            Array.Resize(ref _free, 2 * _freeCount);
        _free.AsSpan(at, _freeCount - at).CopyTo(_free.AsSpan(at + 1));
        _free[at] = block;
        _freeCount++;
    }

    private void RemoveFree(int at)
    {
        _free.AsSpan(at + 1, _freeCount - at - 1).CopyTo(_free.AsSpan(at));
        _freeCount--;
    }

    private void AddSlab(int length)
    {
        if (_slabCount == _slabs.Length)
            Array.Resize(ref _slabs, _slabCount + 4);
        DeviceBuffer<float> memory = Device.Allocate<float>(length); // may find no room: nothing has changed then
        _slabs[_slabCount++] = new Slab { Memory = memory };
    }
}
