namespace Engram.ContinualLearning;

/// <summary>Two views of every row: as it is, and changed at random.</summary>
public sealed partial class TrainingStep
{
    private bool _pairs;
    private bool _viewed; // the second half of the staged rows are views of the first
    private float[] _plain = []; // staged rows before they were prepared, for the second view

    /// <summary>From now on rows are staged as they are (normalized, not augmented), and <see cref="StageViews"/> can add their changed views.</summary>
    public void UsePairs() => _pairs = true;

    /// <summary>Puts a second view of every staged row behind all of them, changed by the learner's augmentation with draws of its own.</summary>
    /// <returns>The number of rows now staged.</returns>
    /// <exception cref="InvalidOperationException"><see cref="UsePairs"/> was not called.</exception>
    public int StageViews()
    {
        if (!_pairs)
            throw new InvalidOperationException("views: rows were staged without what a second view is made from; call UsePairs before the first batch");
        int rows = _staged;
        Reserve(2 * rows);
        _plain.AsSpan(0, rows * Model.Inputs).CopyTo(_x.Rows(rows, rows));
        _labelRows.AsSpan(0, rows).CopyTo(_labelRows.AsSpan(rows));
        _taskRows.AsSpan(0, rows).CopyTo(_taskRows.AsSpan(rows));
        _inputs.Change(_x.Rows(rows, rows), AugmentationStream(), _prepared, augment: true);
        _x.Commit(rows, rows);
        _prepared += rows;
        _viewed = true;
        return _staged = 2 * rows;
    }

    private void KeepPlain(int first, ReadOnlySpan<float> rows)
    {
        if (!_pairs)
            return;
        if (_plain.Length < _labelRows.Length * Model.Inputs)
            Array.Resize(ref _plain, _labelRows.Length * Model.Inputs);
        rows.CopyTo(_plain.AsSpan(first * Model.Inputs));
    }
}
