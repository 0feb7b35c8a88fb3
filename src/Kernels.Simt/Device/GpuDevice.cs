using Engram.Kernels.Cpu;

namespace Engram.Kernels.Simt;

/// <summary>
/// The device contract on kernels for GPUs: checks, grids, and which kernel an entry is. How memory is had and how a kernel is started is a backend's: the
/// emulator's, or ILGPU's. Kernels run in the order in which they are launched; only entries that return numbers wait for them.
/// </summary>
internal abstract partial class GpuDevice : Device
{
    private readonly GpuBuffer<float>?[] _floats = new GpuBuffer<float>?[8];
    private readonly GpuBuffer<double>?[] _doubles = new GpuBuffer<double>?[4];

    public override bool IsHostMemory => false;

    /// <summary>Starts a kernel without barriers on a grid of groups.</summary>
    protected internal abstract void Launch<TKernel>(in TKernel kernel, int groupsX, int groupsY = 1, int groupsZ = 1) where TKernel : struct, IKernel;

    /// <summary>Starts a kernel with barriers on a grid of groups.</summary>
    protected internal abstract void LaunchGroups<TKernel>(in TKernel kernel, int groupsX, int groupsY = 1, int groupsZ = 1) where TKernel : struct, IGroupKernel;

    /// <summary>Copies host elements to the device.</summary>
    protected abstract void Send<T>(ReadOnlySpan<T> source, GpuBuffer<T> destination, int start) where T : unmanaged;

    /// <summary>Copies elements to the host after all kernels launched so far.</summary>
    protected abstract void Receive<T>(GpuBuffer<T> source, int start, Span<T> destination) where T : unmanaged;

    public override void Upload<T>(ReadOnlySpan<T> source, DeviceBuffer<T> destination, int start)
    {
        GpuBuffer<T> buffer = Own(destination);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Length, buffer.Length - start, nameof(source));
        if (buffer.Mirror is not null)
            source.CopyTo(buffer.Mirror.AsSpan(start));
        Send(source, buffer, start);
    }

    public override void Download<T>(DeviceBuffer<T> source, int start, Span<T> destination)
    {
        GpuBuffer<T> buffer = Own(source);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, buffer.Length - start, nameof(destination));
        Receive(buffer, start, destination);
    }

    /// <summary>A kernel with one thread per element.</summary>
    private void Each<TKernel>(in TKernel kernel, long count) where TKernel : struct, IKernel
    {
        if (count > 0)
            Launch(kernel, checked((int)((count + Gpu.Threads - 1) / Gpu.Threads)));
    }

    /// <summary>The elements that a view can reach, from its first one on.</summary>
    private Floats At(in View view)
    {
        int length = view.Count == 0 ? 0 : 1;
        for (int axis = 0; axis < view.Layout.Rank && length > 0; axis++)
            length += (view.Layout.Sizes[axis] - 1) * view.Layout.Strides[axis];
        return Own(view.Buffer).View(view.Layout.Offset, length);
    }

    // whether the first element lies at a multiple of four, as quads must (memory itself begins at one)
    private static bool IsAligned(in View view) => IsAligned(view.Layout.Offset);

    private static bool IsAligned(int elements) => (elements & 3) == 0;

    private Ints At(in IndexView view) => Own(view.Buffer).View(view.Start, view.Count);

    /// <summary>What an index range holds, on the host; waits for the device only where a kernel wrote it.</summary>
    private ReadOnlySpan<int> OnHost(IndexView view)
    {
        GpuBuffer<int> buffer = Own(view.Buffer);
        if (buffer.IsStale)
        {
            Receive(buffer, 0, buffer.Mirror.AsSpan());
            buffer.IsStale = false;
        }

        return buffer.Mirror.AsSpan(view.Start, view.Count);
    }

    /// <summary>Scratch that later launches may use again, because launches run in order.</summary>
    private Floats Scratch(int slot, int length)
    {
        if (_floats[slot] is null || _floats[slot]!.Length < length)
        {
            _floats[slot]?.Dispose();
            _floats[slot] = (GpuBuffer<float>)Allocate<float>(length);
        }

        return _floats[slot]!.View(0, length);
    }

    private GpuBuffer<double> DoubleScratch(int slot, int length)
    {
        if (_doubles[slot] is null || _doubles[slot]!.Length < length)
        {
            _doubles[slot]?.Dispose();
            _doubles[slot] = (GpuBuffer<double>)Allocate<double>(length);
        }

        return _doubles[slot]!;
    }

    /// <summary>Gives the scratch back.</summary>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        foreach (GpuBuffer<float>? buffer in _floats)
            buffer?.Dispose();
        foreach (GpuBuffer<double>? buffer in _doubles)
            buffer?.Dispose();
        foreach (GpuBuffer<int>? buffer in _ints)
            buffer?.Dispose();
    }

    private GpuBuffer<T> Own<T>(DeviceBuffer<T>? buffer) where T : unmanaged => buffer is GpuBuffer<T> own && ReferenceEquals(own.Device, this) ? own
        : throw new ArgumentException(buffer is null ? "an operand has no memory (default view)"
            : $"an operand lives on {buffer.Device.Name}, not on {Name}; copy it to this device first");

    private static void SameSizes(string op, in View a, in View b)
    {
        if (!a.Layout.SameSizes(b.Layout))
            throw new ArgumentException($"{op}: operand sizes differ: {a.Layout} and {b.Layout}");
    }

    /// <summary>A vector, checked to be contiguous and of the right length.</summary>
    private Floats Vector(string op, string name, in View view, int length)
    {
        if (!view.Layout.IsContiguous || view.Count != length)
            throw new ArgumentException($"{op}: {name} must be a contiguous vector of {length} elements, got {view.Layout}");
        return At(view);
    }

    /// <summary>An operand that must be contiguous and as large as another.</summary>
    private Floats Whole(string op, string name, in View view, in View like)
    {
        if (!view.Layout.IsContiguous || !view.Layout.SameSizes(like.Layout))
            throw new ArgumentException($"{op}: {name} must be contiguous and of size {like.Layout}, got {(view.Layout.IsContiguous ? "" : "strided ")}{view.Layout}");
        return At(view);
    }

    private static void RowMajor(string op, in View x)
    {
        if (x.Layout.Rank != 2 || (x.Layout.Size(1) > 1 && x.Layout.Stride(1) != 1))
            throw new ArgumentException($"{op}: expected [rows, columns] with contiguous rows, got {x.Layout}; reshape or copy first");
    }
}
