using Engram.Kernels;
using Engram.Results;

namespace Engram.Benchmarking;

/// <summary>
/// Measures the roof of a device that the host cannot reach into, by entries of its contract: copies of growing vectors, and multiply-adds on registers
/// (<see cref="MultiplyAddLoop"/>). Work grows until a call takes long enough to be measured, so a simulation is measured in little time too.
/// </summary>
public static class DeviceRoof
{
    private const int Rounds = 5;
    private const int MostElements = 1 << 20, MostSteps = 1 << 12;
    private const double ShortestCall = 2e-3, LongestCall = 0.02;

    // bytes of both vectors together; the last one is beyond the caches of any GPU
    private static readonly long[] WorkingSets = [24L << 10, 768L << 10, 12L << 20, 192L << 20, 1L << 30];

    /// <summary>Measures; takes about a second.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="OutOfMemoryException">The device has no room for two vectors of 12 KiB.</exception>
    public static BenchRoof Measure(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new BenchRoof { Threads = 1, Device = device.Name, Widths = [new BenchWidth { Bits = 32, Gflops = Peak(device) }], Bandwidths = Copies(device) };
    }

    private static double Peak(Device device)
    {
        int count = 1 << 12, steps = 64;
        while (true)
        {
            using Workspace workspace = new(device, 1);
            View x = workspace.Uniform(1, count), y = workspace.Empty(count);
            MultiplyAddLoop loop = new(steps);
            double seconds = Best(workspace, () => device.Map(loop, x, y));
            if (seconds >= ShortestCall || (count == MostElements && steps == MostSteps))
                return 2.0 * MultiplyAddLoop.Chains * steps * count / seconds * 1e-9;
            if (count < MostElements)
                count *= 4;
            else
                steps *= 4;
        }
    }

    private static List<BenchBandwidth> Copies(Device device)
    {
        List<BenchBandwidth> found = [];
        foreach (long bytes in WorkingSets)
        {
            try
            {
                using Workspace workspace = new(device, 1);
                int count = (int)(bytes / 2 / sizeof(float));
                View x = workspace.Empty(count), y = workspace.Empty(count);
                device.Fill(x, 1f);
                double seconds = Best(workspace, () => device.Copy(x, y)), gbps = bytes / seconds * 1e-9;
                found.Add(new BenchBandwidth { Bytes = bytes, TriadGbps = gbps, ReadGbps = gbps });
                if (seconds > LongestCall)
                    break;
            }
            catch (OutOfMemoryException) when (found.Count > 0)
            {
                break; // a small device: what fits has been measured
            }
        }

        return found;
    }

    // the best of some rounds: a roof is what can be reached at all
    private static double Best(Workspace workspace, Action call)
    {
        double Time(int repeats)
        {
            workspace.Settle();
            double start = ThreadClock.Now(false);
            for (int i = 0; i < repeats; i++)
                call();
            workspace.Settle();
            return (ThreadClock.Now(false) - start) / repeats;
        }

        Time(1);
        double least = Time(1);
        int repeats = (int)Math.Clamp(ShortestCall / Math.Max(1e-7, least), 1, 1000);
        for (int round = 0; round < Rounds && least < 0.2; round++)
            least = Math.Min(least, Time(repeats));
        return least;
    }
}
