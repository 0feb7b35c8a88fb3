using Engram.Autograd;
using Engram.Kernels;
using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>
/// Another strategy in a network that is packed task by task (see <see cref="PackNetOptions"/>). Task k ends: of every layer's free weights the largest are kept, the
/// others set to 0; some steps over the kept ones alone; then they freeze. Steps are the other strategy's.
/// </summary>
internal sealed class PackNet : IStrategy, IDisposable
{
    private readonly IStrategy _inner;
    private readonly PackNetOptions _options;
    private readonly TrainingStep _step;
    private readonly int[] _owner; // 0: free; k + 1: kept by task k
    private readonly int _head; // parameters from here on belong to the head
    private readonly int[] _labels; // of the running task
    private readonly int[] _seen; // of all tasks
    private readonly List<float[]> _states = []; // running statistics at the ends of packed tasks
    private readonly Tensor _shown, _shownState;
    private int _finished;
    private int _batch = 1;

    public PackNet(IStrategy inner, PackNetOptions options, TrainingStep step)
    {
        (_inner, _options, _step) = (inner, options, step);
        _owner = new int[step.Values.Count];
        _head = step.Model.Parameters.Last(parameter => parameter.Layout.Rank > 1).Index;
        (_labels, _seen) = (new int[step.LabelCount], new int[step.LabelCount]);
        if (options.Test == PackNetTest.Own)
            (_shown, _shownState) = (Tensor.Zeros(step.Device, step.Values.Count), step.Model.CreateState(step.Device));
    }

    public IReplaySource? Replay => _inner.Replay;

    public IGradientConstraint? Constraint => _inner.Constraint;

    public RetrievalCounts? Retrieved => _inner.Retrieved;

    public long WorkBytes => _inner.WorkBytes + _step.FrozenBytes
        + (sizeof(float) * ((long)_owner.Length + (_shown.IsEmpty ? 0 : _shown.Count) + _states.Sum(state => (long)state.Length)));

    public Tensor? Logits(in Tensor x) => _inner.Logits(x);

    public Tensor? Proxies() => _inner.Proxies();

    public void BeginTask(in TaskContext task)
    {
        Array.Clear(_labels);
        _inner.BeginTask(task);
    }

    public StepReport Observe(in Batch batch, TrainingStep step)
    {
        foreach (int label in batch.Labels)
            _labels[label] = _seen[label] = 1;
        _batch = Math.Max(_batch, batch.Count);
        return _inner.Observe(batch, step);
    }

    public void EndTask(in TaskContext task, ITaskSamples? samples)
    {
        if (task.Index < _options.Tasks)
        {
            Prune(task.Index + 1);
            if (_options.RetrainSteps > 0)
                Retrain(task, samples);
            Own(task.Index + 1);
            FreezeKept();
        }

        _finished = task.Index + 1;
        _inner.EndTask(task, samples);
    }

    public (Tensor Values, Tensor State)? NetworkOf(int task)
    {
        if (_options.Test != PackNetTest.Own || task < 0 || task >= Math.Min(_finished, _options.Tasks))
            return _inner.NetworkOf(task);
        float[] values = _step.Values.ToArray();
        foreach (Parameter parameter in Packed())
        {
            for (int i = parameter.Offset; i < parameter.Offset + parameter.Count; i++)
                values[i] = _owner[i] == 0 || _owner[i] > task + 1 ? 0f : values[i];
        }

        _step.Device.Upload<float>(values, _shown.View.Buffer, 0);
        if (_step.State.IsEmpty)
            return (_shown, _step.State);
        _step.Device.Upload<float>(_states[task], _shownState.View.Buffer, 0);
        return (_shown, _shownState);
    }

    public void Describe(IDictionary<string, double> figures)
    {
        _inner.Describe(figures);
        long all = Packed().Sum(parameter => (long)parameter.Count), kept = Packed().Sum(parameter => (long)OwnersOf(parameter).Count(owner => owner > 0));
        figures["packedShare"] = (double)kept / all;
    }

    public void Save(CheckpointWriter writer)
    {
        _inner.Save(writer);
        writer.Counter("packnet.finished", _finished);
        writer.Counter("packnet.batch", _batch);
        writer.Array("packnet.owner", _owner);
        writer.Array("packnet.labels", _labels);
        writer.Array("packnet.seen", _seen);
        for (int k = 0; k < _states.Count; k++)
            writer.Array($"packnet.state.{k}", [_states[k].Length], _states[k]);
    }

