using Engram.Data;

namespace Engram.ContinualLearning.Experiments;

/// <summary>The tasks of a stream of known length, each made once.</summary>
internal sealed class CellTasks
{
    private readonly StreamTask[] _tasks;

    public CellTasks(TaskStream stream)
    {
        Stream = stream;
        _tasks = [.. stream];
    }

    /// <summary>The stream: sizes and name.</summary>
    public TaskStream Stream { get; }

    /// <summary>Number of tasks.</summary>
    public int Count => _tasks.Length;

    /// <summary>One task; its images are made at the first use, by whichever cell comes first.</summary>
    public StreamTask this[int index] => _tasks[index];

    /// <summary>Outputs that occur in any task.</summary>
    public int[] AllClasses => [.. _tasks.SelectMany(task => task.Classes).Distinct().Order()];
}
