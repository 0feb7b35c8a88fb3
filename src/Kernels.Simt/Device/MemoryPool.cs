using System.Numerics;

namespace Engram.Kernels.Simt;

/// <summary>
/// Blocks of a device's memory. What a buffer gives back is kept and used again for one of about its size, because asking the driver waits for the device; launches
/// run in order, so a block may be given to the next buffer while kernels still work on the last one. Where memory runs out, kept blocks go back to the driver and
/// buffers that nobody holds any more are collected before the request fails.
/// </summary>
/// <typeparam name="TBlock">A backend's memory.</typeparam>
/// <param name="device">Its name, for messages.</param>
/// <param name="allocate">Makes a block of some bytes; null where the device has not that much left.</param>
/// <param name="free">Gives a block back to the driver.</param>
internal sealed class MemoryPool<TBlock>(string device, Func<long, TBlock?> allocate, Action<TBlock> free) : IDisposable
    where TBlock : class
{
    private const long Smallest = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Stack<TBlock>> _kept = [];

    // everything handed out: a block must not be finalized together with a buffer that was forgotten
    private readonly HashSet<TBlock> _out = [];
    private bool _closed;

    /// <summary>Bytes that buffers have.</summary>
    public long InUse { get; private set; }

    /// <summary>Bytes that are kept for the next buffers.</summary>
    public long Kept { get; private set; }

    /// <summary>A block for a number of bytes.</summary>
    /// <param name="bytes">At least this many.</param>
    /// <param name="what">What for: the beginning of the message where there is no room.</param>
    /// <exception cref="OutOfMemoryException">There is no room, with nothing kept either.</exception>
    public TBlock Take(long bytes, string what)
    {
        long size = SizeOf(bytes);
        if ((TryTake(size) ?? AfterCleaning(size)) is { } block)
            return block;
        throw new OutOfMemoryException($"allocate: {Mebibytes(bytes)} for {what} could not be had on {device}, where {Mebibytes(InUse)} are in use. " +
            "Use a smaller batch, model or memory, or dispose of learners and tensors that are done; what is there goes on working");
    }

    /// <summary>A buffer is done with its block; any thread may say so.</summary>
    public void GiveBack(TBlock block, long bytes)
    {
        long size = SizeOf(bytes);
        lock (_lock)
        {
            if (_closed || !_out.Remove(block))
                return;
            InUse -= size;
            Kept += size;
            if (!_kept.TryGetValue(size, out Stack<TBlock>? blocks))
                _kept[size] = blocks = new Stack<TBlock>();
            blocks.Push(block);
        }
    }

    /// <summary>Gives everything back to the driver, buffers' blocks too.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            FreeKept();
            foreach (TBlock block in _out)
                free(block);
            _out.Clear();
            InUse = 0;
            _closed = true;
        }
    }

    /// <summary>Sizes in steps of an eighth, so that a block fits the next request of about its size.</summary>
    private static long SizeOf(long bytes)
    {
        long least = Math.Max(bytes, Smallest), step = Math.Max(Smallest, 1L << Math.Max(0, BitOperations.Log2((ulong)least) - 3));
        return (least + step - 1) / step * step;
    }

    private static string Mebibytes(long bytes) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F1} MiB");

    private TBlock? TryTake(long size)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_kept.TryGetValue(size, out Stack<TBlock>? blocks) && blocks.TryPop(out TBlock? block))
                Kept -= size;
            else if ((block = allocate(size)) is null)
                return null;
            InUse += size;
            _out.Add(block);
            return block;
        }
    }

    private TBlock? AfterCleaning(long size)
    {
        lock (_lock)
            FreeKept();
        if (TryTake(size) is { } block)
            return block;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        lock (_lock)
            FreeKept();
        return TryTake(size);
    }

    private void FreeKept()
    {
        foreach (Stack<TBlock> blocks in _kept.Values)
        {
            while (blocks.TryPop(out TBlock? block))
                free(block);
        }

        Kept = 0;
    }
}
