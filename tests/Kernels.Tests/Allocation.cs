namespace Engram.Kernels.Tests;

/// <summary>Bytes that code takes from the managed heap on the calling thread.</summary>
internal static class Allocation
{
    private const int Windows = 25;

    /// <summary>
    /// The least of some windows. A collection caused by another test's thread counts the rest of this thread's allocation block as used, so that one window may show bytes that nobody took;
    /// code that allocates shows in every window.
    /// </summary>
    /// <param name="run">The code, called once before the first window and once in each.</param>
    public static long Least(Action run)
    {
        run();
        long least = long.MaxValue;
        for (int window = 0; window < Windows && least > 0; window++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
