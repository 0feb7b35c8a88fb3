using Engram.Kernels.Simt;
using ILGPU;
using ILGPU.Runtime;

namespace Engram.Kernels.Ilgpu;

/// <summary>The contract on kernels that ILGPU compiles. Everything runs in one stream; only downloads wait.</summary>
internal sealed class IlgpuDevice : GpuDevice
{
    private readonly Context _context;
    private readonly Accelerator _accelerator;
    private readonly Dictionary<Type, Delegate> _launchers = [];
    private readonly PtxText? _ptx = PtxText.FromEnvironment();

    public IlgpuDevice(Context context, ILGPU.Runtime.Device device, string name)
    {
        _context = context;
        _accelerator = device.CreateAccelerator(context);
        Name = $"{name} ({_accelerator.Name})";
    }

    public override string Name { get; }

    public override DeviceBuffer<T> Allocate<T>(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        try
        {
            return new GpuBuffer<T>(this, length, _accelerator.Allocate1D<T>(Math.Max(1, length)));
        }
        catch (Exception inner) when (inner is AcceleratorException or OutOfMemoryException)
        {
            throw new OutOfMemoryException($"allocate: {(long)length * Interop.SizeOf<T>() / 1048576.0:F1} MiB for {length} elements of {typeof(T).Name} could not be had on " +
                $"{Name} ({_accelerator.MemorySize / 1048576.0:F0} MiB in all); use a smaller batch or model", inner);
        }
    }

    protected override void Send<T>(ReadOnlySpan<T> source, GpuBuffer<T> destination, int start)
    {
        if (!source.IsEmpty)
            destination.View(start, source.Length).CopyFromCPU(_accelerator.DefaultStream, source);
    }

    protected override void Receive<T>(GpuBuffer<T> source, int start, Span<T> destination)
    {
        if (!destination.IsEmpty)
            source.View(start, destination.Length).CopyToCPU(_accelerator.DefaultStream, destination);
    }

    protected internal override void Launch<TKernel>(in TKernel kernel, int groupsX, int groupsY = 1, int groupsZ = 1)
    {
        if (!_launchers.TryGetValue(typeof(TKernel), out Delegate? launcher))
            launcher = Load<TKernel>(Run);
        Start(launcher, kernel, groupsX, groupsY, groupsZ);
    }

    protected internal override void LaunchGroups<TKernel>(in TKernel kernel, int groupsX, int groupsY = 1, int groupsZ = 1)
    {
        if (!_launchers.TryGetValue(typeof(TKernel), out Delegate? launcher))
            launcher = Load<TKernel>(RunGroup);
        Start(launcher, kernel, groupsX, groupsY, groupsZ);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing)
            return;
        _ptx?.Dispose();
        _accelerator.Dispose();
        _context.Dispose();
    }

    private Delegate Load<TKernel>(Action<TKernel> kernel) where TKernel : struct
    {
        _ptx?.Write(kernel.Method, typeof(TKernel));
        return _launchers[typeof(TKernel)] = _accelerator.LoadKernel(kernel);
    }

    private void Start<TKernel>(Delegate launcher, TKernel kernel, int groupsX, int groupsY, int groupsZ) where TKernel : struct =>
        ((Action<AcceleratorStream, KernelConfig, TKernel>)launcher)(
            _accelerator.DefaultStream, new KernelConfig(new Index3D(groupsX, groupsY, groupsZ), new Index3D(Gpu.Threads, 1, 1)), kernel);

    private static void Run<TKernel>(TKernel kernel) where TKernel : struct, IKernel => kernel.Run();

    private static void RunGroup<TKernel>(TKernel kernel) where TKernel : struct, IGroupKernel => kernel.Run();
}
