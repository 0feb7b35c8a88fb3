using Engram.Autograd;
using Engram.Kernels;
using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>
/// What a strategy works with in one step: rows are staged (the batch, then replayed rows behind it), a range of them is differentiated into
/// a flat gradient, and the optimizer moves the parameters. In steady state none of it allocates.
/// </summary>
public sealed partial class TrainingStep : IDisposable
{
    private const float Masked = -1e30f; // far below any logit, yet finite: exp gives exactly 0, and no NaN can arise

    private readonly ulong _seed;
    private readonly HeadPolicy _head;
    private readonly int _outputsPerTask;
    private readonly List<float[]> _masks = [];
    private readonly Staging _x;
    private readonly Staging _mask;
    private readonly InputPreparation _inputs;
    private readonly Optimizer _optimizer;
    private readonly OptimizerOptions _optimizerOptions;
    private readonly Tape _tape;
    private DeviceBuffer<int>? _labels;
    private readonly Tensor _stateBefore;
    private readonly Tensor _stateKept;
    private int[] _labelRows = [];
    private int[] _columnRows = [];
    private int[] _taskRows = [];
    private int _staged;
    private int _prepared;
    private readonly float[] _row;
    private ulong _passes;
    private Tensor _logits; // of the last pass, until the next one

    internal TrainingStep(LearnerOptions options)
    {
        Model = options.Model;
        _optimizerOptions = options.Optimizer;
        Device = options.Device ?? Device.Host;
        _seed = options.Seed;
        _head = options.Head;
        _outputsPerTask = options.Head == HeadPolicy.MultiHead ? options.OutputsPerTask : Model.Outputs;
        Values = Model.CreateValues(Device, _seed);
        State = Model.CreateState(Device);
        _stateBefore = Model.CreateState(Device);
        _stateKept = Model.CreateState(Device);
        Gradient = Tensor.Zeros(Device, Values.Count);
        _optimizer = options.Optimizer.Create(Device, Values.Count);
        _tape = new Tape(Device, options.Strategy.CreateSavedTensors());
        _x = new Staging(Device, Model.Inputs);
        _inputs = new InputPreparation(Model.InputShape, options.Normalization, options.Augmentation);
        _mask = new Staging(Device, Model.Outputs);
        _row = new float[Model.Inputs];
    }

    /// <summary>The network.</summary>
    public Model Model { get; }

    /// <summary>Where kernels run.</summary>
    public Device Device { get; }

    /// <summary>Parameters [p].</summary>
    public Tensor Values { get; }

    /// <summary>
    /// Running statistics [s] of normalization layers; default for a network without any. Every differentiated batch moves them, replayed and
    /// reference batches too, as in the published PyTorch code of these methods.
    /// </summary>
    public Tensor State { get; }

    /// <summary>The gradient [p] that <see cref="Apply"/> steps along.</summary>
    public Tensor Gradient { get; }

    /// <summary>Steps taken so far.</summary>
    public long Steps { get; internal set; }

    /// <summary>Number of the running task.</summary>
    public int Task { get; internal set; }

    /// <summary>Labels are below this: the model's outputs, with several heads those of one head.</summary>
    internal int LabelCount => _outputsPerTask;

    internal Tape Tape => _tape;

    /// <summary>The learner's seed.</summary>
    internal ulong Seed => _seed;

    internal Optimizer Optimizer => _optimizer;

    /// <summary>Random numbers of the running step for one purpose; the same after a resume as without one.</summary>
    public RandomCursor Random(string purpose) => new(RandomStream.For(_seed, purpose, (ulong)Steps));

    /// <summary>Puts the batch into the first rows.</summary>
    /// <returns>The number of rows staged.</returns>
    public int Stage(in Batch batch)
    {
        int rows = batch.Count;
        if (rows > _settledFirst)
            ForgetSettled();
        Reserve(rows);
        KeepPlain(0, batch.X);
        _inputs.Copy(batch.X, _x.Rows(0, rows), AugmentationStream(), !_pairs);
        _x.Commit(0, rows);
        batch.Labels.CopyTo(_labelRows);
        if (batch.Tasks.IsEmpty)
            _taskRows.AsSpan(0, rows).Fill(Task);
        else
            batch.Tasks.CopyTo(_taskRows);
        if (!State.IsEmpty)
            State.CopyTo(_stateBefore);
        _passes = 0;
        _viewed = false;
        _offsetRows = 0;
        return _batchRows = _prepared = _staged = rows;
    }

    /// <summary>Draws rows from a memory and puts them behind the rows staged so far.</summary>
    /// <param name="source">The memory.</param>
    /// <param name="count">Rows wanted; fewer come when the memory holds fewer.</param>
    /// <param name="scope">Which part of the memory.</param>
    /// <param name="random">Draws of this step.</param>
    /// <returns>The number of rows added.</returns>
    public int StageReplay(IReplaySource source, int count, ReplayScope scope, ref RandomCursor random)
    {
        int available = Math.Min(count, source.Available(scope));
        if (available == 0)
            return 0;
        ForgetSettled();
        Reserve(_staged + available);
        int drawn = source.Draw(scope, ref random, _x.Rows(_staged, available), _labelRows.AsSpan(_staged, available), _taskRows.AsSpan(_staged, available));
        KeepPlain(_staged, _x.Rows(_staged, drawn));
        _inputs.Change(_x.Rows(_staged, drawn), AugmentationStream(), _prepared, !_pairs);
        _x.Commit(_staged, drawn);
        _staged += drawn;
        _prepared += drawn;
        return drawn;
    }

