using Engram.Kernels;
using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>
/// g = ∇ loss(current batch), statistics as they were; candidates S drawn from the memory; score(x) for x in S against the step along g;
/// θ ← step(∇ loss(current batch, the N₊ highest, the N₋ lowest, N₀ others)); then the batch is offered to the memory. Where S is no larger than what is
/// replayed, all of it is, in the order drawn, and nothing is scored: all mixes of a size are then the same learner.
/// </summary>
internal sealed class RetrievalReplay(IReplaySource replay, RetrievalOptions options, TrainingStep step, Distillation? distillation) : IStrategy, IDisposable
{
    // candidates scored, those of them that the step would harm, rows replayed, those of them from earlier tasks, how many tasks ago together
    private const int Scored = 0, Raised = 1, Replayed = 2, Past = 3, Age = 4;
    private static readonly string[] Tallies = ["scored", "raised", "replayed", "past", "age"];

    private readonly ScoredSelection _selection = new();
    private readonly ProxyContrast? _contrast = options.Loss == ReplayLoss.ProxyContrastive ? new ProxyContrast(step.LabelCount) : null;
    private readonly ClassMeans? _means = options.Loss == ReplayLoss.SupervisedContrastive ? new ClassMeans(replay, step) : null;
    private readonly ReplayScope _scope = options.FinishedTasksOnly ? ReplayScope.FinishedTasks : ReplayScope.All;
    private readonly RetrievalTally _tally = new(step.LabelCount);
    private readonly long[] _tallies = new long[Tallies.Length];
    private float[] _scores = [];
    private int[] _chosen = [];

    public IReplaySource Replay => replay;

    public long WorkBytes => step.ScoringBytes + (_means?.Bytes ?? 0) + (distillation?.Bytes ?? 0);

    public Tensor? Logits(in Tensor x) => _means?.Logits(x);

    public Tensor? Proxies() => _means?.Means() is { IsEmpty: false } means ? means : null;

    public RetrievalCounts? Retrieved => _tally.Counts();

    public void BeginTask(in TaskContext task)
    {
        _tally.BeginTask(task.Index);
        replay.BeginTask(task);
    }

    public StepReport Observe(in Batch batch, TrainingStep step)
    {
        int current = step.Stage(batch);
        RetrievalMix mix = options.Mix(current);
        _contrast?.Seen.See(batch.Labels);
        RandomCursor draw = step.Random("replay");
        int wanted = mix.NeedsScores ? Math.Max(options.Candidates, mix.Total) : mix.Total;
        int replayed = step.StageReplay(replay, wanted, _scope, ref draw);
        _tally.Drawn(step, current, replayed);
        bool choose = replayed > mix.Total;
        if (choose)
            replayed = Retrieve(step, current, replayed, mix);
        _tally.Replayed(step, current, replayed);
        Tally(step, current, replayed);
        int rows = options.SecondView ? step.StageViews() : current + replayed;
        float constant = _contrast?.Joint(step, rows) ?? 0f;
        float loss = constant + step.Differentiate(0, rows, step.Gradient);
        if (distillation is not null)
        {
            distillation.ReadLogits(current);
            distillation.Add(batch.Labels, replayed, choose ? _chosen.AsSpan(0, replayed) : default);
        }

        step.Apply();
        RandomCursor write = step.Random("memory");
        if (distillation?.Observe(batch, ref write) != true)
            replay.Observe(batch, step.Task, ref write);
        return new StepReport(step.Steps, loss, current, replayed, false);
    }

    public void EndTask(in TaskContext task, ITaskSamples? samples)
    {
        replay.EndTask(task, samples);
        distillation?.EndTask();
    }

    public void Save(CheckpointWriter writer)
    {
        replay.Save(writer);
        _contrast?.Seen.Save(writer);
        distillation?.Save(writer);
        _tally.Save(writer);
        for (int i = 0; i < _tallies.Length; i++)
            writer.Counter($"retrieval.{Tallies[i]}", _tallies[i]);
    }

    public void Load(CheckpointReader reader)
    {
        replay.Load(reader);
        _contrast?.Seen.Load(reader);
        distillation?.Load(reader);
        _tally.Load(reader);
        for (int i = 0; i < _tallies.Length; i++)
            _tallies[i] = reader.Counter($"retrieval.{Tallies[i]}");
    }

    public void Describe(IDictionary<string, double> figures)
    {
        if (_tallies[Scored] > 0)
            figures["conflictingShare"] = (double)_tallies[Raised] / _tallies[Scored];
        if (_tallies[Replayed] > 0)
        {
            figures["retrievedPastShare"] = (double)_tallies[Past] / _tallies[Replayed];
            figures["retrievedAge"] = (double)_tallies[Age] / _tallies[Replayed];
        }
    }

    public void Dispose()
    {
        _means?.Dispose();
        distillation?.Dispose();
    }

    private int Retrieve(TrainingStep step, int current, int candidates, in RetrievalMix mix)
    {
        if (_scores.Length < candidates)
            (_scores, _chosen) = (new float[candidates], new int[candidates]);
        Span<float> scores = _scores.AsSpan(0, candidates);
        _contrast?.Candidates(step, current, candidates, options.ContrastSet);
        step.DifferentiateReference(0, current, step.Gradient);
        // a step that moves nothing harms nobody: all scores are 0, and the order drawn decides
        bool scored = step.Score(options.Scoring, options.Criterion, current, candidates, step.Gradient, scores);
        _tallies[Scored] += scored && options.Criterion != ConflictCriterion.SquaredDifference ? candidates : 0;
        foreach (float score in scores)
            _tallies[Raised] += score > 0 && options.Criterion != ConflictCriterion.SquaredDifference ? 1 : 0;
        int count = _selection.Choose(scores, step.LabelsOf(current, candidates), mix.Conflicting, mix.Aligned, options.Ties, _chosen);
        RandomCursor others = step.Random("retrieval");
        count += _selection.ChooseOthers(candidates, ref others, _chosen.AsSpan(count, mix.Random));
        step.Keep(current, _chosen.AsSpan(0, count));
        return count;
    }

    private void Tally(TrainingStep step, int current, int replayed)
    {
        _tallies[Replayed] += replayed;
        foreach (int task in step.TasksOf(current, replayed))
        {
            _tallies[Past] += task < step.Task ? 1 : 0;
            _tallies[Age] += step.Task - task;
        }
    }
}
