using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engram.Kernels;

namespace Engram.Benchmarking;

/// <summary>Operands of one workload on a device, given back together, and the peers that may join.</summary>
public sealed class Workspace : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private DeviceBuffer<float>? _last;

    /// <summary>A workspace without memory yet.</summary>
    /// <param name="device">The device that runs the workload.</param>
    /// <param name="threads">Threads it uses.</param>
    /// <param name="peers">Who may join; null for nobody.</param>
    public Workspace(Device device, int threads, PeerSet? peers = null)
    {
        (Device, Threads, Peers) = (device, threads, peers ?? PeerSet.None);
    }

    /// <summary>The device that runs the workload.</summary>
    public Device Device { get; }

    /// <summary>Largest error that is right for sums of products of numbers in [−1, 1], which are of the order of the root of their count, in the device's precision.</summary>
    public double ProductTolerance(double products) => Math.Max(1e-5, 2 * Device.Precision.UnitRoundoff()) * Math.Sqrt(products);

    /// <summary>Threads it uses.</summary>
    public int Threads { get; }

    /// <summary>Libraries that may join; none when peers were not asked for.</summary>
    public PeerSet Peers { get; }

    /// <summary>Uninitialized elements.</summary>
    /// <param name="sizes">Sizes per axis.</param>
    public View Empty(params ReadOnlySpan<int> sizes)
    {
        Layout layout = Layout.RowMajor(sizes);
        DeviceBuffer<float> buffer = Device.Allocate<float>(layout.Count);
        _owned.Add(buffer);
        _last = buffer;
        return new View(buffer, layout);
    }

    /// <summary>Uniform numbers in [−1, 1); the same for the same seed on every device.</summary>
    /// <param name="seed">Seed.</param>
    /// <param name="sizes">Sizes per axis.</param>
    public View Uniform(int seed, params ReadOnlySpan<int> sizes)
    {
        View view = Empty(sizes);
        Random random = new(seed);
        float[] elements = new float[view.Count];
        for (int i = 0; i < elements.Length; i++)
            elements[i] = random.NextSingle() * 2 - 1;
        Device.Upload<float>(elements, view.Buffer, 0);
        return view;
    }

    /// <summary>Uniform labels, 0 up to the number of classes.</summary>
    /// <param name="seed">Seed.</param>
    /// <param name="count">Number of labels.</param>
    /// <param name="classes">Number of classes.</param>
    public IndexView Labels(int seed, int count, int classes)
    {
        DeviceBuffer<int> buffer = Device.Allocate<int>(count);
        _owned.Add(buffer);
        Random random = new(seed);
        int[] labels = new int[count];
        for (int i = 0; i < count; i++)
            labels[i] = random.Next(classes);
        Device.Upload<int>(labels, buffer, 0);
        return IndexView.All(buffer);
    }

    /// <summary>Keeps something until the workload is over: a learner, a tape, a child process.</summary>
    /// <param name="owned">Disposed with the workspace, last in first out.</param>
    public T Keep<T>(T owned) where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    /// <summary>A copy of a view's elements in host memory, after all kernels have finished. The view is contiguous.</summary>
    /// <param name="view">A contiguous view.</param>
    public float[] Host(in View view)
    {
        float[] elements = new float[view.Count];
        Device.Download(view.Buffer, view.Layout.Offset, (Span<float>)elements);
        return elements;
    }

    /// <summary>A copy of labels in host memory.</summary>
    /// <param name="view">The labels.</param>
    public int[] Host(in IndexView view)
    {
        int[] elements = new int[view.Count];
        Device.Download(view.Buffer, view.Start, (Span<int>)elements);
        return elements;
    }

    /// <summary>Address of a view's first element where the host can reach it without a copy; the memory does not move. Null elsewhere.</summary>
    /// <param name="view">A contiguous view of this workspace.</param>
    public static unsafe float* Address(in View view) => view.Buffer.Device.IsHostMemory
        ? (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(view.Buffer.HostSpan)) + view.Layout.Offset : null;

    /// <summary>Waits until the device has done everything; on the CPU it always has.</summary>
    public void Settle()
    {
        Span<float> one = stackalloc float[1];
        if (_last is { Length: > 0 })
            Device.Download(_last, 0, one);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        for (int i = _owned.Count - 1; i >= 0; i--)
            _owned[i].Dispose();
        _owned.Clear();
    }
}