    /// <summary>Puts rows of one task behind the first rows of the step, in the place of whatever was staged there.</summary>
    /// <param name="source">The memory.</param>
    /// <param name="task">Number of the task.</param>
    /// <param name="most">Rows wanted; fewer come when the memory holds fewer.</param>
    /// <param name="keep">Rows that stay: the first ones.</param>
    /// <param name="random">Draws of this step.</param>
    /// <returns>The number of rows, from row <paramref name="keep"/> on.</returns>
    public int StageTask(IReplaySource source, int task, int most, int keep, ref RandomCursor random)
    {
        int count = Math.Min(most, source.AvailableOf(task));
        _staged = Math.Min(_staged, keep);
        if (count == 0)
            return 0;
        if (keep < _settledEnd)
            ForgetSettled();
        Reserve(keep + count);
        int drawn = source.DrawTask(task, ref random, _x.Rows(keep, count), _labelRows.AsSpan(keep, count));
        _taskRows.AsSpan(keep, drawn).Fill(task);
        KeepPlain(keep, _x.Rows(keep, drawn));
        _inputs.Change(_x.Rows(keep, drawn), AugmentationStream(), _prepared, !_pairs);
        _x.Commit(keep, drawn);
        _staged = keep + drawn;
        _prepared += drawn;
        return drawn;
    }

    /// <summary>Numbers of the tasks that staged rows come from.</summary>
    public ReadOnlySpan<int> TasksOf(int first, int rows) => _taskRows.AsSpan(first, rows);

    /// <summary>Labels of staged rows.</summary>
    public ReadOnlySpan<int> LabelsOf(int first, int rows) => _labelRows.AsSpan(first, rows);

    /// <summary>Reorders staged rows of one task: row i becomes what row order[i] was.</summary>
    /// <param name="first">First row.</param>
    /// <param name="order">A permutation; used up.</param>
    internal void Reorder(int first, Span<int> order)
    {
        Span<float> x = _x.Rows(first, order.Length), kept = _row;
        Span<int> labels = _labelRows.AsSpan(first, order.Length);
        int width = Model.Inputs;
        for (int start = 0; start < order.Length; start++)
        {
            if (order[start] == start || order[start] < 0)
                continue;
            x.Slice(start * width, width).CopyTo(kept);
            int label = labels[start], at = start;
            while (order[at] != start)
            {
                int from = order[at];
                x.Slice(from * width, width).CopyTo(x[(at * width)..]);
                labels[at] = labels[from];
                order[at] = -1;
                at = from;
            }

            kept.CopyTo(x[(at * width)..]);
            labels[at] = label;
            order[at] = -1;
        }

        _x.Commit(first, order.Length);
    }

    /// <summary>Mean cross-entropy over a range of staged rows, and its gradient.</summary>
    /// <param name="first">First row.</param>
    /// <param name="rows">Number of rows, at least 1.</param>
    /// <param name="gradient">Receives d loss / d values [p].</param>
    /// <returns>The loss.</returns>
    /// <exception cref="DivergenceException">The loss is not finite; parameters, running statistics and memory are as before the step.</exception>
    public float Differentiate(int first, int rows, in Tensor gradient) => DifferentiateLoss(first, rows, gradient, null);

    private float DifferentiateLoss(int first, int rows, in Tensor gradient, Staging? targets, bool training = true, float temperature = 0)
    {
        Device.Upload<int>(ColumnsOf(first, rows), _labels!, first);
        try
        {
            _tape.Begin(Model.Parameters, Values, gradient);
            _tape.Attach(Model.State, State, training, RandomStream.For(_seed, "forward", (ulong)Steps).Branch(_passes++));
            Variable loss = targets is null && Contrasts ? ContrastLoss(first, rows) : LogitLoss(first, rows, targets, temperature);
            _tape.Backward(loss);
            float value = loss.Value.ToScalar();
            return float.IsFinite(value) ? value
                : throw new DivergenceException($"step {Steps + 1}: the loss is {value}; the parameters have diverged. Lower optimizer.learningRate, " +
                    "or look for extreme values in the inputs.");
        }
        catch
        {
            if (!State.IsEmpty)
                _stateBefore.CopyTo(State); // forward has moved the running statistics already
            throw;
        }
    }

    private Variable LogitLoss(int first, int rows, Staging? targets, float temperature)
    {
        Variable logits = Model.Forward(_tape.Constant(_x.Slice(first, rows)));
        _logits = logits.Value;
        if (targets is not null)
            return temperature > 0 ? Softened(logits, targets, rows, temperature) : SquaredError(logits, targets, rows);
        if (HasOffsets)
            logits += _tape.Constant(MaskOf(first, rows));
        return SoftmaxCrossEntropy.Apply(logits, new IndexView(_labels!, first, rows));
    }

