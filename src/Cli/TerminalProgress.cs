using System.Globalization;
using Engram.ContinualLearning.Experiments;
using Engram.Results;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Engram.Cli;

/// <summary>Progress on a terminal: one bar over all steps with rate and time left, and one per running cell.</summary>
internal sealed class TerminalProgress : IExperimentProgress
{
    private readonly ProgressContext _context;
    private readonly IAnsiConsole _console;
    private readonly ProgressTask _total;
    private readonly Dictionary<ExperimentCell, ProgressTask> _running = [];
    private readonly Lock _lock = new();
    private int _cells, _finished;

    private TerminalProgress(ProgressContext context, IAnsiConsole console)
    {
        _context = context;
        _console = console;
        _total = context.AddTask("reading data", autoStart: true, maxValue: 1);
    }

    /// <summary>Runs work that reports to a display, and takes the display away afterwards.</summary>
    public static ResultDocument Show(Func<IExperimentProgress, ResultDocument> work)
    {
        IAnsiConsole console = StderrTerminal.On(Console.Error, interactive: true);
        ResultDocument? document = null;
        console.Progress().AutoClear(true).HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RateColumn(), new RemainingTimeColumn())
            .Start(context => document = work(new TerminalProgress(context, console)));
        return document!;
    }

    public void Planned(int cells, int stored, long steps, int threads)
    {
        lock (_lock)
        {
            (_cells, _finished) = (cells, stored);
            _total.MaxValue = Math.Max(1, steps);
            Describe();
            if (stored > 0)
                _console.WriteLine($"{stored} of {cells} cells are stored already and skipped");
        }
    }

    public void Estimated(TimeSpan wall) => Note($"estimate: {DurationText.Of(wall)}");

    public void Started(ExperimentCell cell, long steps)
    {
        lock (_lock)
            _running[cell] = _context.AddTask(Markup.Escape(cell.Label), autoStart: true, maxValue: Math.Max(1, steps));
    }

    public void Advanced(ExperimentCell cell, int steps)
    {
        lock (_lock)
        {
            _total.Increment(steps);
            _running[cell].Increment(steps);
        }
    }

    public void Finished(ExperimentCell cell, CellResult result)
    {
        lock (_lock)
        {
            _finished++;
            Describe();
            if (_running.Remove(cell, out ProgressTask? task))
                task.Value = task.MaxValue;
            _console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{cell.Label}: ACC {100 * result.Metrics.Acc:F2} %, {result.Seconds:F1} s, {result.StepMicroseconds:F0} µs a step"));
        }
    }

    public void Note(string text)
    {
        lock (_lock)
            _console.WriteLine(text);
    }

    private void Describe() => _total.Description = $"{_finished}/{_cells} cells";

    /// <summary>Steps per second.</summary>
    private sealed class RateColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.Speed is { } speed ? string.Create(CultureInfo.InvariantCulture, $"{speed:N0} steps/s") : "");
    }
}
