namespace Engram.Kernels.Simt;

/// <summary>The kernel thread that runs now on this thread of the machine: its place in the group and the grid, and the group's shared memory.</summary>
internal sealed class SimThread
{
    [ThreadStatic]
    private static SimThread? current;

    private static int numbers;

    private readonly List<object> _shared = [];
    private readonly int[] _allocations = new int[Gpu.Threads];

    public static SimThread Current => current ?? throw new InvalidOperationException("emulator: device memory was touched outside a kernel; upload or download it");

    /// <summary>Where accesses are counted; null where nobody counts.</summary>
    public WarpTrace? Trace { get; set; }

    /// <summary>A number that nothing else has.</summary>
    public static int NextNumber() => Interlocked.Increment(ref numbers) & 0x3FFFFF;

    public string Kernel = "";
    public int Launch, Group, Phase, Thread, GroupX, GroupY, GroupZ, GroupsX;

    /// <summary>Makes this the running thread; null for none.</summary>
    public static void Enter(SimThread? thread) => current = thread;

    /// <summary>The next group begins: shared memory is forgotten.</summary>
    public void NextGroup(int group, int x, int y, int z)
    {
        (Group, GroupX, GroupY, GroupZ, Phase) = (group, x, y, z, 0);
        _shared.Clear();
        Array.Clear(_allocations);
    }

    /// <summary>A block of the group's shared memory: the n-th call of every thread gets the n-th block.</summary>
    public SimView<T> Shared<T>(int length) where T : unmanaged
    {
        int ordinal = _allocations[Thread]++;
        if (ordinal == _shared.Count)
            _shared.Add(new SimMemory<T>(length, isShared: true));
        if (_shared[ordinal] is not SimMemory<T> memory || memory.Length != length)
            throw new KernelFaultException(KernelFault.DivergentBarrier, $"{Where()}: the group's threads ask for different shared memory");
        return new SimView<T>(memory, 0, length);
    }

    /// <summary>Where the running thread is, for messages.</summary>
    public string Where() => $"{Kernel}, group ({GroupX}, {GroupY}, {GroupZ}), thread {Thread}";
}
