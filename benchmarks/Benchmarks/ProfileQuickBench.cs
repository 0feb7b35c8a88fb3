using Engram.ContinualLearning;
using Engram.Kernels;
using Engram.Models;

namespace Engram.Benchmarks;

/// <summary>
/// Where a training step of an MLP 784-256-256-10 spends its time: the whole step through <see cref="Learner.Observe"/> against the same device entries, with
/// the same shapes in the same order, called one after the other. What is left is overhead: checking and staging the batch, tape, views. Medians of turns.
/// Options: --rounds N, --threads N, --clock wall|cpu (cpu: the calling thread's processor time; one thread).
/// </summary>
internal static class ProfileQuickBench
{
    private const int Input = 784, Hidden = 256, Outputs = 10, Repetitions = 200;

    public static int Run(string[] args)
    {
        int threads = Options.Number(args, "--threads", 1), rounds = Options.Number(args, "--rounds", 21);
        bool ownTime = Options.Text(args, "--clock") == "cpu";
        Device device = Device.Cpu(threads);
        Console.WriteLine($"device: {device.Name}; medians of {rounds} turns of {Repetitions} steps, {(ownTime ? "processor" : "wall")} time");
        Console.WriteLine($"{"batch",5} {"step us",9} {"entries us",10} {"outside %",9} {"bytes/step",10}");
        foreach (int batch in new[] { 1, 10, 32, 128 })
        {
            using var learner = new Learner(new LearnerOptions
            {
                Model = new Mlp(new MlpOptions { Input = ImageShape.Flat(Input), Hidden = [Hidden, Hidden], Outputs = Outputs }),
                Optimizer = new SgdOptions { LearningRate = 0.01 },
                Strategy = new FineTuneOptions(),
                Device = device,
            });
            var random = new Random(1);
            float[] x = [.. Enumerable.Range(0, batch * Input).Select(_ => random.NextSingle())];
            int[] labels = [.. Enumerable.Range(0, batch).Select(_ => random.Next(Outputs))];
            using var entries = new Entries(device, x, labels);
            Action step = () => learner.Observe(new Batch(x, labels)), bare = entries.Step;
            Time(step, ownTime);
            Time(bare, ownTime);
            double[] whole = new double[rounds], inside = new double[rounds];
            long before = GC.GetAllocatedBytesForCurrentThread();
            Time(step, ownTime);
            long bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Repetitions;
            for (int round = 0; round < rounds; round++)
            {
                whole[round] = Time(step, ownTime);
                inside[round] = Time(bare, ownTime);
            }

            double a = Options.Median(whole), b = Options.Median(inside);
            Console.WriteLine(FormattableString.Invariant($"{batch,5} {a * 1e6,9:F1} {b * 1e6,10:F1} {(1 - b / a) * 100,9:F1} {bytes,10}"));
        }

        return 0;
    }

    private static double Time(Action work, bool ownTime)
    {
        double start = ThreadClock.Now(ownTime);
        for (int i = 0; i < Repetitions; i++)
            work();
        return (ThreadClock.Now(ownTime) - start) / Repetitions;
    }

    /// <summary>The entries that the tape and the optimizer call in one step.</summary>
    private sealed class Entries : IDisposable
    {
        private static readonly int[] Widths = [Input, Hidden, Hidden, Outputs];

        private readonly Device _device;
        private readonly Tensor[] _values = new Tensor[4];
        private readonly Tensor[] _deltas = new Tensor[4];
        private readonly Tensor[] _weights = new Tensor[3];
        private readonly Tensor[] _biases = new Tensor[3];
        private readonly Tensor[] _weightGradients = new Tensor[3];
        private readonly Tensor[] _biasGradients = new Tensor[3];
        private readonly Tensor _parameters;
        private readonly Tensor _gradient;
        private readonly Tensor _losses;
        private readonly Tensor _mean;
        private readonly Tensor _seed;
        private readonly DeviceBuffer<int> _labels;

        public Entries(Device device, float[] x, int[] labels)
        {
            _device = device;
            int batch = labels.Length, count = 0, at = 0;
            for (int layer = 0; layer < 3; layer++)
                count += (Widths[layer] + 1) * Widths[layer + 1];
            _parameters = Tensor.Zeros(device, count);
            _gradient = Tensor.Zeros(device, count);
            var random = new Random(2);
            Span<float> values = _parameters.AsSpan();
            for (int i = 0; i < count; i++)
                values[i] = (random.NextSingle() - 0.5f) * 0.05f;
            for (int layer = 0; layer < 3; layer++)
            {
                int rows = Widths[layer + 1], columns = Widths[layer];
                (_weights[layer], _weightGradients[layer]) = (_parameters.Slice(0, at, rows * columns).Reshape(rows, columns), _gradient.Slice(0, at, rows * columns).Reshape(rows, columns));
                at += rows * columns;
                (_biases[layer], _biasGradients[layer]) = (_parameters.Slice(0, at, rows), _gradient.Slice(0, at, rows));
                at += rows;
            }

            for (int layer = 0; layer < 4; layer++)
                (_values[layer], _deltas[layer]) = (Tensor.Zeros(device, batch, Widths[layer]), Tensor.Zeros(device, batch, Widths[layer]));
            x.CopyTo(_values[0].AsSpan());
            _losses = Tensor.Zeros(device, batch);
            _mean = Tensor.Zeros(device, 1);
            _seed = Tensor.Zeros(device, 1, 1);
            _labels = device.Allocate<int>(batch);
            device.Upload<int>(labels, _labels, 0);
        }

        public void Step()
        {
            Forward(0, default(ReluOp));
            Forward(1, default(ReluOp));
            Forward(2, default(IdentityOp));
            int batch = _losses.Count;
            _device.SoftmaxCrossEntropy(_values[3].View, new IndexView(_labels, 0, batch), null, _losses.View, _deltas[3].View, 1f / batch);
            _device.Fold(FoldKind.Mean, _losses.View, _mean.View);
            _device.Fill(_seed.View, 1);
            _device.Zip(default(MultiplyOp), _deltas[3].View, _seed.BroadcastTo(_deltas[3].Layout.Sizes).View, _deltas[3].View);
            for (int layer = 2; layer >= 0; layer--)
            {
                View d = _deltas[layer + 1].View;
                if (layer < 2)
                    _device.MapBackward(default(ReluOp), d, d, _values[layer + 1].View, d, false);
                _device.Fold(FoldKind.Sum, d, _biasGradients[layer].Reshape(1, Widths[layer + 1]).View);
                _device.Gemm(_deltas[layer + 1].T.View, _values[layer].View, _weightGradients[layer].View, 1f, 0f, null, default(IdentityOp));
                if (layer > 0)
                    _device.Gemm(d, _weights[layer].View, _deltas[layer].View, 1f, 0f, null, default(IdentityOp));
            }

            _device.SgdStep(_parameters.View, _gradient.View, null, new SgdParameters { LearningRate = 0.01 });
        }

        public void Dispose()
        {
            foreach (Tensor tensor in (Tensor[])[.. _values, .. _deltas, _parameters, _gradient, _losses, _mean, _seed])
                tensor.Dispose();
            _labels.Dispose();
        }

        private void Forward<TOp>(int layer, TOp activation) where TOp : struct, IUnaryOp =>
            _device.Gemm(_values[layer].View, _weights[layer].T.View, _values[layer + 1].View, 1f, 0f, _biases[layer].View, activation);
    }
}
