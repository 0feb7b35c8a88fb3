using Engram.Kernels;
using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>Scoring staged rows against the coming step, and what a loss adds to the logits.</summary>
public sealed partial class TrainingStep
{
    private LossChangeScorer? _scorer;
    private Optimizer? _preview;
    private (Tensor Own, Tensor Preview)[] _states = [];
    private Tensor _update;
    private Tensor _moved;
    private float[] _offsets = [];
    private int _offsetRows;
    private float[] _chosenRows = [];
    private int[] _chosenIntegers = [];
    private double[] _products = [];
    private double[] _norms = [];
    private float[] _losses = [];

    /// <summary>Bytes of vectors that scoring keeps beside the step's own.</summary>
    internal long ScoringBytes => sizeof(float) * ((_update.IsEmpty ? 0L : _update.Count) + (_moved.IsEmpty ? 0 : _moved.Count)
        + _states.Sum(state => (long)state.Preview.Count));

    /// <summary>
    /// The optimizer's next step: what <see cref="Apply"/> would add to the parameters if <paramref name="gradient"/> were its gradient. Nothing changes:
    /// the optimizer's state is copied, and the step is taken from zero, so that no digit is lost to the size of the parameters.
    /// </summary>
    /// <param name="gradient">[p].</param>
    /// <returns>d [p], valid until the next call.</returns>
    public Tensor Update(in Tensor gradient)
    {
        if (_update.IsEmpty)
        {
            _update = Tensor.Zeros(Device, Values.Count);
            _preview = (_optimizerOptions with { WeightDecay = 0 }).Create(Device, Values.Count);
            _states = [.. _optimizer.State.Zip(_preview.State, (own, preview) => (own.State, preview.State))];
        }

        for (int i = 0; i < _states.Length; i++)
            _states[i].Own.CopyTo(_states[i].Preview);
        _preview!.Steps = _optimizer.Steps;
        float decay = (float)_optimizerOptions.WeightDecay;
        bool decoupled = _optimizerOptions is AdamOptions { Decoupled: true };
        Tensor along = gradient;
        if (decay != 0 && !decoupled)
        {
            along = Moved();
            Device.Zip(new AddScaledOp(decay), gradient.View, Values.View, along.View);
        }

        _update.Fill(0f);
        _preview.Step(_update, along);
        if (decay != 0 && decoupled)
            Device.Zip(new AddScaledOp((float)(-_optimizerOptions.LearningRate * _optimizerOptions.WeightDecay)), _update.View, Values.View, _update.View);
        if (!_free.IsEmpty)
            Device.Zip(default(MultiplyOp), _update.View, _free.View, _update.View);
        return _update;
    }

    /// <summary>Scores staged rows against the step along a gradient: the higher, the more the row conflicts with it.</summary>
    /// <param name="method">How loss changes are found.</param>
    /// <param name="criterion">What conflicts; other than the loss change it takes <see cref="LossChangeMethod.PerSample"/>.</param>
    /// <param name="first">First row.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="gradient">Gradient of the incoming batch [p].</param>
    /// <param name="scores">Receives a score per row.</param>
    /// <returns>False where the step moves nothing (a batch of one class has no proxy-based contrast): every score is 0 then.</returns>
    /// <exception cref="InvalidOperationException">The gradient is not finite.</exception>
    public bool Score(LossChangeMethod method, ConflictCriterion criterion, int first, int rows, in Tensor gradient, Span<float> scores)
    {
        Tensor direction = criterion == ConflictCriterion.SquaredDifference ? gradient : Update(gradient);
        double squares = Device.Dot(direction.View, direction.View);
        if (squares == 0)
        {
            scores.Clear();
            return false;
        }

        if (Contrasts)
        {
            ScoreContrast(method, first, rows, direction, scores);
            return true;
        }

        _scorer ??= new LossChangeScorer(Model, Device);
        Device.Upload<int>(ColumnsOf(first, rows), _labels!, first);
        var samples = new ScoredSamples(_x.Slice(first, rows), new IndexView(_labels!, first, rows), State, HasOffsets ? MaskOf(first, rows) : default);
        switch (method)
        {
            case LossChangeMethod.Taylor:
                _scorer.Changes(samples, Values, direction, scores);
                break;
            case LossChangeMethod.LastLayer:
                _scorer.Changes(samples, Values, direction, scores, LastLayer());
                break;
            case LossChangeMethod.VirtualStep:
                ScoreByStep(samples, direction, scores);
                break;
            default:
                ScoreBySample(samples, criterion, direction, squares, scores);
                break;
        }

        return true;
    }

