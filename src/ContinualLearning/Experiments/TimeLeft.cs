namespace Engram.ContinualLearning.Experiments;

/// <summary>Time that a run still takes: the estimate of every cell, corrected by how the finished cells did against theirs.</summary>
/// <param name="cells">The cells.</param>
/// <param name="seconds">What each is estimated to take. [cells]</param>
/// <param name="workers">Cells that run at the same time.</param>
internal sealed class TimeLeft(IReadOnlyList<int> cells, IReadOnlyList<double> seconds, int workers)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, double> _open = cells.Zip(seconds).ToDictionary(pair => pair.First, pair => pair.Second);
    private double _expected, _taken;

    /// <summary>Time left; cells in flight count whole.</summary>
    public TimeSpan Wall
    {
        get
        {
            lock (_lock)
                return TimeSpan.FromSeconds(Math.Max(0, _open.Values.Sum()) * (_expected > 0 ? _taken / _expected : 1) / workers);
        }
    }

    /// <summary>Notes a finished cell; the time left then.</summary>
    public TimeSpan Finished(int cell, double taken)
    {
        lock (_lock)
        {
            if (_open.Remove(cell, out double expected))
                (_expected, _taken) = (_expected + expected, _taken + taken);
        }

        return Wall;
    }
}
