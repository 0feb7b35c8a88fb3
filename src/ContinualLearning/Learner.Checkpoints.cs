using System.Text.Json;
using Engram.Autograd;
using Engram.Kernels;
using Engram.Models;

namespace Engram.ContinualLearning;

public sealed partial class Learner
{
    /// <summary>
    /// Writes everything into one safetensors file, whole or not at all: parameters and running statistics under their PyTorch names
    /// (<c>model.0.weight</c>), optimizer
    /// state, memory, counters. Random streams need no state: they are functions of seed and step.
    /// </summary>
    /// <exception cref="IOException">The file could not be written; an older one is untouched.</exception>
    public void Save(string path)
    {
        using var writer = new CheckpointWriter();
        foreach (Parameter parameter in Model.Parameters)
            writer.Array($"model.{parameter.Name}", parameter.Of(Values));
        foreach (Parameter statistic in Model.State)
            writer.Array($"model.{statistic.Name}", statistic.Of(State));
        foreach ((string name, Tensor state) in _step.Optimizer.State)
            writer.Array($"optimizer.{name}", state);
        writer.Counter("optimizer.steps", _step.Optimizer.Steps);
        writer.Counter("steps", _step.Steps);
        _strategy.Save(writer);
        _collector?.Save(writer);
        var document = new CheckpointState
        {
            Version = CheckpointState.CurrentVersion,
            Model = Model.Name,
            Inputs = Model.Inputs,
            Outputs = Model.Outputs,
            Optimizer = _options.Optimizer,
            Strategy = _options.Strategy,
            Seed = _options.Seed,
            Head = _options.Head,
            OutputsPerTask = _options.OutputsPerTask,
            Normalization = _options.Normalization,
            Augmentation = _options.Augmentation,
            CheckInputs = _options.CheckInputs,
            Tasks = [.. _tasks],
            TaskRunning = _taskRunning,
            Counters = writer.Counters,
            Digest = writer.Digest(),
        };
        writer.Save(path, JsonSerializer.Serialize(document, LearningJsonContext.Default.CheckpointState));
    }

    /// <summary>A learner that continues where the saved one stopped, bit for bit (on the same instruction set and kind of device).</summary>
    /// <param name="path">A file written by <see cref="Save"/>.</param>
    /// <param name="model">A network of the same shape; its values come from the file.</param>
    /// <param name="device">Where to compute; the CPU with one thread when omitted.</param>
    /// <exception cref="CheckpointException">The file is damaged, or belongs to another model or version.</exception>
    /// <exception cref="Formats.TensorFormatException">The file is truncated or no safetensors file.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static Learner Load(string path, Model model, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var reader = new CheckpointReader(path);
        CheckpointState state = reader.State;
        if (state.Model != model.Name || state.Inputs != model.Inputs || state.Outputs != model.Outputs)
            throw reader.Unusable($"a checkpoint of {model.Name}", $"one of {state.Model}", "Build the model that was saved.");
        var options = new LearnerOptions
        {
            Model = model,
            Device = device,
            Optimizer = state.Optimizer,
            Strategy = state.Strategy,
            Seed = state.Seed,
            Head = state.Head,
            OutputsPerTask = state.OutputsPerTask,
            Normalization = state.Normalization,
            Augmentation = state.Augmentation,
            CheckInputs = state.CheckInputs,
        };
        string[] problems = [.. options.Problems()];
        if (problems.Length > 0)
            throw reader.Unusable("valid settings", string.Join("; ", problems), "The file is damaged; use an older checkpoint.");
        var learner = new Learner(options);
        try
        {
            learner.Restore(reader);
            return learner;
        }
        catch
        {
            learner.Dispose();
            throw;
        }
    }

    private void Restore(CheckpointReader reader)
    {
        foreach (Parameter parameter in Model.Parameters)
            reader.Tensor($"model.{parameter.Name}", parameter.Of(Values));
        foreach (Parameter statistic in Model.State)
            reader.Tensor($"model.{statistic.Name}", statistic.Of(State));
        foreach ((string name, Tensor state) in _step.Optimizer.State)
            reader.Tensor($"optimizer.{name}", state);
        _step.Optimizer.Steps = reader.Counter("optimizer.steps");
        _step.Steps = reader.Counter("steps");
        _tasks.AddRange(reader.State.Tasks);
        if (_options.Head == HeadPolicy.MultiHead && _tasks.Count > Model.Outputs / _step.LabelCount)
            throw reader.Unusable($"at most {Model.Outputs / _step.LabelCount} tasks, one per head", $"{_tasks.Count}", "The file is damaged; use an older checkpoint.");
        for (int i = 0; i < _tasks.Count; i++)
        {
            if (_tasks[i].Classes.AsSpan().ContainsAnyExceptInRange(0, _step.LabelCount - 1))
                throw reader.Unusable($"classes of task {i} in 0 to {_step.LabelCount - 1}", string.Join(", ", _tasks[i].Classes), "The file is damaged; use an older checkpoint.");
            _step.SetClasses(i, _tasks[i].Classes);
        }

        _taskRunning = reader.State.TaskRunning;
        if (_taskRunning && _tasks.Count == 0)
            throw reader.Unusable("a running task", "no task at all", "The file is damaged; use an older checkpoint.");
        _step.Task = Math.Max(0, _tasks.Count - 1);
        _strategy.Load(reader);
        if (!_taskRunning)
            return;
        _collector = CollectorFor(Context());
        _collector?.Load(reader);
    }
}
