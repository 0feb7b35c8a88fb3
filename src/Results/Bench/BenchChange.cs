namespace Engram.Results;

/// <summary>One workload in two runs.</summary>
/// <param name="Name">Name of the workload.</param>
/// <param name="Threads">Threads it ran on.</param>
/// <param name="OldMilliseconds">Its time in the old run; NaN when it is not there.</param>
/// <param name="NewMilliseconds">Its time in the new run; NaN when it is not there.</param>
/// <param name="Band">Change, as a share of the old time, that says nothing.</param>
/// <param name="Verdict">What the change is.</param>
public sealed record BenchChange(string Name, int Threads, double OldMilliseconds, double NewMilliseconds, double Band, BenchVerdict Verdict)
{
    /// <summary>New time divided by old time.</summary>
    public double Ratio => NewMilliseconds / OldMilliseconds;
}
