using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>Rows of finished tasks that never change again: decoded and prepared once, and kept staged behind the batch.</summary>
public sealed partial class TrainingStep
{
    private readonly List<(int First, int Count)> _settled = []; // by task; a count of 0 where there is none
    private IReplaySource? _settledSource;
    private int _settledFirst;
    private int _settledEnd;

    /// <summary>Bytes of the rows that are kept staged.</summary>
    internal long SettledBytes => (long)(_settledEnd - _settledFirst) * Model.Inputs * sizeof(float);

    /// <summary>
    /// Rows of one finished task, staged behind the first rows of the step. Where the memory says that they never change again, all of them are wanted and
    /// nothing changes them at random, they are read once and stay; else every call stages them anew, in the place of the last ones.
    /// </summary>
    /// <param name="source">The memory.</param>
    /// <param name="task">Number of a finished task.</param>
    /// <param name="most">Rows wanted; fewer come when the memory holds fewer.</param>
    /// <param name="keep">Rows of the step that stay: the first ones.</param>
    /// <param name="random">Draws of this step.</param>
    /// <returns>First row, number of rows, and whether they were staged just now, in the order of the memory.</returns>
    internal (int First, int Count, bool Fresh) StageFinished(IReplaySource source, int task, int most, int keep, ref RandomCursor random)
    {
        if (!ReferenceEquals(source, _settledSource) || keep > _settledFirst)
            ForgetSettled();
        if (task < _settled.Count && _settled[task].Count is > 0 and var held && held <= most)
            return (_settled[task].First, _settled[task].Count, false);
        int first = Math.Max(keep, _settledEnd);
        int count = StageTask(source, task, most, first, ref random);
        bool anew = task >= _settled.Count || _settled[task].Count == 0;
        if (count > 0 && anew && source.KeepsFinishedTasks && count == source.AvailableOf(task) && !_inputs.ChangesRows && !_pairs)
        {
            if (_settledEnd == 0)
                (_settledSource, _settledFirst) = (source, first);
            while (_settled.Count <= task)
                _settled.Add(default);
            _settled[task] = (first, count);
            _settledEnd = first + count;
        }

        return (first, count, true);
    }

    private void ForgetSettled()
    {
        _settled.Clear();
        _settledSource = null;
        _settledFirst = _settledEnd = 0;
    }
}
