using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Engram.Benchmarks;

/// <summary>Seconds: of the wall, or of the calling thread's own processor time, which other work on the machine disturbs less (Linux).</summary>
internal static unsafe class ThreadClock
{
    private const int ThreadCpuTime = 3;

    internal static double Now(bool ownTime)
    {
        if (!ownTime)
            return Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        long* time = stackalloc long[2];
        if (ClockGetTime(ThreadCpuTime, time) != 0)
            throw new PlatformNotSupportedException("--clock cpu needs Linux.");
        return time[0] + time[1] * 1e-9;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int ClockGetTime(int clock, long* time);
}