    /// <summary>Keeps some of the rows staged from a place on, in the order named, and forgets the others.</summary>
    /// <param name="first">The place.</param>
    /// <param name="chosen">Rows to keep, counted from there; none twice.</param>
    public void Keep(int first, ReadOnlySpan<int> chosen)
    {
        int width = Model.Inputs, count = chosen.Length;
        if (_chosenIntegers.Length < 2 * count)
            (_chosenRows, _chosenIntegers) = (new float[count * width], new int[2 * count]);
        if (_pairs)
            KeepRows(_plain.AsSpan(first * width), chosen, width);
        KeepRows(_x.Rows(first, _staged - first), chosen, width);
        Span<int> labels = _labelRows.AsSpan(first), tasks = _taskRows.AsSpan(first);
        for (int i = 0; i < count; i++)
        {
            _chosenIntegers[2 * i] = labels[chosen[i]];
            _chosenIntegers[(2 * i) + 1] = tasks[chosen[i]];
        }

        for (int i = 0; i < count; i++)
            (labels[i], tasks[i]) = (_chosenIntegers[2 * i], _chosenIntegers[(2 * i) + 1]);
        _x.Commit(first, count);
        _staged = first + count;
    }

    private void KeepRows(Span<float> rows, ReadOnlySpan<int> chosen, int width)
    {
        Span<float> kept = _chosenRows.AsSpan(0, chosen.Length * width);
        for (int i = 0; i < chosen.Length; i++)
            rows.Slice(chosen[i] * width, width).CopyTo(kept[(i * width)..]);
        kept.CopyTo(rows);
    }

    /// <summary>Adds numbers to the logits of staged rows in every pass until the next batch is staged: the log of a class's weight, or <see cref="Hidden"/>.</summary>
    /// <param name="first">First row.</param>
    /// <param name="rows">Number of rows; rows that no call named have none.</param>
    /// <param name="perClass">One number per output.</param>
    public void Offset(int first, int rows, ReadOnlySpan<float> perClass)
    {
        int outputs = Model.Outputs;
        if (_offsets.Length < _labelRows.Length * outputs)
            Array.Resize(ref _offsets, _labelRows.Length * outputs);
        if (first > _offsetRows)
            _offsets.AsSpan(_offsetRows * outputs, (first - _offsetRows) * outputs).Clear();
        for (int i = first; i < first + rows; i++)
            perClass.CopyTo(_offsets.AsSpan(i * outputs, outputs));
        _offsetRows = Math.Max(_offsetRows, first + rows);
    }

    /// <summary>The offset of an output that a row's loss does not see.</summary>
    internal const float Hidden = Masked;

    private bool HasOffsets => _head != HeadPolicy.Shared || _offsetRows > 0;

    // the offsets of one row: its head's mask and what its loss adds
    private void AddOffsets(int row, Span<float> offsets)
    {
        if (_head == HeadPolicy.Shared)
            offsets.Clear();
        else
            Mask(_taskRows[row]).CopyTo(offsets);
        if (row >= _offsetRows)
            return;
        ReadOnlySpan<float> own = _offsets.AsSpan(row * offsets.Length, offsets.Length);
        for (int c = 0; c < offsets.Length; c++)
            offsets[c] = Math.Max(Masked, offsets[c] + own[c]);
    }

    // θ + d on a vector of its own: the model is run under it, and the parameters stay what they are, bit for bit
    private void ScoreByStep(in ScoredSamples samples, in Tensor update, Span<float> scores)
    {
        if (_losses.Length < samples.Count)
            _losses = new float[samples.Count];
        Span<float> before = _losses.AsSpan(0, samples.Count);
        Tensor moved = Moved();
        Device.Zip(default(AddOp), Values.View, update.View, moved.View);
        _scorer!.Losses(samples, Values, before);
        _scorer.Losses(samples, moved, scores);
        for (int i = 0; i < scores.Length; i++)
            scores[i] -= before[i];
    }

    private void ScoreBySample(in ScoredSamples samples, ConflictCriterion criterion, in Tensor direction, double squares, Span<float> scores)
    {
        int count = samples.Count;
        if (_products.Length < count)
            (_products, _norms) = (new double[count], new double[count]);
        Span<double> products = _products.AsSpan(0, count), norms = _norms.AsSpan(0, count);
        _scorer!.ChangesBySample(samples, Values, direction, products, norms);
        double length = Math.Sqrt(squares);
        for (int i = 0; i < count; i++)
        {
            scores[i] = (float)(criterion switch
            {
                ConflictCriterion.LossChange => products[i],
                ConflictCriterion.Cosine => norms[i] == 0 ? 0 : products[i] / (norms[i] * length), // a gradient of zero agrees and conflicts with nothing
                _ => (norms[i] * norms[i]) + squares - (2 * products[i]),
            });
        }
    }

    // the head's weight is the last matrix of every model
    private int LastLayer()
    {
        int last = Model.Parameters.Count - 1;
        while (last > 0 && Model.Parameters[last].Layout.Rank < 2)
            last--;
        return last;
    }

    private Tensor Moved() => _moved.IsEmpty ? _moved = Tensor.Zeros(Device, Values.Count) : _moved;

    private void DisposeScoring()
    {
        _scorer?.Dispose();
        _update.Dispose();
        _moved.Dispose();
        foreach ((_, Tensor preview) in _states)
            preview.Dispose();
    }
}
