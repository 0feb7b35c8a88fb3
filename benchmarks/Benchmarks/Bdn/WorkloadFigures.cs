using System.Collections.Concurrent;
using Engram.Results;

namespace Engram.Benchmarks.Bdn;

/// <summary>Prices of the workloads that were set up, and the roofs measured beside them: what the columns divide by.</summary>
internal static class WorkloadFigures
{
    private static readonly ConcurrentDictionary<string, Workload> Workloads = new();
    private static readonly ConcurrentDictionary<int, BenchRoof> Roofs = new();

    public static void Remember(string name, int threads, Workload workload)
    {
        Roofs.GetOrAdd(threads, RoofMeasurement.Measure);
        Workloads[name] = workload;
    }

    /// <summary>A figure of a finished case; NaN where the case ran in another process.</summary>
    public static double Of(Figure figure, string name, int threads, double seconds)
    {
        if (!Workloads.TryGetValue(name, out Workload? w) || !Roofs.TryGetValue(threads, out BenchRoof? roof))
            return double.NaN;
        double bytes = w.BytesRead + w.BytesWritten;
        return figure switch
        {
            Figure.Gflops => w.Flops / seconds * 1e-9,
            Figure.Gbps => bytes / seconds * 1e-9,
            Figure.Intensity => w.Flops / bytes,
            _ => 100 * roof.LeastSeconds(w.Flops, w.BytesRead, w.BytesWritten) / seconds,
        };
    }
}
