using System.Diagnostics;

namespace Engram.ContinualLearning.Experiments;

/// <summary>Times of training steps for their median, in bounded memory: when full, every second one is dropped and sampling halves its rate.</summary>
internal sealed class StepTimes
{
    private const int Most = 1 << 14;
    private readonly List<float> _microseconds = new(Most);
    private int _stride = 1;
    private int _skipped;

    /// <summary>Goes on from the sample of a stopped run.</summary>
    public StepTimes(ReadOnlySpan<float> earlier) => _microseconds.AddRange(earlier[..Math.Min(earlier.Length, Most / 2)]);

    /// <summary>The sample.</summary>
    public float[] Samples => [.. _microseconds];

    /// <summary>Median in microseconds; NaN without a step.</summary>
    public double Median
    {
        get
        {
            if (_microseconds.Count == 0)
                return double.NaN;
            float[] sorted = [.. _microseconds];
            Array.Sort(sorted);
            int middle = sorted.Length / 2;
            return sorted.Length % 2 == 1 ? sorted[middle] : 0.5 * ((double)sorted[middle - 1] + sorted[middle]);
        }
    }

    /// <summary>Adds the time of one step.</summary>
    public void Add(long ticks)
    {
        if (++_skipped < _stride)
            return;
        _skipped = 0;
        if (_microseconds.Count == Most)
        {
            for (int i = 0; i < Most / 2; i++)
                _microseconds[i] = _microseconds[2 * i];
            _microseconds.RemoveRange(Most / 2, Most / 2);
            _stride *= 2;
        }

        _microseconds.Add((float)(ticks * 1e6 / Stopwatch.Frequency));
    }
}
