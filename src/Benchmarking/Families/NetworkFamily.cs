using System.Globalization;
using Engram.Autograd;
using Engram.Kernels;
using Engram.Models;

namespace Engram.Benchmarking.Families;

/// <summary>
/// Forward and backward through whole networks, without the optimizer's step, and prediction. The batch holds two images, each many times over: its statistics,
/// mean loss and gradient are those of the two, which the twin can compute.
/// </summary>
public sealed class NetworkFamily : IWorkloadFamily
{
    private const int Distinct = 2, Classes = 10, Draws = 3, SquareDraws = 8; // of noise

    /// <inheritdoc/>
    public string Name => "nets";

    /// <inheritdoc/>
    public string Description => "forward and backward, and prediction, of ResNet-18 and MLP-Mixer beside PyTorch";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases() =>
    [
        Backward("resnet18w64", "resnet18-64", 3, 32, 32),
        Backward("resnet18w20", "resnet18-20", 3, 32, 32),
        Backward("resnet18w20", "resnet18-20", 3, 32, 10),
        Backward("mixer", "mixer", 3, 32, 32),
        Backward("mixer", "mixer", 3, 32, 10),
        Backward("mixer28", "mixer", 1, 28, 32),
        Backward("mixer28", "mixer", 1, 28, 10),
        Backward("mixersmall", "mixer-small", 1, 28, 32),
        Backward("mixersmall", "mixer-small", 1, 28, 10, quick: true),
        Predict("resnet18w64", "resnet18-64", 3, 32, 32),
        Predict("resnet18w20", "resnet18-20", 3, 32, 32),
        Predict("mixer", "mixer", 3, 32, 32),
    ];

    /// <summary>A network by the name that <c>benchmarks/peers/torch_networks.py</c> has for it.</summary>
    /// <param name="name"><c>resnet18-20</c>, <c>resnet18-64</c>, <c>mixer</c> or <c>mixer-small</c>.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="size">Rows and columns of an image.</param>
    /// <exception cref="ArgumentException">There is no network of that name.</exception>
    public static Model Create(string name, int channels, int size)
    {
        ModelOptions options = name switch
        {
            "mixer" => new MixerOptions { Patch = 4, Width = 128, Depth = 4, TokenHidden = 64, ChannelHidden = 512 },
            "mixer-small" => new MixerOptions { Patch = 4, Width = 64, Depth = 2, TokenHidden = 32, ChannelHidden = 128 },
            "resnet18-20" => new ResNet18Options { Width = 20 },
            "resnet18-64" => new ResNet18Options { Width = 64 },
            _ => throw new ArgumentException($"unknown network {name}; known: mixer, mixer-small, resnet18-20, resnet18-64"),
        };
        return (options with { Input = new ImageShape(channels, size, size), Outputs = Classes }).Create();
    }

    private static WorkloadCase Backward(string group, string network, int channels, int size, int batch, bool quick = false) =>
        new(string.Create(CultureInfo.InvariantCulture, $"nets/{group}-b{batch}"), workspace =>
        {
            Operands o = new(workspace, Create(network, channels, size), batch);
            Tensor gradient = workspace.Keep(Tensor.Zeros(workspace.Device, o.Model.Parameters.Length));
            Tape tape = workspace.Keep(new Tape(workspace.Device));
            float loss = float.NaN;
            (double flops, double read) = o.Price();
            return new Workload
            {
                Run = () =>
                {
                    tape.Begin(o.Model.Parameters, o.Values, gradient);
                    tape.Attach(o.Model.State, o.State, training: true, default);
                    Variable mean = SoftmaxCrossEntropy.Apply(o.Model.Forward(tape.Constant(o.X)), o.Labels);
                    tape.Backward(mean);
                    loss = mean.Value.ToScalar();
                },
                Check = () => CheckGradient(o, loss, gradient.ToArray()),
                Flops = 3 * flops,
                BytesRead = read,
                BytesWritten = 4.0 * gradient.Count,
                Outputs = [gradient.View],
                Python = [new PythonRequest("torch_nets.py", FormattableString.Invariant($"{network} {channels} {size} {batch} backward"))],
            };
        }, quick);

    private static WorkloadCase Predict(string group, string network, int channels, int size, int batch) =>
        new(string.Create(CultureInfo.InvariantCulture, $"nets/{group}predict-b{batch}"), workspace =>
        {
            Operands o = new(workspace, Create(network, channels, size), batch);
            Tape tape = workspace.Keep(new Tape(workspace.Device));
            View logits = workspace.Empty(batch, Classes);
            (double flops, double read) = o.Price();
            return new Workload
            {
                Run = () =>
                {
                    tape.BeginNoGrad(o.Model.Parameters, o.Values);
                    tape.Attach(o.Model.State, o.State, training: false, default);
                    workspace.Device.Copy(o.Model.Forward(tape.Constant(o.X)).Value.View, logits);
                },
                Check = () =>
                {
                    float[] state = o.State.IsEmpty ? [] : o.State.ToArray();
                    double[] values = NetworkTwin.Moved(o.Values.ToArray(), [], 0), expected = new NetworkTwin(o.Model, state).Logits(values, o.Images, Distinct);
                    double allowed = OperandNoise.Allowance(workspace.Device, Draws, noise => Deviation.Of(
                        Array.ConvertAll(new NetworkTwin(o.Model, state, noise).Logits(values, o.Images, Distinct), logit => (float)logit), i => expected[i], 0).Error);
                    return Deviation.Of(workspace.Host(logits), i => expected[i % (Distinct * Classes)], 1e-3 + allowed);
                },
                Flops = flops,
                BytesRead = read,
                BytesWritten = 4.0 * batch * Classes,
                Outputs = [logits],
                Python = [new PythonRequest("torch_nets.py", FormattableString.Invariant($"{network} {channels} {size} {batch} forward"))],
            };
        });

