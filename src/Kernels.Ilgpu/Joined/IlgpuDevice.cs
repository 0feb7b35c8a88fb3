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
    private readonly MemoryPool<MemoryBuffer1D<byte, Stride1D.Dense>> _memory;
    private readonly PinnedStaging _staging;

    /// <summary>Takes over context, accelerator and tensor cores.</summary>
    public IlgpuDevice(Context context, Accelerator accelerator, string name, ITensorCores? tensorCores = null) : base(tensorCores)
    {
        _context = context;
        _accelerator = accelerator;
        Name = $"{name} ({_accelerator.Name}, {_accelerator.MemorySize >> 20} MiB{(tensorCores is null ? "" : $", {tensorCores.Precision.Name()}")})";
        _memory = new MemoryPool<MemoryBuffer1D<byte, Stride1D.Dense>>(Name, Block, block => block.Dispose());
        _staging = new PinnedStaging(_accelerator);
    }

    public override string Name { get; }

    /// <summary>What ILGPU calls the device.</summary>
    public Accelerator Accelerator => _accelerator;

    public override DeviceBuffer<T> Allocate<T>(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new GpuBuffer<T>(this, length, _memory);
    }

    protected override void Send<T>(ReadOnlySpan<T> source, GpuBuffer<T> destination, int start)
    {
        if (!source.IsEmpty)
            _staging.Send(source, destination.View(start, source.Length));
    }

    protected override void Receive<T>(GpuBuffer<T> source, int start, Span<T> destination)
    {
        if (destination.IsEmpty)
            return;
        source.View(start, destination.Length).CopyToCPU(_accelerator.DefaultStream, destination);
        _staging.Settled(); // the copy waited for everything before it
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
        _staging.Dispose();
        _memory.Dispose();
        TensorCores?.Dispose();
        _accelerator.Dispose();
        _context.Dispose();
    }

    private MemoryBuffer1D<byte, Stride1D.Dense>? Block(long bytes)
    {
        try
        {
            return _accelerator.Allocate1D<byte>(bytes);
        }
        catch (Exception none) when (none is AcceleratorException or OutOfMemoryException)
        {
            return null;
        }
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
