using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// g = ∇ loss(current batch), statistics as they were; candidates S drawn from the memory; score(x) for x in S against the step along g;
/// θ ← step(∇ loss(current batch, the N₊ highest, the N₋ lowest, N₀ others)); then the batch is offered to the memory. Where S is no larger than what is
/// replayed, all of it is, in the order drawn, and nothing is scored: all mixes of a size are then the same learner.
/// </summary>
internal sealed class RetrievalReplay(IReplaySource replay, RetrievalOptions options, TrainingStep step) : IStrategy
{
    private readonly ScoredSelection _selection = new();
    private readonly ProxyContrast? _contrast = options.Loss == ReplayLoss.ProxyContrastive ? new ProxyContrast(step.LabelCount) : null;
    private readonly ReplayScope _scope = options.FinishedTasksOnly ? ReplayScope.FinishedTasks : ReplayScope.All;
    private float[] _scores = [];
    private int[] _chosen = [];

    public IReplaySource Replay => replay;

    public long WorkBytes => step.ScoringBytes;

    public void BeginTask(in TaskContext task) => replay.BeginTask(task);

    public StepReport Observe(in Batch batch, TrainingStep step)
    {
        int current = step.Stage(batch);
        RetrievalMix mix = options.Mix(current);
        _contrast?.See(batch.Labels);
        RandomCursor draw = step.Random("replay");
        int wanted = mix.NeedsScores ? Math.Max(options.Candidates, mix.Total) : mix.Total;
        int replayed = step.StageReplay(replay, wanted, _scope, ref draw);
        if (replayed > mix.Total)
            replayed = Retrieve(step, current, replayed, mix);
        _contrast?.Joint(step, current + replayed);
        float loss = step.Differentiate(0, current + replayed, step.Gradient);
        step.Apply();
        RandomCursor write = step.Random("memory");
        replay.Observe(batch, step.Task, ref write);
        return new StepReport(step.Steps, loss, current, replayed, false);
    }

    public void EndTask(in TaskContext task, ITaskSamples? samples) => replay.EndTask(task, samples);

    public void Save(CheckpointWriter writer)
    {
        replay.Save(writer);
        if (_contrast is null)
            return;
        writer.Array("contrast.seen", Array.ConvertAll(_contrast.Seen, seen => seen ? 1 : 0));
    }

    public void Load(CheckpointReader reader)
    {
        replay.Load(reader);
        if (_contrast is null)
            return;
        int[] seen = new int[_contrast.Seen.Length];
        reader.Integers("contrast.seen", seen, 0, 1);
        for (int c = 0; c < seen.Length; c++)
            _contrast.Seen[c] = seen[c] == 1;
    }

    private int Retrieve(TrainingStep step, int current, int candidates, in RetrievalMix mix)
    {
        if (_scores.Length < candidates)
            (_scores, _chosen) = (new float[candidates], new int[candidates]);
        Span<float> scores = _scores.AsSpan(0, candidates);
        _contrast?.Candidates(step, current, candidates, options.ContrastSet);
        step.DifferentiateReference(0, current, step.Gradient);
        step.Score(options.Scoring, options.Criterion, current, candidates, step.Gradient, scores);
        int count = _selection.Choose(scores, step.LabelsOf(current, candidates), mix.Conflicting, mix.Aligned, options.Ties, _chosen);
        RandomCursor others = step.Random("retrieval");
        count += _selection.ChooseOthers(candidates, ref others, _chosen.AsSpan(count, mix.Random));
        step.Keep(current, _chosen.AsSpan(0, count));
        return count;
    }
}
