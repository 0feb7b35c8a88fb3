using System.Runtime;
using Engram.ContinualLearning.Experiments;
using Engram.Kernels;
using Engram.Kernels.Cpu;
using Engram.Results;

namespace Engram.Benchmarking;

/// <summary>
/// Runs a selection of workloads: measures the roof, verifies every contender, lets them take turns, and reports medians with their noise.
/// What is finished when a run is stopped is kept.
/// </summary>
public sealed class BenchRunner
{
    private const int TieringMilliseconds = 120;
    private const int QuietWaits = 2;
    private const int MostWaits = 10;

    private readonly BenchOptions _options;
    private readonly IReadOnlyList<WorkloadCase> _cases;
    private readonly IBenchProgress _progress;
    private readonly List<BenchRow> _rows = [];
    private readonly List<BenchFailure> _failures = [];
    private readonly List<string> _notes = [];
    private long _compiled;
    private int _leftOut;

    /// <summary>A run of the workloads that the options name.</summary>
    /// <param name="options">How the run goes.</param>
    /// <param name="progress">Hears of every row as it is finished.</param>
    /// <param name="cases">Workloads in place of those of the catalog.</param>
    /// <exception cref="FormatException">The options contradict themselves, or no workload is left.</exception>
    public BenchRunner(BenchOptions options, IBenchProgress progress, IReadOnlyList<WorkloadCase>? cases = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(progress);
        if (options.Problems().ToArray() is { Length: > 0 } problems)
            throw new FormatException(string.Join("; ", problems));
        (_options, _progress) = (options, progress);
        _cases = cases ?? WorkloadCatalog.Select(options.Filters, options.Quick);
    }

    /// <summary>Times everything.</summary>
    /// <param name="cancellation">Stops the run before the next round; finished rows are kept, and the document says that it is not complete.</param>
    /// <param name="device">Makes the device of a thread count; null for the CPU.</param>
    /// <param name="blas">Opens the library of products in that device's memory, a peer; throws a <see cref="NotSupportedException"/> that says what is missing. Null where there is none.</param>
    public BenchDocument Run(CancellationToken cancellation = default, Func<int, Device>? device = null, Func<Device, IDeviceBlas>? blas = null)
    {
        RunEnvironment environment = MachineDescription.Environment(_options.Threads.Max());
        if (MachineLoad.Note() is { } busy)
            Note(busy);
        List<BenchRoof> roofs = [];
        string name = "";
        foreach (int threads in _options.Threads)
        {
            if (cancellation.IsCancellationRequested)
                break;
            Device made = device?.Invoke(threads) ?? Device.Cpu(threads);
            BenchRoof roof;
            try
            {
                name = made.Name;
                roof = made.IsHostMemory ? RoofMeasurement.Measure(threads) : DeviceRoof.Measure(made);
                _progress.Roof(roof);
                using PeerSet? peers = _options.Peers ? new PeerSet(threads, Note, blas is null ? null : () => blas(made)) : null;
                foreach (WorkloadCase one in CasesFor(made))
                {
                    if (cancellation.IsCancellationRequested)
                        break;
                    Time(one, made, threads, peers, roof, cancellation);
                }
            }
            finally
            {
                // the device of one thread is the process's own
                if (made != Device.Host)
                    made.Dispose();
            }

            roofs.Add(roof);
        }

        return new BenchDocument
        {
            SchemaVersion = BenchDocument.CurrentSchemaVersion,
            Kind = BenchDocument.DocumentKind,
            Environment = environment,
            Device = name,
            GemmRung = roofs is [{ Device: not null }, ..] ? "device" : GemmPlan.Native.Rung.ToString(),
            Clock = _options.ThreadClock ? "cpu" : "wall",
            Complete = _rows.Count + _failures.Count + _leftOut == _cases.Count * _options.Threads.Count,
            Roofs = roofs,
            Rows = _rows,
            Failures = _failures,
            Notes = _notes,
        };
    }

    /// <summary>The chosen workloads that run on the device; those of host code alone would be another machine's figures there.</summary>
    private WorkloadCase[] CasesFor(Device device)
    {
        WorkloadCase[] cases = [.. _cases.Where(one => device.IsHostMemory || !one.HostOnly)];
        if (cases.Length < _cases.Count)
            Note($"left out on {device.Name}, as they run host code only: {string.Join(", ", _cases.Where(one => one.HostOnly).Select(one => one.Name))}");
        _leftOut += _cases.Count - cases.Length;
        return cases;
    }

