using Engram.Autograd;
using Engram.ContinualLearning;
using Engram.Kernels;
using Engram.Models;

namespace Engram.Benchmarking.Families;

/// <summary>
/// ⟨∇ℓ(x), d⟩ of every memory by <see cref="LossChangeScorer"/>; the rung is one forward and backward pass of the mean loss over the same memories. Peers are PyTorch's
/// forward-mode derivatives and its per-sample gradients.
/// </summary>
public sealed class ScoringFamily : IWorkloadFamily
{
    private const int Classes = 10;

    /// <inheritdoc/>
    public string Name => "scoring";

    /// <inheritdoc/>
    public string Description => "loss-change scores of memories, beside a forward and backward pass and PyTorch's per-sample derivatives";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases() =>
    [
        Case("mlp", 5000, ["tangents"]), // PyTorch's per-sample gradients of so many take seconds: the smaller case has them
        Case("mlp", 500, ["tangents", "samples"], quick: true),
        Case("resnet18-20", 64, ["tangents", "samples"]),
        Case("resnet18-20", 500, ["samples"]),
        Case("resnet18-20", 5000, ["samples"], onDemand: true),
    ];

    private static WorkloadCase Case(string network, int count, string[] ways, bool quick = false, bool onDemand = false) =>
        new(FormattableString.Invariant($"scoring/{network.Replace("-", "w", StringComparison.Ordinal)}-{count}"), workspace =>
        {
            Device device = workspace.Device;
            Model model = network == "mlp" ? new Mlp(new MlpOptions { Input = ImageShape.Flat(784), Hidden = [256, 256], Outputs = Classes }) : NetworkFamily.Create(network, 3, 32);
            Tensor values = workspace.Keep(model.CreateValues(device, 1)), state = model.CreateState(device);
            if (!state.IsEmpty)
                workspace.Keep(state);
            Tensor x = new(workspace.Uniform(1, count, model.Inputs)), direction = new(workspace.Uniform(2, model.Parameters.Length));
            device.Map(new ScaleOp(1e-3f), direction.View, direction.View);
            IndexView labels = workspace.Labels(3, count, Classes);
            float[] changes = new float[count];
            LossChangeScorer scorer = workspace.Keep(new LossChangeScorer(model, device));
            Plain plain = new(workspace, model, values, state, x, labels, scorer.BlockRows);
            return new Workload
            {
                Run = () => scorer.Changes(new ScoredSamples(x, labels, state), values, direction, changes),
                Reset = () => changes.AsSpan().Fill(float.NaN),
                Check = () => Compare(device, model, values.ToArray(), state.IsEmpty ? [] : state.ToArray(), x.ToArray(), workspace.Host(labels), direction.ToArray(), changes),
                // values and tangents: the work of a forward pass, and twice that for the derivatives of every product
                Flops = 3.0 * count * model.Summary().Flops,
                BytesRead = 4.0 * (2.0 * model.Parameters.Length + x.Count),
                BytesWritten = 4.0 * count,
                Rungs = [new Contender("forward and backward", "", plain.Run, plain.Check)],
                Python = [.. ways.Select(way => new PythonRequest("torch_scoring.py", FormattableString.Invariant($"{way} {network} {count}"), Name: way == "tangents" ? "PyTorch forward mode" : "PyTorch per sample"))],
            };
        }, quick) { OnDemand = onDemand };

    // a few samples against the slope of their own loss: from the twin's gradient, or from its central differences
    private static Deviation Compare(Device device, Model model, float[] values, float[] state, float[] x, int[] labels, float[] direction, float[] changes)
    {
        const int Checked = 6, Draws = 3;
        const double Tolerance = 1e-3;
        double[] wide = Array.ConvertAll(direction, d => (double)d);
        int[] rows = [.. Enumerable.Range(0, Checked).Select(i => i * (labels.Length - 1) / (Checked - 1))];
        MlpTwin mlp = new(784, 256, 256, Classes);
        double[] Scores(OperandNoise? noise) => Array.ConvertAll(rows, index =>
        {
            ReadOnlySpan<float> row = x.AsSpan(index * model.Inputs, model.Inputs);
            return model is Mlp
                ? System.Numerics.Tensors.TensorPrimitives.Dot<double>(mlp.Gradient(values, row, [labels[index]], noise), noise?.On(wide) ?? wide)
                : new NetworkTwin(model, state, noise).Slope(values, wide, row, [labels[index]]);
        });

        // relative to the largest of them: a score is a sum of terms of both signs
        double[] expected = Scores(null);
        double scale = expected.Max(Math.Abs);
        double Distance(double[] scores)
        {
            double worst = 0;
            for (int i = 0; i < Checked; i++)
            {
                double error = Math.Abs(scores[i] - expected[i]) / scale;
                worst = error > worst || double.IsNaN(error) ? error : worst;
            }

            return worst;
        }

        return new Deviation(Distance(Array.ConvertAll(rows, index => (double)changes[index])), Tolerance + OperandNoise.Allowance(device, Draws, noise => Distance(Scores(noise))));
    }

    /// <summary>The gradient of the summed losses in blocks as the scorer has them: what scoring is compared with.</summary>
    private sealed class Plain(Workspace workspace, Model model, Tensor values, Tensor state, Tensor x, IndexView labels, int block)
    {
        private readonly Tape _tape = workspace.Keep(new Tape(workspace.Device));
        private readonly Tensor _gradient = workspace.Keep(Tensor.Zeros(workspace.Device, model.Parameters.Length));
        private float _loss = float.NaN;

        public void Run()
        {
            for (int start = 0; start < labels.Count; start += block)
            {
                int rows = Math.Min(block, labels.Count - start);
                _tape.Begin(model.Parameters, values, _gradient);
                _tape.Attach(model.State, state, training: false, default);
                Variable loss = SoftmaxCrossEntropy.Apply(model.Forward(_tape.Constant(x.Slice(0, start, rows))), labels.Range(start, rows));
                _tape.Backward(loss);
                _loss = loss.Value.ToScalar();
            }
        }

        /// <summary>The loss of the last block is finite and its gradient is none of zeros: the passes themselves are checked in the families of their own.</summary>
        public Deviation Check() => new(float.IsFinite(_loss) && _gradient.ToArray().Any(g => g != 0) ? 0 : double.NaN, 0);
    }
}