    /// <summary>
    /// <see cref="Differentiate"/> for rows that are looked at and not learned from: running statistics are afterwards what they were before.
    /// </summary>
    public float DifferentiateReference(int first, int rows, in Tensor gradient)
    {
        if (State.IsEmpty)
            return Differentiate(first, rows, gradient);
        State.CopyTo(_stateKept);
        float loss = Differentiate(first, rows, gradient);
        _stateKept.CopyTo(State);
        return loss;
    }

    /// <summary>One optimizer step along <see cref="Gradient"/>.</summary>
    public void Apply()
    {
        MaskGradient();
        BeforeApply?.Invoke(this);
        _optimizer.Step(Values, Gradient);
        RestoreFrozen();
        Steps++;
    }

    /// <summary>Logits of some inputs, [count, outputs], valid until the next step.</summary>
    internal Tensor Forward(in Tensor x) => Forward(x, Values, State);

    /// <summary>Logits under other parameters and running statistics.</summary>
    internal Tensor Forward(in Tensor x, in Tensor values, in Tensor state)
    {
        _tape.BeginNoGrad(Model.Parameters, values);
        _tape.Attach(Model.State, state, training: false, default);
        return Model.Forward(_tape.Constant(x)).Value;
    }

    /// <summary>Notes the labels of a task; empty for all.</summary>
    internal void SetClasses(int task, ReadOnlySpan<int> classes)
    {
        float[] mask = Mask(task);
        mask.AsSpan().Fill(Masked);
        if (classes.IsEmpty)
            mask.AsSpan(ColumnOf(task, 0), _outputsPerTask).Clear();
        foreach (int c in classes)
            mask[ColumnOf(task, c)] = 0;
    }

    /// <summary>True when the loss of the task's samples sees the output of a label.</summary>
    internal bool Allows(int task, int label) => _head == HeadPolicy.Shared || Mask(task)[ColumnOf(task, label)] == 0;

    /// <summary>The output of a label in a task: with several heads, that of the task's own.</summary>
    internal int ColumnOf(int task, int label) => _head == HeadPolicy.MultiHead ? task * _outputsPerTask + label : label;

    private float[] Mask(int task)
    {
        while (_masks.Count <= task)
        {
            _masks.Add(new float[Model.Outputs]);
            SetClasses(_masks.Count - 1, default);
        }
        return _masks[task];
    }

    private ReadOnlySpan<int> ColumnsOf(int first, int rows)
    {
        if (_head != HeadPolicy.MultiHead)
            return _labelRows.AsSpan(first, rows);
        Span<int> columns = _columnRows.AsSpan(first, rows);
        for (int i = 0; i < rows; i++)
            columns[i] = ColumnOf(_taskRows[first + i], _labelRows[first + i]);
        return columns;
    }

    private RandomStream AugmentationStream() => RandomStream.For(_seed, "augmentation", (ulong)Steps);

    private Tensor MaskOf(int first, int rows)
    {
        _mask.Reserve(_taskRows.Length);
        Span<float> mask = _mask.Rows(first, rows);
        for (int i = 0; i < rows; i++)
            AddOffsets(first + i, mask.Slice(i * Model.Outputs, Model.Outputs));
        _mask.Commit(first, rows);
        return _mask.Slice(first, rows);
    }

    // growing keeps the rows staged so far: replayed rows are staged behind a batch of a size seen before only later
    private void Reserve(int rows)
    {
        if (rows <= _x.Capacity && rows <= _labelRows.Length)
            return;
        int capacity = Math.Max(rows, 2 * _x.Capacity);
        int held = Math.Max(_staged, _settledEnd);
        float[] kept = held == 0 ? [] : _x.Rows(0, held).ToArray();
        try
        {
            _x.Reserve(capacity);
            DeviceBuffer<int> labels = Device.Allocate<int>(capacity);
            _labels?.Dispose();
            _labels = labels;
        }
        catch (OutOfMemoryException)
        {
            // a batch that does not fit: the rows staged so far are lost, the next batch begins anew
            ForgetSettled();
            _staged = _prepared = 0;
            throw;
        }

        kept.CopyTo(_x.Rows(0, capacity));
        _x.Commit(0, held);
        Array.Resize(ref _labelRows, capacity);
        Array.Resize(ref _taskRows, capacity);
        Array.Resize(ref _columnRows, capacity);
        if (_pairs)
            Array.Resize(ref _plain, capacity * Model.Inputs);
        if (_offsets.Length > 0)
            Array.Resize(ref _offsets, capacity * Model.Outputs);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        DisposeScoring();
        _targets?.Dispose();
        _hiddenClasses?.Dispose();
        _free.Dispose();
        _held.Dispose();
        _partners?.Dispose();
        _tape.Dispose();
        _x.Dispose();
        _mask.Dispose();
        _labels?.Dispose();
        Values.Dispose();
        State.Dispose();
        _stateBefore.Dispose();
        _stateKept.Dispose();
        Gradient.Dispose();
        foreach ((_, Tensor state) in _optimizer.State)
            state.Dispose();
    }
}
