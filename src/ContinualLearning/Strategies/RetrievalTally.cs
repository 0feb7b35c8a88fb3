using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>Counts candidates and replayed rows by class and by age.</summary>
/// <param name="classes">Labels are below this.</param>
internal sealed class RetrievalTally(int classes) : ICheckpointed
{
    private readonly long[] _drawnByClass = new long[classes];
    private readonly long[] _replayedByClass = new long[classes];
    private long[] _drawnByAge = new long[1];
    private long[] _replayedByAge = new long[1];

    /// <summary>A task begins: rows can be as old as there are tasks.</summary>
    public void BeginTask(int task)
    {
        Array.Resize(ref _drawnByAge, task + 1);
        Array.Resize(ref _replayedByAge, task + 1);
    }

    /// <summary>Rows were drawn from the memory.</summary>
    public void Drawn(TrainingStep step, int first, int rows) => Count(step, first, rows, _drawnByClass, _drawnByAge);

    /// <summary>Rows are replayed.</summary>
    public void Replayed(TrainingStep step, int first, int rows) => Count(step, first, rows, _replayedByClass, _replayedByAge);

    /// <summary>A copy of the counts.</summary>
    public RetrievalCounts Counts() => new()
    {
        DrawnByClass = [.. _drawnByClass], ReplayedByClass = [.. _replayedByClass], DrawnByAge = [.. _drawnByAge], ReplayedByAge = [.. _replayedByAge],
    };

    public void Save(CheckpointWriter writer)
    {
        writer.Array("retrieval.drawnByClass", _drawnByClass);
        writer.Array("retrieval.replayedByClass", _replayedByClass);
        writer.Array("retrieval.drawnByAge", _drawnByAge);
        writer.Array("retrieval.replayedByAge", _replayedByAge);
    }

    public void Load(CheckpointReader reader)
    {
        BeginTask(Math.Max(0, reader.Tasks - 1));
        reader.Longs("retrieval.drawnByClass", _drawnByClass);
        reader.Longs("retrieval.replayedByClass", _replayedByClass);
        reader.Longs("retrieval.drawnByAge", _drawnByAge);
        reader.Longs("retrieval.replayedByAge", _replayedByAge);
    }

    private static void Count(TrainingStep step, int first, int rows, long[] byClass, long[] byAge)
    {
        foreach (int label in step.LabelsOf(first, rows))
            byClass[label]++;
        foreach (int task in step.TasksOf(first, rows))
            byAge[step.Task - task]++;
    }
}
