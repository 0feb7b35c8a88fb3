using Engram.Autograd;
using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>
/// Parameters of its own for every task: GEM's baselines "independent" (one network per task; here each of full size) and "multimodal" (one input layer per
/// task before a shared rest), arXiv 1706.08840. The task must be known at test time. No memory of samples.
/// </summary>
public sealed record SeparateOptions : StrategyOptions
{
    /// <summary>Which parameters every task has for itself.</summary>
    public SeparatePart Part { get; set; }

    /// <inheritdoc/>
    public override IEnumerable<string> Problems()
    {
        foreach (string problem in base.Problems())
            yield return problem;
        if (!Enum.IsDefined(Part))
            yield return $"strategy.part must be \"all\" or \"input-layer\", got {(int)Part}";
    }

    /// <inheritdoc/>
    public override IStrategy Create(TrainingStep step) => new Separate(Part, step);
}

/// <summary>
/// A task begins: its own parameters are drawn anew, as those of a fresh network are. Steps are fine-tuning's. A task is tested under its own parameters: those it
/// ended with, or, before it began, those it will begin with.
/// </summary>
internal sealed class Separate : IStrategy, IDisposable
{
    private readonly TrainingStep _step;
    private readonly bool _whole;
    private readonly int _own; // the first so many parameters are the task's
    private readonly List<float[]> _values = []; // of finished tasks
    private readonly List<float[]> _states = [];
    private readonly Tensor _shown;
    private readonly Tensor _shownState;
    private ulong _seed;
    private int _running = -1;

    public Separate(SeparatePart part, TrainingStep step)
    {
        _step = step;
        _whole = part == SeparatePart.All;
        ParameterSet parameters = step.Model.Parameters;
        string first = Layer(parameters[0].Name);
        _own = _whole ? parameters.Length : parameters.TakeWhile(parameter => Layer(parameter.Name) == first).Sum(parameter => parameter.Count);
        _shown = Tensor.Zeros(step.Device, parameters.Length);
        _shownState = step.Model.CreateState(step.Device);
        _seed = step.Seed;
    }

    public IReplaySource? Replay => null;

    public long WorkBytes => sizeof(float) * ((long)_shown.Count + _values.Sum(values => (long)values.Length) + _states.Sum(state => (long)state.Length));

    public void BeginTask(in TaskContext task)
    {
        _running = task.Index;
        if (task.Index == 0)
            return;
        using Tensor fresh = _step.Model.CreateValues(_step.Device, SeedOf(task.Index));
        fresh.Slice(0, 0, _own).CopyTo(_step.Values.Slice(0, 0, _own));
        if (!_whole)
            return;
        foreach ((_, Tensor state) in _step.Optimizer.State)
            state.Fill(0f);
        if (_step.State.IsEmpty)
            return;
        using Tensor statistics = _step.Model.CreateState(_step.Device);
        statistics.CopyTo(_step.State);
    }

    public StepReport Observe(in Batch batch, TrainingStep step)
    {
        int rows = step.Stage(batch);
        float loss = step.Differentiate(0, rows, step.Gradient);
        step.Apply();
        return new StepReport(step.Steps, loss, rows, 0, false);
    }

    public void EndTask(in TaskContext task, ITaskSamples? samples)
    {
        _values.Add(_step.Values.Slice(0, 0, _own).ToArray());
        if (_whole && !_step.State.IsEmpty)
            _states.Add(_step.State.ToArray());
        _running = -1;
    }

    public (Tensor Values, Tensor State)? NetworkOf(int task)
    {
        if (task < 0 || task == _running)
            return null;
        _step.Values.CopyTo(_shown);
        Tensor own = _shown.Slice(0, 0, _own);
        if (task < _values.Count)
        {
            Write(_values[task], own);
            if (_states.Count == 0)
                return (_shown, _step.State);
            Write(_states[task], _shownState);
            return (_shown, _shownState);
        }

        using Tensor fresh = _step.Model.CreateValues(_step.Device, SeedOf(task));
        fresh.Slice(0, 0, _own).CopyTo(own);
        if (!_whole || _step.State.IsEmpty)
            return (_shown, _step.State);
        using Tensor statistics = _step.Model.CreateState(_step.Device);
        statistics.CopyTo(_shownState);
        return (_shown, _shownState);
    }

    public void Save(CheckpointWriter writer)
    {
        writer.Counter("separate.finished", _values.Count);
        writer.Counter("separate.running", _running);
        for (int k = 0; k < _values.Count; k++)
            writer.Array($"separate.values.{k}", [_own], _values[k]);
        for (int k = 0; k < _states.Count; k++)
            writer.Array($"separate.state.{k}", [_states[k].Length], _states[k]);
    }

    public void Load(CheckpointReader reader)
    {
        int finished = (int)reader.Counter("separate.finished", 0, reader.Tasks);
        _running = (int)reader.Counter("separate.running", -1, reader.Tasks - 1);
        for (int k = 0; k < finished; k++)
        {
            var values = new float[_own];
            reader.Floats($"separate.values.{k}", values, _own);
            _values.Add(values);
            if (!_whole || _step.State.IsEmpty)
                continue;
            var state = new float[_step.State.Count];
            reader.Floats($"separate.state.{k}", state, state.Length);
            _states.Add(state);
        }
    }

    public void Dispose()
    {
        _shown.Dispose();
        _shownState.Dispose();
    }

    // the first task has the learner's own start, every other one that of a learner with another seed
    private ulong SeedOf(int task) => task == 0 ? _seed : _seed + (0x9E3779B97F4A7C15UL * (ulong)task);

    private static string Layer(string name) => name[..Math.Max(0, name.LastIndexOf('.'))];

    private static void Write(float[] values, in Tensor to) => to.Device.Upload<float>(values, to.View.Buffer, to.Layout.Offset);
}
