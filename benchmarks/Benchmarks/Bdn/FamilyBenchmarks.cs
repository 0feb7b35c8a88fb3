using System.Globalization;
using BenchmarkDotNet.Attributes;
using Engram.Kernels;

namespace Engram.Benchmarks.Bdn;

/// <summary>
/// The workloads of one family of <c>engram bench</c> under BenchmarkDotNet: rungs and outsiders as methods, workload and device as parameters. Every
/// method's result is compared with the reference twin before it is timed; a wrong or absent one shows no number (NA).
/// </summary>
public abstract class FamilyBenchmarks
{
    private Workspace? _workspace;
    private PeerSet? _peers;
    private Workload? _workload;
    private Device? _device;

    /// <summary>Name of a case of the family.</summary>
    [ParamsSource(nameof(Names))]
    public string Workload { get; set; } = "";

    /// <summary>Device and its threads: <c>cpu-1</c>.</summary>
    [ParamsSource(nameof(Devices))]
    public string On { get; set; } = "";

    /// <summary>Cases to choose from.</summary>
    public IEnumerable<string> Names => Family.Cases().Where(one => !one.OnDemand).Select(one => one.Name);

    /// <summary>The CPU with one thread and with all cores; <c>engram bench --device</c> times other devices.</summary>
    public static IEnumerable<string> Devices =>
        from threads in new[] { 1, Environment.ProcessorCount }.Distinct()
        select string.Create(CultureInfo.InvariantCulture, $"cpu-{threads}");

    /// <summary>The family.</summary>
    protected abstract IWorkloadFamily Family { get; }

    /// <summary>Operands of the workload, once it is set up.</summary>
    protected Workload Prepared => _workload ?? throw new InvalidOperationException("the workload is not set up");

    /// <summary>Threads of a device's name.</summary>
    internal static int ThreadsOf(string device) => int.Parse(device[(device.LastIndexOf('-') + 1)..], CultureInfo.InvariantCulture);

    /// <summary>Makes operands, measures the roof, verifies ours.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int threads = ThreadsOf(On);
        _device = Device.Cpu(threads);
        _peers = new PeerSet(threads, Console.WriteLine);
        _workspace = new Workspace(_device, threads, _peers);
        _workload = Family.Cases().Single(one => one.Name == Workload).Create(_workspace);
        WorkloadFigures.Remember(Workload, threads, _workload);
        if (Verify("the kernel", _workload.Run) is { } wrong)
            throw new InvalidOperationException(wrong);
        Joined();
    }

    /// <summary>Gives everything back.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _workspace?.Dispose();
        _peers?.Dispose();
        if (_device != Device.Host)
            _device?.Dispose();
    }

    /// <summary>The kernel as a user calls it.</summary>
    [Benchmark(Baseline = true)]
    public void Current() => Prepared.Run();

    /// <summary>Finds and verifies the outsiders of the family.</summary>
    protected virtual void Joined()
    {
    }

    /// <summary>The call of a peer or rung, verified; a call that explains the absence otherwise.</summary>
    protected Action Find(string name)
    {
        Contender? found = Prepared.Peers.Concat(Prepared.Rungs).FirstOrDefault(one => one.Name == name);
        if (found is null)
            return () => throw new InvalidOperationException($"{Workload} has no {name} here");
        return Verify(name, found.Run, found.Check) is { } wrong ? () => throw new InvalidOperationException(wrong) : found.Run;
    }

    /// <summary>What is wrong with the result of a call; <c>null</c> when nothing is.</summary>
    protected string? Verify(string name, Action run, Func<Deviation>? check = null)
    {
        foreach (View output in Prepared.Outputs)
            _device!.Fill(output, float.NaN);
        Prepared.Reset?.Invoke();
        run();
        Deviation deviation = (check ?? Prepared.Check)();
        return deviation.IsRight ? null
            : string.Create(CultureInfo.InvariantCulture, $"{Workload}: {name} is off by {deviation.Error:g3}, at most {deviation.Tolerance:g3} is right");
    }
}
