using Engram.Data;
using Engram.Kernels;
using Engram.Models;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.ContinualLearning.Tests;

public class RetrievalTests
{
    [Fact]
    public void The_highest_and_the_lowest_are_chosen_apart_and_the_same_ones_every_time() => Prop.ForAll(
        ArbMap.Default.ArbFor<(int Seed, byte Count, byte High, byte Low, bool Balanced)>(),
        input =>
        {
            int count = input.Count % 40, high = input.High % 12, low = input.Low % 12;
            var random = new RandomCursor(RandomStream.For((ulong)input.Seed, "scores", 0));
            float[] scores = new float[count];
            int[] labels = new int[count];
            for (int i = 0; i < count; i++)
                (scores[i], labels[i]) = (random.NextInt32(6) - 2.5f, random.NextInt32(4)); // few values: ties everywhere
            TieBreak ties = input.Balanced ? TieBreak.ClassBalanced : TieBreak.Index;
            var chosen = new int[high + low];
            int n = new ScoredSelection().Choose(scores, labels, high, low, ties, chosen);
            int expected = Math.Min(count, high + low), conflicting = Math.Min(count, high);
            if (n != expected || chosen.Take(n).Distinct().Count() != n)
                return false;
            int[] rest = [.. Enumerable.Range(0, count).Except(chosen.Take(n))];
            float lowestHigh = chosen.Take(conflicting).Select(i => scores[i]).DefaultIfEmpty(float.MaxValue).Min();
            float highestLow = chosen.Skip(conflicting).Take(n - conflicting).Select(i => scores[i]).DefaultIfEmpty(float.MinValue).Max();
            var again = new int[high + low];
            new ScoredSelection().Choose(scores, labels, high, low, ties, again);
            return lowestHigh >= highestLow && chosen.AsSpan().SequenceEqual(again)
                && (conflicting < high || rest.All(i => scores[i] <= lowestHigh)) && (low == 0 || n < high + low || rest.All(i => scores[i] >= highestLow));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Equals_go_by_index_or_by_the_class_chosen_least()
    {
        float[] scores = [1, 1, 1, 1, 0, 0];
        int[] labels = [0, 0, 0, 1, 1, 2];
        var chosen = new int[3];
        Assert.Equal(3, new ScoredSelection().Choose(scores, labels, 2, 1, TieBreak.Index, chosen));
        Assert.Equal([0, 1, 4], chosen);
        new ScoredSelection().Choose(scores, labels, 2, 1, TieBreak.ClassBalanced, chosen);
        Assert.Equal([0, 3, 5], chosen);
    }

    [Fact]
    public void Others_are_drawn_uniformly_from_what_is_left()
    {
        float[] scores = [5, 4, 3, 2, 1, 0];
        int[] labels = new int[6], chosen = new int[2], others = new int[2], hits = new int[6];
        var selection = new ScoredSelection();
        const int runs = 3000;
        for (int run = 0; run < runs; run++)
        {
            selection.Choose(scores, labels, 1, 1, TieBreak.Index, chosen);
            var random = new RandomCursor(RandomStream.For(1, "others", (ulong)run));
            Assert.Equal(2, selection.ChooseOthers(6, ref random, others));
            Assert.NotEqual(others[0], others[1]);
            hits[others[0]]++;
            hits[others[1]]++;
        }

        Assert.Equal(0, hits[0] + hits[5]);
        Assert.All(hits[1..5], hit => Assert.InRange(hit, runs / 2 - 150, runs / 2 + 150));
    }

    [Fact]
    public void A_score_that_is_not_finite_is_named()
    {
        Assert.Contains("candidate 1", Assert.Throws<ArgumentException>(() => new ScoredSelection().Choose([1, float.NaN], [0, 0], 1, 0, TieBreak.Index, new int[1])).Message);
        Assert.Equal(0, new ScoredSelection().Choose([], [], 5, 5, TieBreak.Index, []));
    }

    [Fact]
    public void Where_all_candidates_are_replayed_all_policies_are_one_learner()
    {
        float[] Train(StrategyOptions strategy)
        {
            using var learner = new Learner(Toy.Options(strategy));
            Toy.Train(learner, Toy.Task(0, 80), 12);
            learner.EndTask();
            Toy.Train(learner, Toy.Task(1, 80), 12);
            return learner.Values.ToArray();
        }

        var replay = new BufferOptions { Capacity = 30 };
        float[] random = Train(new PcrOptions { ReplayBatch = 6, Loss = ReplayLoss.CrossEntropy, Replay = replay });
        Assert.Equal(random, Train(new MirOptions { ReplayBatch = 6, Candidates = 6, Replay = replay }));
        Assert.Equal(random, Train(new ImirOptions { ReplayBatch = 6, Candidates = 3, Replay = replay }));
        Assert.Equal(random, Train(new BalancedRetrievalOptions { Conflicting = 3, Aligned = 3, Candidates = 6, Replay = replay }));
        Assert.Equal(random, Train(new ErOptions { ReplayBatch = 6, Replay = replay }));
        Assert.NotEqual(random, Train(new MirOptions { ReplayBatch = 6, Candidates = 20, Replay = replay }));
    }

    [Fact]
    public void Ten_to_nothing_is_MIR_to_first_order_and_nothing_to_ten_its_opposite()
    {
        float[] Train(StrategyOptions strategy)
        {
            using var learner = new Learner(Toy.Options(strategy));
            Toy.Train(learner, Toy.Task(0, 80), 30);
            return learner.Values.ToArray();
        }

        float[] mir = Train(new MirOptions { ReplayBatch = 5, Scoring = LossChangeMethod.Taylor }), imir = Train(new ImirOptions { ReplayBatch = 5 });
        Assert.Equal(mir, Train(new BalancedRetrievalOptions { Conflicting = 5, Aligned = 0 }));
        Assert.Equal(imir, Train(new BalancedRetrievalOptions { Conflicting = 0, Aligned = 5 }));
        Assert.NotEqual(mir, imir);
    }

    /// <summary>A strategy that looks: it learns as fine-tuning does and shows the step to a test before it is applied.</summary>
    private sealed record ProbeOptions(Action<TrainingStep, int> Look) : StrategyOptions
    {
        public override IStrategy Create(TrainingStep step) => new Probe(Look);

        private sealed class Probe(Action<TrainingStep, int> look) : IStrategy
        {
            public IReplaySource? Replay => null;

            public void BeginTask(in TaskContext task)
            {
            }

            public StepReport Observe(in Batch batch, TrainingStep step)
            {
                int rows = step.Stage(batch);
                look(step, rows);
                float loss = step.Differentiate(0, rows, step.Gradient);
                step.Apply();
                return new StepReport(step.Steps, loss, rows, 0, false);
            }

            public void EndTask(in TaskContext task, ITaskSamples? samples)
            {
            }

            public void Save(CheckpointWriter writer)
            {
            }

            public void Load(CheckpointReader reader)
            {
            }
        }
    }

    public static TheoryData<OptimizerOptions> Optimizers => new()
    {
        new SgdOptions { LearningRate = 0.1 },
        new SgdOptions { LearningRate = 0.05, Momentum = 0.9, Nesterov = true, WeightDecay = 1e-2 },
        new AdamOptions { LearningRate = 0.01, WeightDecay = 1e-2 },
        new AdamOptions { LearningRate = 0.01, WeightDecay = 1e-2, Decoupled = true },
    };

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void The_next_step_of_any_optimizer_is_known_before_it_is_taken(OptimizerOptions optimizer)
    {
        float[] update = [], before = [];
        Learner? learner = null;
        for (int look = 0; look < 2; look++)
        {
            bool looks = look == 0;
            using (learner = new Learner(Toy.Options(new ProbeOptions((step, rows) =>
            {
                if (!looks)
                    return;
                step.Differentiate(0, rows, step.Gradient);
                before = step.Values.ToArray();
                update = step.Update(step.Gradient).ToArray();
                Assert.Equal(before, step.Values.ToArray());
            }), optimizer)))
            {
                for (int k = 0; k < 6; k++)
                {
                    Toy.Train(learner, Toy.Task(0, 80), 1, start: k);
                    float[] after = learner.Values.ToArray();
                    for (int i = 0; looks && i < after.Length; i++)
                        Assert.Equal(after[i] - before[i], update[i], 1e-6 * Math.Max(1, Math.Abs(before[i])));
                }

                // looking changes nothing
                if (looks)
                    before = learner.Values.ToArray();
                else
                    Assert.Equal(before, learner.Values.ToArray());
            }
        }
    }

    [Fact]
    public void Scores_of_the_taylor_form_and_of_the_virtual_step_have_one_order_for_small_steps()
    {
        using var learner = new Learner(Toy.Options(new ProbeOptions((step, rows) =>
        {
            step.Differentiate(0, 4, step.Gradient);
            float[] taylor = new float[rows - 4], virtualStep = new float[rows - 4], bySample = new float[rows - 4], cosine = new float[rows - 4], last = new float[rows - 4];
            step.Score(LossChangeMethod.Taylor, ConflictCriterion.LossChange, 4, rows - 4, step.Gradient, taylor);
            step.Score(LossChangeMethod.VirtualStep, ConflictCriterion.LossChange, 4, rows - 4, step.Gradient, virtualStep);
            step.Score(LossChangeMethod.PerSample, ConflictCriterion.LossChange, 4, rows - 4, step.Gradient, bySample);
            step.Score(LossChangeMethod.PerSample, ConflictCriterion.Cosine, 4, rows - 4, step.Gradient, cosine);
            step.Score(LossChangeMethod.LastLayer, ConflictCriterion.LossChange, 4, rows - 4, step.Gradient, last);
            for (int i = 0; i < taylor.Length; i++)
            {
                Assert.Equal(bySample[i], taylor[i], 1e-5 * taylor.Max(Math.Abs));
                Assert.Equal(virtualStep[i], taylor[i], 0.02 * taylor.Max(Math.Abs));
                Assert.InRange(cosine[i], -1.0001, 1.0001);
                Assert.Equal(Math.Sign(taylor[i]), Math.Sign(cosine[i]));
                Assert.NotEqual(taylor[i], last[i]);
            }
        }), new SgdOptions { LearningRate = 0.003 }));
        Toy.Train(learner, Toy.Task(0, 80), 5, batch: 24);
    }

    [Fact]
    public void Kept_rows_stay_what_they_were_in_the_order_named()
    {
        int looks = 0;
        using var learner = new Learner(Toy.Options(new ProbeOptions((step, _) =>
        {
            int[] labels = step.LabelsOf(0, 8).ToArray();
            step.Differentiate(6, 1, step.Gradient);
            float[] six = step.Gradient.ToArray();
            step.Differentiate(3, 1, step.Gradient);
            float[] three = step.Gradient.ToArray();
            step.Keep(2, [4, 1]);
            Assert.Equal([labels[0], labels[1], labels[6], labels[3]], step.LabelsOf(0, 4).ToArray());
            step.Differentiate(2, 1, step.Gradient);
            Assert.Equal(six, step.Gradient.ToArray());
            step.Differentiate(3, 1, step.Gradient);
            Assert.Equal(three, step.Gradient.ToArray());
            looks++;
        })));
        Toy.Train(learner, Toy.Task(0, 80), 2);
        Assert.Equal(2, looks);
    }

    [Fact]
    public void Wrong_settings_are_listed_with_their_remedy()
    {
        string problems = string.Join("; ", new BalancedRetrievalOptions { Candidates = 0, Conflicting = -1, Criterion = ConflictCriterion.Cosine }.Problems());
        Assert.Contains("strategy.candidates must be 1 or more, got 0", problems);
        Assert.Contains("strategy.conflicting must be 0 to", problems);
        Assert.Contains("set strategy.scoring to \"per-sample\"", problems);
        Assert.Contains("nothing would be replayed", string.Join("; ", new BalancedRetrievalOptions { Conflicting = 0, Aligned = 0 }.Problems()));
        Assert.Empty(new MirOptions().Problems());
        LearnerOptions heads = Toy.Options(new PcrOptions()) with { Head = HeadPolicy.MultiHead, OutputsPerTask = 2 };
        Assert.Contains("contrasts the classes of a batch", string.Join("; ", heads.Problems()));
    }
}
