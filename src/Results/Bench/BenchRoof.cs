using System.Text.Json.Serialization;

namespace Engram.Results;

/// <summary>
/// What the machine could do at its best with a number of threads, measured in the same run (Williams, Waterman and Patterson, 2009): the peak of
/// arithmetic, and the bandwidth for working sets from the first cache to the memory.
/// </summary>
public sealed record BenchRoof
{
    /// <summary>Share of written bytes below which a workload is held against the bandwidth of reading.</summary>
    private const double MostlyReading = 0.05;

    /// <summary>Threads that ran the probes.</summary>
    public required int Threads { get; init; }

    /// <summary>The device that was measured; absent for the CPU. There a width of 32 bits is a thread's, and bandwidths are those of copies.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Device { get; init; }

    /// <summary>Peaks per vector width, narrowest first.</summary>
    public required IReadOnlyList<BenchWidth> Widths { get; init; }

    /// <summary>Bandwidths, smallest working set first; the last one is the memory's.</summary>
    public required IReadOnlyList<BenchBandwidth> Bandwidths { get; init; }

    /// <summary>
    /// Microseconds in which all threads meet, the median; 0 with one thread. Where a host moves virtual cores (one core's two threads, cores with or without a
    /// common last cache), it changes what a second thread is worth.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double MeetingMicroseconds { get; init; }

    /// <summary>The highest peak, in 10⁹ float operations a second.</summary>
    [JsonIgnore]
    public double PeakGflops => Widths.Max(width => width.Gflops);

    /// <summary>Triad bandwidth of the memory, in 10⁹ bytes a second.</summary>
    [JsonIgnore]
    public double MemoryGbps => Bandwidths[^1].TriadGbps;

    /// <summary>Bandwidth for a working set, between measured sizes by the logarithm of the size, in 10⁹ bytes a second.</summary>
    /// <param name="bytesRead">Bytes read.</param>
    /// <param name="bytesWritten">Bytes written.</param>
    public double BandwidthFor(double bytesRead, double bytesWritten)
    {
        double bytes = bytesRead + bytesWritten;
        bool reading = bytesWritten <= MostlyReading * bytes;
        double At(int i) => reading ? Bandwidths[i].ReadGbps : Bandwidths[i].TriadGbps;
        int above = 0;
        while (above < Bandwidths.Count && Bandwidths[above].Bytes < bytes)
            above++;
        if (above == 0 || above == Bandwidths.Count)
            return At(Math.Min(above, Bandwidths.Count - 1));
        double share = Math.Log(bytes / Bandwidths[above - 1].Bytes) / Math.Log((double)Bandwidths[above].Bytes / Bandwidths[above - 1].Bytes);
        return At(above - 1) + share * (At(above) - At(above - 1));
    }

    /// <summary>The least time that the roof allows, in seconds: flops / min(peak, intensity · bandwidth).</summary>
    /// <param name="flops">Float operations.</param>
    /// <param name="bytesRead">Bytes read.</param>
    /// <param name="bytesWritten">Bytes written.</param>
    public double LeastSeconds(double flops, double bytesRead, double bytesWritten) =>
        Math.Max(flops / PeakGflops, (bytesRead + bytesWritten) / BandwidthFor(bytesRead, bytesWritten)) * 1e-9;
}
