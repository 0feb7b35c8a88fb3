using System.Runtime.Intrinsics;
using Engram.Kernels;
using Engram.Results;

namespace Engram.Benchmarking;

/// <summary>
/// Measures the roof of this machine's CPU with a number of threads: multiply-adds on registers per vector width, and the bandwidth of a triad and
/// of reading for working sets in each cache and in memory. The best of some rounds counts: a roof is what can be reached at all.
/// </summary>
public static unsafe class RoofMeasurement
{
    private const int Rounds = 5;
    private const int Steps = 1_000_000;
    private const double ProbeSeconds = 0.002;

    // a new thread may share its maker's core until the system moves it
    private const double WarmSeconds = 0.2;

    private const int Meetings = 2000, BusyTurns = 1000;
    private const double MeetingSeconds = 0.02;

    // bytes of the three arrays together: first cache, second cache, last cache, memory
    private static readonly long[] WorkingSets = [24L << 10, 768L << 10, 12L << 20, 192L << 20];

    /// <summary>Measures; takes well under a second per thread count.</summary>
    /// <param name="threads">Threads that run the probes, each on its own registers and its own part of the arrays.</param>
    public static BenchRoof Measure(int threads)
    {
        using WorkSplitter splitter = new(threads);
        FmaBody warm = new() { Bits = 128 };
        for (double end = ThreadClock.Now(false) + WarmSeconds; ThreadClock.Now(false) < end;)
            splitter.Run(threads, ref warm);
        return new BenchRoof { Threads = threads, Widths = Widths(splitter), Bandwidths = Bandwidths(splitter), MeetingMicroseconds = threads == 1 ? 0 : Meeting(splitter) };
    }

    private static double Meeting(WorkSplitter splitter)
    {
        int arrived = 0;
        List<double> seconds = [];
        for (double end = ThreadClock.Now(false) + MeetingSeconds; seconds.Count < Meetings && (seconds.Count == 0 || ThreadClock.Now(false) < end);)
        {
            arrived = 0;
            MeetingBody body = new() { Arrived = &arrived, Threads = splitter.Threads };
            double start = ThreadClock.Now(false);
            splitter.Run(splitter.Threads, ref body);
            seconds.Add(ThreadClock.Now(false) - start);
        }

        return SampleStatistics.Of([.. seconds]).Median * 1e6;
    }

    private static List<BenchWidth> Widths(WorkSplitter splitter)
    {
        List<BenchWidth> widths = [];
        foreach ((int bits, bool here) in new[] { (128, true), (256, Vector256.IsHardwareAccelerated), (512, Vector512.IsHardwareAccelerated) })
        {
            if (!here)
                continue;
            double best = 0;
            for (int round = 0; round < Rounds; round++)
            {
                FmaBody body = new() { Bits = bits };
                double start = ThreadClock.Now(false);
                splitter.Run(splitter.Threads, ref body);
                double operations = (double)splitter.Threads * Steps * RoofProbe.Chains * 2 * bits / 32;
                best = Math.Max(best, operations / (ThreadClock.Now(false) - start) * 1e-9);
            }

            widths.Add(new BenchWidth { Bits = bits, Gflops = best });
        }

        return widths;
    }

    private static List<BenchBandwidth> Bandwidths(WorkSplitter splitter)
    {
        long largest = WorkingSets[^1];
        float* block = (float*)AlignedMemory.Allocate((nuint)largest);
        try
        {
            new Span<float>(block, (int)(largest / sizeof(float))).Fill(1e-3f);
            List<BenchBandwidth> found = [];
            foreach (long bytes in WorkingSets)
            {
                double triad = Best(splitter, new BandwidthBody { Block = block, Writes = true }, bytes);
                double read = Best(splitter, new BandwidthBody { Block = block, Writes = false }, bytes);
                found.Add(new BenchBandwidth { Bytes = bytes, TriadGbps = triad, ReadGbps = read });
            }

            return found;
        }
        finally
        {
            AlignedMemory.Free(block);
        }
    }

    private static double Best(WorkSplitter splitter, BandwidthBody body, long bytes)
    {
        // every thread has its own part; a part is three arrays as long as the loops want them
        body.Length = (nint)(bytes / splitter.Threads / sizeof(float) / 3) / RoofProbe.Multiple * RoofProbe.Multiple;
        body.Repeats = 1;
        double Time()
        {
            double start = ThreadClock.Now(false);
            splitter.Run(splitter.Threads, ref body);
            return ThreadClock.Now(false) - start;
        }

        Time();
        body.Repeats = (int)Math.Clamp(ProbeSeconds / Math.Max(1e-7, Time()), 1, 100_000);
        double least = double.PositiveInfinity;
        for (int round = 0; round < Rounds; round++)
            least = Math.Min(least, Time() / body.Repeats);
        return 3.0 * sizeof(float) * body.Length * splitter.Threads / least * 1e-9;
    }

    private struct FmaBody : IChunkBody
    {
        public int Bits;
        public float Result;

        public void Execute(int chunk) => Result = Bits switch
        {
            512 => RoofProbe.MultiplyAdd<Lane16>(Steps),
            256 => RoofProbe.MultiplyAdd<Lane8>(Steps),
            _ => RoofProbe.MultiplyAdd<Lane4>(Steps),
        };
    }

    // nobody leaves before everybody is there: a chunk for every thread
    private struct MeetingBody : IChunkBody
    {
        public int* Arrived;
        public int Threads;

        public readonly void Execute(int chunk)
        {
            Interlocked.Increment(ref *Arrived);
            for (int turn = 1; Volatile.Read(ref *Arrived) < Threads; turn++)
            {
                Thread.SpinWait(1);
                if (turn % BusyTurns == 0)
                    Thread.Yield();
            }
        }
    }

    private struct BandwidthBody : IChunkBody
    {
        public float* Block;
        public nint Length;
        public int Repeats;
        public bool Writes;
        public float Result;

        public void Execute(int chunk)
        {
            float* a = Block + 3 * Length * chunk;
            float sum = 0;
            for (int i = 0; i < Repeats; i++)
            {
                if (Writes)
                    RoofProbe.Triad(a, a + Length, a + 2 * Length, Length);
                else
                    sum += RoofProbe.Read(a, 3 * Length);
            }

            Result = sum;
        }
    }
}
