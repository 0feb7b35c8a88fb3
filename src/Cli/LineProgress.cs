using System.Diagnostics;
using System.Globalization;
using Engram.ContinualLearning.Experiments;
using Engram.Results;

namespace Engram.Cli;

/// <summary>Progress as plain lines: one when something happens, and one a quarter of a minute while nothing does.</summary>
internal sealed class LineProgress(TextWriter writer) : IExperimentProgress
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);
    private readonly Lock _lock = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _last;
    private long _steps, _done;
    private int _cells, _finished;
    private (TimeSpan At, TimeSpan Left)? _remaining;

    public void Planned(int cells, int stored, long steps, int threads)
    {
        (_cells, _finished, _steps) = (cells, stored, steps);
        string kept = stored == 0 ? "" : $", {stored} stored already and skipped";
        string left = stored == cells ? "" : string.Create(CultureInfo.InvariantCulture, $", {steps:N0} steps, {threads} at a time");
        Say($"{cells} {(cells == 1 ? "cell" : "cells")}{kept}{left}");
    }

    public void Estimated(TimeSpan wall) => Say($"estimate: {DurationText.Of(wall)}");

    public void Remaining(TimeSpan wall)
    {
        lock (_lock)
            _remaining = (_watch.Elapsed, wall);
    }

    public void Started(ExperimentCell cell, long steps)
    {
    }

    public void Advanced(ExperimentCell cell, int steps)
    {
        long done = Interlocked.Add(ref _done, steps);
        if (_watch.Elapsed - _last < Pause)
            return;
        lock (_lock)
        {
            TimeSpan now = _watch.Elapsed;
            if (now - _last < Pause)
                return;
            double rate = done / now.TotalSeconds;
            // Steps of different networks take differently long; what finished cells took knows better than the number of steps.
            TimeSpan left = _remaining is { } known ? known.Left - (now - known.At) : TimeSpan.FromSeconds((_steps - done) / rate);
            Write(string.Create(CultureInfo.InvariantCulture,
                $"{_finished}/{_cells} cells, {100.0 * done / Math.Max(1, _steps):F0} % of the steps, {rate:N0} steps/s, {DurationText.Of(left > TimeSpan.Zero ? left : TimeSpan.Zero)} left"));
        }
    }

    public void Finished(ExperimentCell cell, CellResult result)
    {
        lock (_lock)
        {
            _finished++;
            Write(string.Create(CultureInfo.InvariantCulture,
                $"[{_finished}/{_cells}] {cell.Label}: ACC {100 * result.Metrics.Acc:F2} %, {result.Seconds:F1} s, {result.StepMicroseconds:F0} µs a step"));
        }
    }

    public void Note(string text) => Say(text);

    private void Say(string text)
    {
        lock (_lock)
            Write(text);
    }

    private void Write(string text)
    {
        _last = _watch.Elapsed;
        writer.WriteLine(text);
    }
}
