using Engram.Data;
using Engram.Kernels;
using Engram.Models;
using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>
/// A network that learns a stream of tasks, one batch at a time: <see cref="Observe"/> a batch, <see cref="EndTask(ITaskSamples?)"/>,
/// <see cref="Predict"/>, <see cref="Save"/>, <see cref="Load"/>. A learner saved and loaded after any batch continues bit for bit.
/// </summary>
/// <remarks>Not thread-safe: one learner, one thread. Steps between task ends allocate nothing in steady state.</remarks>
public sealed partial class Learner : IDisposable
{
    private readonly LearnerOptions _options;
    private readonly TrainingStep _step;
    private readonly IStrategy _strategy;
    private readonly Staging _evaluation;
    private readonly bool _storesBytes;
    private readonly List<TaskInfo> _tasks = [];
    private StreamCollector? _collector;
    private bool _taskRunning;

    /// <summary>A learner with fresh parameters.</summary>
    /// <exception cref="ArgumentException">Settings are wrong; the message lists all problems.</exception>
    public Learner(LearnerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] problems = [.. options.Problems()];
        if (problems.Length > 0)
            throw new ArgumentException($"learner: {string.Join("; ", problems)}", nameof(options));
        _options = options;
        _step = new TrainingStep(options);
        _strategy = options.Strategy.CreateWhole(_step);
        _evaluation = new Staging(_step.Device, Model.Inputs);
        _storesBytes = options.Strategy.Memory is BufferOptions { Payload: SamplePayload.Byte, Storage: not BufferStorage.TaskEnd };
    }

    /// <summary>The network.</summary>
    public Model Model => _step.Model;

    /// <summary>What the learner was made of.</summary>
    public LearnerOptions Options => _options;

    /// <summary>All parameters as one vector [p]; writing to it changes the network.</summary>
    public Tensor Values => _step.Values;

    /// <summary>Running statistics [s] of the network's normalization layers; default when it has none.</summary>
    public Tensor State => _step.State;

    /// <summary>The gradient [p] that the last step went along, after any constraint.</summary>
    public Tensor Gradient => _step.Gradient;

    /// <summary>Steps taken so far.</summary>
    public long Steps => _step.Steps;

    /// <summary>Tasks begun so far, in order.</summary>
    public IReadOnlyList<TaskInfo> Tasks => _tasks;

    /// <summary>True between the beginning of a task and its end.</summary>
    public bool TaskRunning => _taskRunning;

    /// <summary>The strategy's memory, or null.</summary>
    public IReplaySource? Replay => _strategy.Replay;

    /// <summary>The strategy's gradient constraint, with its counters, or null.</summary>
    public IGradientConstraint? Constraint => _strategy.Constraint;

    /// <summary>The vectors and passes of a step, for measurements.</summary>
    internal TrainingStep Step => _step;

    /// <summary>Who was replayed so far, by class and by age; null for a strategy that does not count it.</summary>
    public RetrievalCounts? Retrieved => _strategy.Retrieved;

    /// <summary>Adds what the strategy can tell about its work so far (who was retrieved, and how many candidates conflicted) to some figures.</summary>
    public void Describe(IDictionary<string, double> figures) => _strategy.Describe(figures);

    /// <summary>What the memory of the past costs now. The collector of a running task is working memory and not counted.</summary>
    public MemoryUse Memory => Replay?.MemoryUse ?? MemoryUse.None;

    /// <summary>
    /// Bytes that the learner holds now: parameters, gradients, optimizer state, step memory (which never shrinks), <see cref="Memory"/> and its rows that
    /// steps keep decoded. Not the other inputs, not the process.
    /// </summary>
    public long HeldBytes =>
        (sizeof(float) * ((Values.Count * 2L) + _step.Optimizer.State.Sum(part => (long)part.State.Count) + _step.Tape.Arena.Reserved))
        + _strategy.WorkBytes + _step.SettledBytes + Memory.TotalBytes;

    /// <summary>Begins a task. Calling it is optional: the first batch after a task's end begins one with all outputs.</summary>
    /// <exception cref="InvalidOperationException">A task is running, or there is no head left for it.</exception>
    /// <exception cref="ArgumentException">A class of the task is no output of the model.</exception>
    public void BeginTask(TaskInfo task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (_taskRunning)
            throw new InvalidOperationException($"begin task: task {_tasks.Count - 1} is still running; call EndTask first");
        CheckClasses("begin task", task.Classes);
        if (_options.Head == HeadPolicy.MultiHead && _tasks.Count == Model.Outputs / _step.LabelCount)
            throw new InvalidOperationException($"begin task: the model's {Model.Outputs} outputs are {_tasks.Count} heads of {_step.LabelCount}, and all belong to earlier tasks; " +
                "build it with more outputs");
        _tasks.Add(task);
        _taskRunning = true;
        _step.Task = _tasks.Count - 1;
        _step.SetClasses(_step.Task, task.Classes);
        TaskContext context = Context();
        _strategy.BeginTask(context);
        _collector = CollectorFor(context);
        _collector?.BeginTask(context);
    }

    /// <summary>Learns from one batch: one optimizer step.</summary>
    /// <exception cref="ArgumentException">Wrong number of features, a label that is no output (or not one of a masked task), NaN or infinity,
    /// an empty batch, or values that the memory's payload cannot hold. Nothing has changed then.</exception>
    /// <exception cref="DivergenceException">The loss is not finite.</exception>
    public StepReport Observe(in Batch batch)
    {
        InputCheck.Batch(batch, Model.Inputs, _step.LabelCount, Model.Outputs / _step.LabelCount, _options.CheckInputs);
        if (_storesBytes)
            InputCheck.UnitInterval(batch.X, Model.Inputs);
        if (!_taskRunning)
            BeginTask(new TaskInfo { Classes = batch.AllowedClasses.ToArray() });
        if (batch.Task >= 0 && batch.Task != _step.Task)
            throw new ArgumentException($"observe: the batch belongs to task {batch.Task}, task {_step.Task} is running; call EndTask (and BeginTask) between tasks");
        if (_options.Head != HeadPolicy.Shared && batch.Tasks.IsEmpty)
            CheckMask(batch);
        StepReport report = _strategy.Observe(batch, _step);
        if (_collector is not null)
        {
            RandomCursor random = _step.Random("collector");
            _collector.Observe(batch, _step.Task, ref random);
        }

        return report;
    }

    /// <summary>Ends the running task: memories that are filled at a task's end take what they need from its training samples.</summary>
    /// <param name="samples">
    /// The task's training samples. May be null when the strategy's memory wants none, or when it collects them from the stream
    /// (<see cref="ReplaySourceOptions.CollectFromStream"/>).
    /// </param>
    /// <exception cref="InvalidOperationException">No task is running, or samples are needed and there are none.</exception>
    public void EndTask(ITaskSamples? samples = null)
    {
        if (!_taskRunning)
            throw new InvalidOperationException("end task: no task is running; begin one with BeginTask or by observing a batch");
        TaskContext context = Context();
        samples ??= _collector;
        if ((Replay?.SamplesWanted(context) ?? 0) > 0)
        {
            if (samples is null || samples.Count == 0)
                throw new InvalidOperationException($"end task: the memory wants training samples of task {_step.Task} and got none; pass them to EndTask, " +
                    "or set strategy.replay.collectFromStream to true before the task begins");
            if (samples.Features != Model.Inputs)
                throw new ArgumentException($"end task: the samples have {samples.Features} features, the model reads {Model.Inputs}");
        }

        _strategy.EndTask(context, samples);
        _collector = null;
        _taskRunning = false;
    }

    /// <summary>Ends the running task with its training images.</summary>
    public void EndTask(ImageSet images) => EndTask(new ImageSetSamples(images));

    /// <inheritdoc/>
    public void Dispose()
    {
        (_strategy as IDisposable)?.Dispose();
        _evaluation.Dispose();
        _step.Dispose();
    }

    private TaskContext Context() => new(_step.Task, _tasks[_step.Task], Model.Inputs, _step.LabelCount, _options.Seed)
    {
        // a single row of numbers is no image
        Image = Model.InputShape is { Channels: 1, Height: 1 } ? null : Model.InputShape,
    };

    private StreamCollector? CollectorFor(in TaskContext context)
    {
        int wanted = _options.Strategy.Memory is { CollectFromStream: true } ? Replay!.SamplesWanted(context) : 0;
        return wanted == 0 ? null : new StreamCollector(Model.Inputs, wanted);
    }

    private void CheckClasses(string op, ReadOnlySpan<int> classes)
    {
        foreach (int c in classes)
        {
            if ((uint)c >= (uint)_step.LabelCount)
                throw new ArgumentException($"{op}: class {c} is no output of {(_options.Head == HeadPolicy.MultiHead ? "a task's head" : "the model")}, " +
                    $"which has outputs 0 to {_step.LabelCount - 1}");
        }
    }

    // a batch may name its task's classes instead of BeginTask
    private void CheckMask(in Batch batch)
    {
        if (!batch.AllowedClasses.IsEmpty && !batch.AllowedClasses.SequenceEqual(_tasks[_step.Task].Classes))
        {
            CheckClasses("observe", batch.AllowedClasses);
            _tasks[_step.Task] = _tasks[_step.Task] with { Classes = batch.AllowedClasses.ToArray() };
            _step.SetClasses(_step.Task, batch.AllowedClasses);
        }

        for (int row = 0; row < batch.Count; row++)
        {
            if (!_step.Allows(_step.Task, batch.Labels[row]))
                throw new ArgumentException($"observe: the label of row {row} is {batch.Labels[row]}, which the {(_options.Head == HeadPolicy.Masked ? "masked head" : "head")} hides in task {_step.Task} " +
                    $"(classes {string.Join(", ", _tasks[_step.Task].Classes)}); add it to the task's classes or use the shared head");
        }
    }
}
