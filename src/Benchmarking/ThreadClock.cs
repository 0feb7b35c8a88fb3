using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Engram.Benchmarking;

/// <summary>Seconds: of the wall, or of the calling thread's own processor time, which other work on the machine disturbs less (Linux).</summary>
public static unsafe class ThreadClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Now, in seconds from an arbitrary start.</summary>
    /// <param name="ownTime">The thread's processor time instead of the wall.</param>
    /// <exception cref="PlatformNotSupportedException">Processor time was asked for on another system than Linux.</exception>
    public static double Now(bool ownTime)
    {
        if (!ownTime)
            return Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
        long* time = stackalloc long[2];
        if (!OperatingSystem.IsLinux() || ClockGetTime(ThreadCpuTime, time) != 0)
            throw new PlatformNotSupportedException("--clock cpu needs Linux; use --clock wall.");
        return time[0] + time[1] * 1e-9;
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int ClockGetTime(int clock, long* time);
}
