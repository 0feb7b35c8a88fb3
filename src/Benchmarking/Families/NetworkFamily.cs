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
    private const int Distinct = 2, Classes = 10;

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
                    NetworkTwin twin = new(o.Model, o.State.IsEmpty ? [] : o.State.ToArray());
                    double[] expected = twin.Logits(NetworkTwin.Moved(o.Values.ToArray(), [], 0), o.Images, Distinct);
                    return Deviation.Of(workspace.Host(logits), i => expected[i % (Distinct * Classes)], 1e-3);
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
        NetworkTwin twin = new(o.Model, []);
        float[] values = o.Values.ToArray();
        double worst = Math.Abs(loss - twin.Loss(NetworkTwin.Moved(values, [], 0), o.Images, o.Classes)) / LossTolerance;
        for (int parity = 0; parity < 2; parity++)
        {
            double[] direction = new double[gradient.Length];
            double slope = 0;
            foreach (Parameter parameter in o.Model.Parameters.Where(parameter => parameter.Index % 2 == parity))
            {
                double length = Math.Sqrt(gradient.AsSpan(parameter.Offset, parameter.Count).ToArray().Sum(g => (double)g * g));
                for (int i = parameter.Offset; i < parameter.Offset + parameter.Count && length > 0; i++)
                    direction[i] = gradient[i] / length;
                slope += length;
            }

            double error = Math.Abs(twin.Slope(values, direction, o.Images, o.Classes) - slope) / slope / SlopeTolerance;
            worst = error > worst || double.IsNaN(error) ? error : worst;
        }

        return new Deviation(worst, 1);
    }

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