    private void Time(WorkloadCase one, Device device, int threads, PeerSet? peers, BenchRoof roof, CancellationToken cancellation)
    {
        try
        {
            using Workspace workspace = new(device, threads, peers);
            Workload workload = one.Create(workspace);
            List<ContenderTiming> contenders =
            [
                new CallTiming(workload, workspace),
                .. workload.Peers.Select(peer => new CallTiming(peer, workload, workspace)),
                .. (_options.Rungs ? workload.Rungs : []).Select(rung => new CallTiming(rung, workload, workspace)),
                .. PythonTiming.Of(PythonRequest.For(device, workload.Python), peers),
            ];
            foreach (CallTiming call in contenders.OfType<CallTiming>())
            {
                if (call.Wrong() is { } wrong)
                {
                    Fail(one.Name, threads, $"{(call.Name.Length == 0 ? "the kernel" : call.Name)} {wrong}");
                    return;
                }
            }

            WarmUp(contenders);
            double allocated = ((CallTiming)contenders[0]).AllocatedBytes();
            int rounds = Rounds(contenders);
            SampleStatistics[] timed = InTurns(contenders, rounds, cancellation);
            if (cancellation.IsCancellationRequested)
                return;
            Report(one, threads, device, workload, contenders, timed, rounds, roof, allocated);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Fail(one.Name, threads, $"threw: {e.Message}");
        }
    }

    private void WarmUp(List<ContenderTiming> contenders)
    {
        foreach (ContenderTiming contender in contenders.ToArray())
        {
            try
            {
                contender.Heat(_options);
            }
            catch (InvalidOperationException e) when (contender is PythonTiming)
            {
                contenders.Remove(contender);
                Note($"peer left out: {e.Message}");
            }
        }

        // Code that is new, ours or the peers', is compiled for speed in the background: it is counted from a tenth of a second after the last new
        // method on, and compiled some calls later. Two waits without a compilation mean that it is done.
        for (int waits = 0, quiet = _compiled == JitInfo.GetCompiledMethodCount() ? QuietWaits : 0; quiet < QuietWaits && waits < MostWaits; waits++)
        {
            _compiled = JitInfo.GetCompiledMethodCount();
            Thread.Sleep(TieringMilliseconds);
            foreach (CallTiming call in contenders.OfType<CallTiming>())
                call.Heat(_options);
            quiet = _compiled == JitInfo.GetCompiledMethodCount() ? quiet + 1 : 0;
        }

        foreach (ContenderTiming contender in contenders)
            contender.ChooseRepeats(_options);
        _compiled = JitInfo.GetCompiledMethodCount();
    }

    private SampleStatistics[] InTurns(List<ContenderTiming> contenders, int rounds, CancellationToken cancellation)
    {
        double[][] samples = [.. contenders.Select(_ => new double[rounds])];
        for (int round = 0; round < rounds && !cancellation.IsCancellationRequested; round++)
        {
            for (int turn = 0; turn < contenders.Count; turn++)
            {
                // another one begins in every round, so that nobody always runs behind the same neighbour
                int who = (turn + round) % contenders.Count;
                samples[who][round] = contenders[who].Sample(_options.ThreadClock);
            }
        }

        return cancellation.IsCancellationRequested ? [] : [.. samples.Select(of => SampleStatistics.Of(of))];
    }

    private int Rounds(List<ContenderTiming> contenders) =>
        (int)Math.Clamp(_options.WorkloadSeconds / contenders.Sum(contender => contender.SampleSeconds), _options.Quick ? 3 : Math.Min(5, _options.Rounds), _options.Quick ? Math.Min(5, _options.Rounds) : _options.Rounds);

    private void Report(WorkloadCase one, int threads, Device device, Workload workload, List<ContenderTiming> contenders, SampleStatistics[] timed, int rounds, BenchRoof roof, double allocated)
    {
        double seconds = timed[0].Median, bytes = workload.BytesRead + workload.BytesWritten;
        BenchPeer Peer(int i) => new()
        {
            Name = contenders[i].Name,
            Version = contenders[i].Version,
            Milliseconds = timed[i].Median * 1e3,
            Ratio = seconds / timed[i].Median,
            Noise = timed[i].Noise,
        };
        bool IsRung(int i) => _options.Rungs && workload.Rungs.Any(rung => rung.Name == contenders[i].Name);
        BenchRow row = new()
        {
            Name = one.Name,
            Threads = threads,
            Device = device.IsHostMemory ? null : device.Name,
            Milliseconds = seconds * 1e3,
            Gflops = workload.Flops / seconds * 1e-9,
            Gbps = bytes / seconds * 1e-9,
            Intensity = bytes > 0 ? workload.Flops / bytes : 0,
            RoofShare = roof.LeastSeconds(workload.Flops, workload.BytesRead, workload.BytesWritten) / seconds,
            Noise = timed[0].Noise,
            Samples = rounds,
            Repeats = contenders[0].Repeats,
            AllocatedBytes = allocated,
            Peers = [.. Enumerable.Range(1, contenders.Count - 1).Where(i => !IsRung(i)).Select(Peer)],
            Rungs = [.. Enumerable.Range(1, contenders.Count - 1).Where(IsRung).Select(Peer)],
        };
        _rows.Add(row);
        _progress.Row(row);
    }

    private void Fail(string name, int threads, string message)
    {
        BenchFailure failure = new() { Name = name, Threads = threads, Message = message };
        _failures.Add(failure);
        _progress.Failure(failure);
    }

    private void Note(string note)
    {
        if (_notes.Contains(note))
            return;
        _notes.Add(note);
        _progress.Note(note);
    }
}