    public void Load(CheckpointReader reader)
    {
        _inner.Load(reader);
        _finished = (int)reader.Counter("packnet.finished", 0, reader.Tasks);
        _batch = (int)reader.Counter("packnet.batch", 1, int.MaxValue);
        reader.Integers("packnet.owner", _owner, 0, reader.Tasks);
        reader.Integers("packnet.labels", _labels, 0, 1);
        reader.Integers("packnet.seen", _seen, 0, 1);
        for (int k = 0; k < Math.Min(_finished, _options.Tasks) && _options.Test == PackNetTest.Own && !_step.State.IsEmpty; k++)
        {
            var state = new float[_step.State.Count];
            reader.Floats($"packnet.state.{k}", state, state.Length);
            _states.Add(state);
        }

        if (_finished > 0)
            FreezeKept();
    }

    public void Dispose()
    {
        (_inner as IDisposable)?.Dispose();
        _shown.Dispose();
        _shownState.Dispose();
    }

    // weights of layers before the head; vectors (biases, gains) are not packed
    private IEnumerable<Parameter> Packed() => _step.Model.Parameters.Where(parameter => parameter.Index < _head && parameter.Layout.Rank > 1);

    private IEnumerable<int> OwnersOf(Parameter parameter) => _owner.Skip(parameter.Offset).Take(parameter.Count);

    private void Prune(int owner)
    {
        float[] values = _step.Values.ToArray();
        foreach (Parameter parameter in Packed())
        {
            int[] free = [.. Enumerable.Range(parameter.Offset, parameter.Count).Where(i => _owner[i] == 0)];
            int keep = (int)Math.Ceiling(_options.Keep * free.Length);
            int[] order = [.. free.OrderByDescending(i => Math.Abs(values[i]))]; // a stable order: of equals the first ones
            foreach (int i in order.AsSpan(0, keep))
                _owner[i] = owner;
            foreach (int i in order.AsSpan(keep))
                values[i] = 0f;
        }

        _step.Device.Upload<float>(values, _step.Values.View.Buffer, _step.Values.Layout.Offset);
    }

    // only what the task keeps moves, and what is not packed and still free
    private void Retrain(in TaskContext task, ITaskSamples? samples)
    {
        if (samples is null || samples.Count == 0)
            throw new InvalidOperationException($"end task: packnet retrains on training samples of task {task.Index} and got none; pass them to EndTask, " +
                "or set strategy.expansion.retrainSteps to 0");
        var frozen = new bool[_owner.Length];
        for (int i = 0; i < frozen.Length; i++)
            frozen[i] = _owner[i] != 0 && _owner[i] != task.Index + 1;
        foreach (Parameter parameter in Packed())
        {
            for (int i = parameter.Offset; i < parameter.Offset + parameter.Count; i++)
                frozen[i] |= _owner[i] == 0; // pruned: stays 0
        }

        _step.Freeze(frozen);
        int rows = Math.Min(_batch, samples.Count);
        var chosen = new int[rows];
        var labels = new int[rows];
        var x = new float[rows * _step.Model.Inputs];
        float[] hidden = [.. _seen.Select(seen => seen != 0 ? 0f : TrainingStep.Hidden)];
        for (int k = 0; k < _options.RetrainSteps; k++)
        {
            RandomCursor random = _step.Random("packnet");
            random.Sample(chosen, samples.Count);
            samples.CopyTo(chosen, x, labels);
            _step.Stage(new Batch(x, labels));
            int all = rows + (Replay is { } replay ? _step.StageReplay(replay, rows, ReplayScope.All, ref random) : 0);
            if (hidden.Length == _step.Model.Outputs) // with several heads the masks hide other tasks' outputs already
                _step.Offset(0, all, hidden);
            _step.Differentiate(0, all, _step.Gradient);
            _step.Apply();
        }
    }

    private void Own(int owner)
    {
        foreach (Parameter parameter in _step.Model.Parameters.Where(parameter => parameter.Index < _head && parameter.Layout.Rank == 1))
            _owner.AsSpan(parameter.Offset, parameter.Count).Replace(0, owner);
        if (_options.Test != PackNetTest.Own)
            return;
        foreach (Parameter parameter in _step.Model.Parameters.Where(parameter => parameter.Index >= _head))
        {
            int width = parameter.Count / _step.Model.Outputs;
            for (int label = 0; label < _labels.Length; label++)
            {
                if (_labels[label] != 0)
                    _owner.AsSpan(parameter.Offset + (_step.ColumnOf(owner - 1, label) * width), width).Replace(0, owner);
            }
        }

        if (!_step.State.IsEmpty)
            _states.Add(_step.State.ToArray());
    }

    private void FreezeKept() => _step.Freeze([.. _owner.Select(owner => owner != 0)]);
}