    // The loss, and the slopes along two directions that give every array of parameters the same weight: the gradient's own direction within the arrays of even and
    // of odd number. A part of the gradient that lacks or is wrong makes its share of the slope differ.
    private static Deviation CheckGradient(Operands o, float loss, float[] gradient)
    {
        const double LossTolerance = 1e-4, SlopeTolerance = 5e-3; // a ReLU's input on the other side of zero moves a float gradient by a thousandth
        Device device = o.Values.Device;
        NetworkTwin twin = new(o.Model, []);
        float[] values = o.Values.ToArray();
        double[] still = NetworkTwin.Moved(values, [], 0), all = new double[gradient.Length], slopes = new double[2], found = new double[2];
        double expected = twin.Loss(still, o.Images, o.Classes);
        for (int parity = 0; parity < 2; parity++)
        {
            double[] direction = new double[gradient.Length];
            foreach (Parameter parameter in o.Model.Parameters.Where(parameter => parameter.Index % 2 == parity))
            {
                double length = Length(gradient, parameter);
                if (!(length > 0))
                    return new Deviation(double.NaN, 1); // no array of these networks has no gradient
                for (int i = parameter.Offset; i < parameter.Offset + parameter.Count; i++)
                    all[i] = direction[i] = gradient[i] / length;
                found[parity] += length;
            }

            slopes[parity] = twin.Slope(values, direction, o.Images, o.Classes);
        }

        double whole = slopes.Sum();
        double lossTolerance = LossTolerance + OperandNoise.Allowance(device, Draws, noise => Math.Abs(new NetworkTwin(o.Model, [], noise).Loss(still, o.Images, o.Classes) - expected));
        double slopeTolerance = SlopeTolerance + OperandNoise.Allowance(device, Draws, noise => Math.Abs(new NetworkTwin(o.Model, [], noise).Slope(values, all, o.Images, o.Classes) - whole) / whole)
            + Detour(o, device, twin, values, gradient) / whole;
        double worst = Math.Abs(loss - expected) / lossTolerance;
        for (int parity = 0; parity < 2; parity++)
        {
            double error = Math.Abs(slopes[parity] - found[parity]) / found[parity] / slopeTolerance;
            worst = error > worst || double.IsNaN(error) ? error : worst;
        }

        return new Deviation(worst, 1);
    }

    /// <summary>
    /// By how much a gradient's length may exceed its slope where operands are rounded: its error e is no part of the true slope, which lacks Σ |e|²/|g| over the arrays. The square of the change of
    /// the slope along a direction of random signs, 1/√|g| long per element, is that sum on average.
    /// </summary>
    private static double Detour(Operands o, Device device, NetworkTwin twin, float[] values, float[] gradient)
    {
        const double Short = 1.0 / 64; // of the direction, so that the differences stay small
        if (device.Precision == ProductPrecision.Fp32)
            return 0;
        Random random = new(7);
        double[] direction = new double[gradient.Length];
        foreach (Parameter parameter in o.Model.Parameters)
        {
            double size = Short / Math.Sqrt(Length(gradient, parameter));
            for (int i = parameter.Offset; i < parameter.Offset + parameter.Count; i++)
                direction[i] = random.Next(2) == 0 ? size : -size;
        }

        double slope = twin.Slope(values, direction, o.Images, o.Classes);
        return OperandNoise.SquareAllowance(device, SquareDraws, noise => Math.Pow((new NetworkTwin(o.Model, [], noise).Slope(values, direction, o.Images, o.Classes) - slope) / Short, 2));
    }

    private static double Length(float[] gradient, Parameter parameter) =>
        Math.Sqrt(gradient.AsSpan(parameter.Offset, parameter.Count).ToArray().Sum(g => (double)g * g));

    /// <summary>A network with its values and a batch of a few distinct images, repeated.</summary>
    private sealed class Operands
    {
        private readonly int _batch;

        public Operands(Workspace workspace, Model model, int batch)
        {
            Random random = new(1);
            (Model, _batch) = (model, batch);
            Images = [.. Enumerable.Range(0, Distinct * model.Inputs).Select(_ => random.NextSingle() * 2 - 1)];
            Values = workspace.Keep(model.CreateValues(workspace.Device, 1));
            State = model.CreateState(workspace.Device);
            if (!State.IsEmpty)
                workspace.Keep(State);
            X = workspace.Keep(Tensor.From(workspace.Device, [.. Enumerable.Range(0, batch / Distinct).SelectMany(_ => Images)], batch, model.Inputs));
            DeviceBuffer<int> labels = workspace.Keep(workspace.Device.Allocate<int>(batch));
            workspace.Device.Upload<int>([.. Enumerable.Range(0, batch).Select(i => Classes[i % Distinct])], labels, 0);
            Labels = IndexView.All(labels);
        }

        public Model Model { get; }

        /// <summary>The images without repetition.</summary>
        public float[] Images { get; }

        /// <summary>Their labels.</summary>
        public int[] Classes { get; } = [3, 7];

        public Tensor Values { get; }

        public Tensor State { get; }

        public Tensor X { get; }

        public IndexView Labels { get; }

        /// <summary>Operations of a forward pass, and bytes that any pass reads.</summary>
        public (double Flops, double BytesRead) Price() => (_batch * (double)Model.Summary().Flops, 4.0 * (Model.Parameters.Length + X.Count));
    }
}
