using Engram.Autograd;
using Engram.ContinualLearning.Experiments;
using Engram.Data;
using Engram.Kernels;
using Engram.Models;
using Engram.Results;

namespace Engram.ContinualLearning.Tests.Experiments;

public sealed class ConstraintGapTests : IDisposable
{
    private const string Tiny = """
        {
          "name": "gap",
          "dataset": { "name": "synthetic-digits", "train": 90, "test": 30 },
          "scenario": { "kind": "rotation", "tasks": 3, "degreesPerTask": 60 },
          "model": { "kind": "mlp", "hidden": [8] },
          "optimizer": { "kind": "sgd", "learningRate": 0.2 },
          "evaluation": { "constraintGap": { "every": 1, "samples": 1000 } },
          "methods": [
            { "name": "gem", "strategy": { "kind": "gem", "strength": 0, "replay": { "kind": "buffer", "storage": "task-ring", "perTask": 6 } } },
            { "name": "whole", "strategy": { "kind": "gem", "strength": 0, "replay": { "kind": "buffer", "storage": "task-ring", "perTask": 30 } } },
            { "name": "er", "strategy": { "kind": "er", "replay": { "kind": "buffer", "storage": "reservoir", "capacity": 9 } } },
            { "name": "d-mgem", "strategy": { "kind": "mgem", "modules": 1, "dataGroups": 2, "replay": { "kind": "buffer", "storage": "task-ring", "perTask": 6 } } },
            { "name": "finetune", "strategy": { "kind": "finetune" } }
          ]
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("engram-gap-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private RunSettings Settings(string name) => new() { OutFolder = Path.Combine(_folder, name), Threads = 1 };

    private ResultDocument Run(string name, params (string, string)[] changes) =>
        new ExperimentRunner(ExperimentFile.Parse(Tiny, changes: changes), Settings(name)).Run();

    private static double[] Gradient(Model model, float[] values, float[] x, int[] y)
    {
        using var tape = new Tape(Device.Host);
        Tensor gradient = Tensor.Zeros(Device.Host, values.Length);
        tape.Begin(model.Parameters, Tensor.From(Device.Host, values, values.Length), gradient);
        using DeviceBuffer<int> labels = Device.Host.Allocate<int>(y.Length);
        Device.Host.Upload<int>(y, labels, 0);
        tape.Backward(SoftmaxCrossEntropy.Apply(model.Forward(tape.Constant(Tensor.From(Device.Host, x, y.Length, model.Inputs))), IndexView.All(labels)));
        return [.. gradient.ToArray().Select(v => (double)v)];
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();

    private static (float[] X, int[] Y) All(ImageSet images)
    {
        var x = new float[images.Count * images.PixelCount];
        var y = new int[images.Count];
        images.CopyTo([.. Enumerable.Range(0, images.Count)], x, y);
        return (x, y);
    }

    [Fact]
    public void Every_figure_is_the_one_computed_step_by_step_outside()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Tiny);
        ConstraintGapRow measured = Run("figures").Methods[0].ConstraintGaps![0][1]; // while the third task is learned
        StreamTask[] tasks = [.. experiment.Scenario.CreateStream(experiment.Dataset.Load(null), 0)];
        using var learner = new Learner(new LearnerOptions
        {
            Model = (experiment.Model with { Input = new ImageShape(1, 28, 28), Outputs = 10 }).Create(),
            Optimizer = experiment.Optimizer,
            Strategy = experiment.Methods[0].Strategy,
        });
        var pairs = new List<(double Memory, double Data, double Lengths, double DataLengths)>();
        var fresh = new List<(double Batch, double New, double Cosine)>();
        for (int t = 0; t < 3; t++)
        {
            ImageSet train = tasks[t].Train;
            BatchPlan plan = new(train.Count, 10, 0, t);
            for (int b = 0; b < plan.BatchesPerEpoch; b++)
            {
                var indices = new int[10];
                int count = plan.Fill(0, b, indices);
                float[] x = new float[count * 784], before = learner.Values.ToArray();
                var y = new int[count];
                train.CopyTo(indices.AsSpan(0, count), x, y);
                learner.Observe(new Batch(x, y));
                if (t < 2)
                    continue;
                double[] z = [.. learner.Gradient.ToArray().Select(v => (double)v)];
                SampleStore store = ((ReplayBuffer)learner.Replay!).Store;
                for (int k = 0; k < 2; k++)
                {
                    int[] slots = [.. Enumerable.Range(0, store.Count).Where(slot => store.Tasks[slot] == k)];
                    float[] memory = new float[slots.Length * 784];
                    for (int i = 0; i < slots.Length; i++)
                        store.Read(slots[i], memory.AsSpan(i * 784, 784));
                    double[] g = Gradient(learner.Model, before, memory, [.. slots.Select(slot => store.Labels[slot])]);
                    (float[] allX, int[] allY) = All(tasks[k].Train);
                    double[] full = Gradient(learner.Model, before, allX, allY);
                    pairs.Add((Dot(z, g), Dot(z, full), Math.Sqrt(Dot(z, z) * Dot(g, g)), Math.Sqrt(Dot(z, z) * Dot(full, full))));
                }

                (float[] newX, int[] newY) = All(train);
                double[] own = Gradient(learner.Model, before, newX, newY);
                fresh.Add((Dot(z, Gradient(learner.Model, before, x, y)), Dot(z, own), Dot(z, own) / Math.Sqrt(Dot(z, z) * Dot(own, own))));
            }

            learner.EndTask();
        }

        Assert.Equal((2, 3), (measured.Task, measured.Steps));
        void Same(double expected, double actual) => Assert.Equal(expected, actual, 1e-4 * Math.Max(0.05, Math.Abs(expected)));
        Same(pairs.Average(p => p.Memory), measured.Memory);
        Same(pairs.Average(p => p.Data), measured.Data);
        Same(pairs.Average(p => p.Memory / p.Lengths), measured.MemoryCosine);
        Same(pairs.Average(p => p.Data / p.DataLengths), measured.DataCosine);
        Same(fresh.Average(f => f.Batch), measured.Batch);
        Same(fresh.Average(f => f.New), measured.New);
        Same(fresh.Average(f => f.Cosine), measured.NewCosine);
        Assert.Equal(pairs.Average(p => p.Memory >= -1e-6 * p.Lengths ? 1 : 0), measured.Held, 1e-12);
        Assert.Equal(pairs.Average(p => p.Data < -1e-6 * p.DataLengths ? 1 : 0), measured.Violated, 1e-12);
        Assert.Equal(pairs.Average(p => p.Memory >= -1e-6 * p.Lengths && p.Data < -1e-6 * p.DataLengths ? 1 : 0), measured.Hidden, 1e-12);
    }

    [Fact]
    public void A_memory_of_all_images_has_no_gap_and_a_method_without_memory_has_none_to_measure()
    {
        ResultDocument document = Run("whole");
        foreach (ConstraintGapRow row in document.Methods[1].ConstraintGaps![0])
        {
            Assert.Equal(row.Memory, row.Data, 1e-5);
            Assert.Equal((1.0, 0.0), (row.Held, row.Hidden));
        }

        Assert.Equal(0, document.Methods[1].Extras!["constraintGap"].Mean, 1e-5);
        Assert.True(double.IsNaN(document.Methods[4].ConstraintGaps![0][0].Memory));
        Assert.False(double.IsNaN(document.Methods[4].ConstraintGaps![0][0].Data));
        Assert.All(document.Methods, method => Assert.Equal([1, 2], method.ConstraintGaps![0].Select(row => row.Task)));
    }

    [Fact]
    public void A_measured_run_is_the_unmeasured_one_bit_for_bit_and_one_that_was_stopped_measures_the_same()
    {
        ResultDocument measured = Run("measured"), plain = Run("plain", ("evaluation.constraintGap", "null"));
        Assert.All(plain.Methods, method => Assert.Null(method.ConstraintGaps));
        for (int m = 0; m < measured.Methods.Count; m++)
            Assert.Equal(plain.Methods[m].AccuracyMatrices[0], measured.Methods[m].AccuracyMatrices[0]);

        ExperimentOptions experiment = ExperimentFile.Parse(Tiny);
        RunSettings stopped = Settings("stopped") with { CheckpointAfter = TimeSpan.Zero };
        ResultDocument? document = null;
        for (int attempt = 0; document is null && attempt < 60; attempt++)
        {
            using var stop = new CancellationTokenSource();
            try
            {
                document = new ExperimentRunner(experiment, stopped).Run(new StopAfterTwoReports(stop), stop.Token);
            }
            catch (OperationCanceledException)
            {
                // the next attempt goes on
            }
        }

        Assert.Equal(
            measured.Methods.Select(method => string.Join(' ', method.ConstraintGaps![0])), document!.Methods.Select(method => string.Join(' ', method.ConstraintGaps![0])));
    }

    [Fact]
    public void Wrong_settings_are_named()
    {
        string message = Assert.Throws<ConfigurationException>(() => ExperimentFile.Parse(Tiny, changes: [("evaluation.constraintGap.every", "0"), ("evaluation.constraintGap.samples", "0")])).Message;
        Assert.Contains("constraintGap.every", message);
        Assert.Contains("constraintGap.samples", message);
    }

    private sealed class StopAfterTwoReports(CancellationTokenSource stop) : IExperimentProgress
    {
        private int _reports;

        public void Advanced(ExperimentCell cell, int steps)
        {
            if (++_reports == 2)
                stop.Cancel();
        }

        public void Planned(int cells, int stored, long steps, int threads)
        {
        }

        public void Estimated(TimeSpan wall)
        {
        }

        public void Started(ExperimentCell cell, long steps)
        {
        }

        public void Finished(ExperimentCell cell, CellResult result)
        {
        }

        public void Note(string text)
        {
        }
    }
}
