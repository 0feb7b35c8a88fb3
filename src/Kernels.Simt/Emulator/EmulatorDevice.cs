namespace Engram.Kernels.Simt;

/// <summary>
/// The kernels of the GPU backend on the CPU, thread after thread, for tests: out-of-bounds accesses, reads of shared memory that nobody wrote, races within a
/// group and between groups, and barriers that not all threads reach are errors that name the place (<see cref="KernelFaultException"/>).
/// </summary>
internal sealed class EmulatorDevice : GpuDevice
{
    private static int launches;

    // of CUDA; columns have all whole numbers
    private const int MostGroups = 65535;

    private readonly SimThread _thread = new();
    private readonly Dictionary<Type, int> _launchesByKernel = [];
    private readonly Dictionary<string, KernelTally> _tallies = [];
    private readonly WarpTrace _trace = new();
    private readonly long _bytes;
    private long _allocated;

    /// <summary>A device with some memory, and tensor core kernels where tests have a way to run them.</summary>
    public EmulatorDevice(long bytes = long.MaxValue, ITensorCores? tensorCores = null) : base(tensorCores)
    {
        _bytes = bytes;
        Memory = new MemoryPool<SimBlock>(Name, size => size > _bytes - _allocated ? null : Block(size), block => _allocated -= block.Bytes);
    }

    /// <summary>What buffers have, and what is kept for the next ones.</summary>
    public MemoryPool<SimBlock> Memory { get; }

    /// <summary>Kernels started so far.</summary>
    public int Launches { get; private set; }

    /// <summary>How often one kernel has been started so far.</summary>
    public int LaunchesOf<TKernel>() where TKernel : struct => _launchesByKernel.GetValueOrDefault(typeof(TKernel));

    /// <summary>Elements that the host has fetched so far, by entries or downloads: what a fallback to the CPU could not do without.</summary>
    public long Fetched { get; private set; }

    /// <summary>Whether to count what kernels ask for (<see cref="Tallies"/>): several times slower.</summary>
    public bool IsCounting { get; set; }

    /// <summary>What the launches while <see cref="IsCounting"/> asked for, by kernel, without the names of its type arguments.</summary>
    public IReadOnlyDictionary<string, KernelTally> Tallies => _tallies;

    public override string Name => "emulator (SIMT, 1 thread)";

    public override DeviceBuffer<T> Allocate<T>(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new GpuBuffer<T>(this, length, Memory);
    }

    protected override void Send<T>(ReadOnlySpan<T> source, GpuBuffer<T> destination, int start) => source.CopyTo(destination.Memory.Elements.AsSpan(start));

    protected override void Receive<T>(GpuBuffer<T> source, int start, Span<T> destination)
    {
        Fetched += destination.Length;
        source.Memory.Elements.AsSpan(start, destination.Length).CopyTo(destination);
    }

    protected internal override void Launch<TKernel>(in TKernel kernel, int groupsX, int groupsY = 1, int groupsZ = 1)
    {
        Begin<TKernel>(groupsX, groupsY, groupsZ);
        try
        {
            for (int group = 0; group < groupsX * groupsY * groupsZ; group++)
            {
                _thread.NextGroup(group, group % groupsX, group / groupsX % groupsY, group / groupsX / groupsY);
                for (int t = 0; t < Gpu.Threads; t++)
                {
                    _thread.Thread = t;
                    TKernel own = kernel;
                    own.Run();
                    _thread.Trace?.Pause(t);
                }
            }
        }
        finally
        {
            SimThread.Enter(null);
        }
    }

    protected internal override void LaunchGroups<TKernel>(in TKernel kernel, int groupsX, int groupsY = 1, int groupsZ = 1)
    {
        Begin<TKernel>(groupsX, groupsY, groupsZ);
        try
        {
            var threads = new IEnumerator<int>[Gpu.Threads];
            for (int group = 0; group < groupsX * groupsY * groupsZ; group++)
            {
                _thread.NextGroup(group, group % groupsX, group / groupsX % groupsY, group / groupsX / groupsY);
                for (int t = 0; t < threads.Length; t++)
                    threads[t] = kernel.Run();
                while (Advance(threads))
                {
                    _thread.Phase++;
                    if (_thread.Trace is { } trace)
                        trace.Tally.Barriers++;
                }
            }
        }
        finally
        {
            SimThread.Enter(null);
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            Memory.Dispose();
    }

    private SimBlock Block(long size)
    {
        _allocated += size;
        return new SimBlock(size);
    }

    private void Begin<TKernel>(int groupsX, int groupsY, int groupsZ) where TKernel : struct
    {
        if (groupsX < 1 || groupsY is < 1 or > MostGroups || groupsZ is < 1 or > MostGroups)
            throw new KernelFaultException(KernelFault.GridSize, $"{typeof(TKernel).Name}: a grid of ({groupsX}, {groupsY}, {groupsZ}) groups; rows and planes go up to {MostGroups}");
        Launches++;
        _launchesByKernel[typeof(TKernel)] = LaunchesOf<TKernel>() + 1;
        _thread.Kernel = typeof(TKernel).Name;
        _thread.Launch = Interlocked.Increment(ref launches);
        _thread.GroupsX = groupsX;
        _thread.Trace = IsCounting ? _trace : null;
        if (IsCounting)
        {
            string name = typeof(TKernel).Name.Split('`')[0];
            if (!_tallies.TryGetValue(name, out KernelTally? tally))
                _tallies[name] = tally = new KernelTally();
            tally.Launches++;
            _trace.Tally = tally;
        }

        SimThread.Enter(_thread);
    }

    /// <summary>Runs every thread to its next barrier; false when all have ended.</summary>
    private bool Advance(IEnumerator<int>[] threads)
    {
        int first = 0;
        for (int t = 0; t < threads.Length; t++)
        {
            _thread.Thread = t;
            int line = threads[t].MoveNext() ? threads[t].Current : 0;
            _thread.Trace?.Pause(t);
            if (t == 0)
                first = line;
            else if (line != first)
                throw new KernelFaultException(KernelFault.DivergentBarrier, $"{_thread.Where()}: {State(line)} while thread 0 {State(first)}");
        }

        return first != 0;
    }

    private static string State(int line) => line == 0 ? "has ended" : $"waits at the barrier of line {line}";
}
