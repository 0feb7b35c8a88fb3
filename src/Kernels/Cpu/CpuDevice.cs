using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The CPU: every entry of the contract on vector kernels. Work is cut into chunks by shape, and the chunks are shared among threads,
/// so a result never depends on how many there are.
/// </summary>
internal sealed unsafe partial class CpuDevice : Device
{
    /// <summary>Elements per chunk of a contiguous elementwise op: below this, waking a thread costs more than it saves.</summary>
    private const int ElementChunk = 1 << 15;

    private readonly WorkSplitter _splitter;

    public CpuDevice(int threads)
    {
        _splitter = new WorkSplitter(threads);
        Threads = threads;
        int bits = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 32;
        Name = $"cpu ({threads} {(threads == 1 ? "thread" : "threads")}, {bits}-bit)";
    }

    public int Threads { get; }

    public override string Name { get; }

    public override DeviceBuffer<T> Allocate<T>(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new CpuBuffer<T>(this, length);
    }

    public override DeviceBuffer<float> Share(float[] elements) => new CpuBuffer<float>(this, elements);

    public override void Upload<T>(ReadOnlySpan<T> source, DeviceBuffer<T> destination, int start) => source.CopyTo(destination.HostSpan[start..]);

    public override void Download<T>(DeviceBuffer<T> source, int start, Span<T> destination) =>
        source.HostSpan.Slice(start, destination.Length).CopyTo(destination);

    public override void RunHost<TBody>(int pieces, ref TBody body) => _splitter.Run(pieces, ref body);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _splitter.Dispose();
    }

    /// <summary>First element of a view in host memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* At(in View view)
    {
        if (view.Buffer is CpuBuffer<float> buffer)
            return buffer.Pointer + view.Layout.Offset;
        throw Foreign(view.Buffer);
    }

    private static int* At(in IndexView view) => view.Buffer is CpuBuffer<int> buffer ? buffer.Pointer + view.Start : throw Foreign(view.Buffer);

    private static ArgumentException Foreign(object? buffer) => new(buffer is null
        ? "an operand has no memory (default view)"
        : $"an operand lives on another device than the CPU ({buffer.GetType().Name}); copy it to this device first");

    private static void SameSizes(string op, in View a, in View b)
    {
        if (!a.Layout.SameSizes(b.Layout))
            throw new ArgumentException($"{op}: operand sizes differ: {a.Layout} and {b.Layout}");
    }

    /// <summary>A vector's pointer, checked to be contiguous and of the right length.</summary>
    private static float* Vector(string op, string name, in View view, int length)
    {
        if (!view.Layout.IsContiguous || view.Count != length)
            throw new ArgumentException($"{op}: {name} must be a contiguous vector of {length} elements, got {view.Layout}");
        return At(view);
    }
}
