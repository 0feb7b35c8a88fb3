using System.Text.Json;
using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models.Tests;

/// <summary>Whole networks against PyTorch in double precision (golden/make_networks.py), from the same weights.</summary>
public class NetworkGoldenTests
{
    private const double Tolerance = 1e-4;

    public static TheoryData<string> Names => [.. GoldenCase.All.Select(golden => golden.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Ten_steps_of_a_network_follow_the_independent_trajectory(string name)
    {
        GoldenCase golden = GoldenCase.All.Single(candidate => candidate.Name == name);
        JsonElement expected = JsonDocument.Parse(File.ReadAllText(GoldenCase.PathOf("networks.json"))).RootElement.EnumerateArray()
            .Single(row => row.GetProperty("name").GetString() == name);
        Model model = golden.Options.Create();
        Device device = Device.Host;
        using Tensor values = GoldenCase.Start(model), state = model.CreateState(device), gradient = Tensor.Zeros(device, values.Count);
        Assert.Equal(expected.GetProperty("weights").GetString(), GoldenCase.Checksum(model, values));

        Optimizer optimizer = new SgdOptions { LearningRate = golden.LearningRate }.Create(device, values.Count);
        using DeviceBuffer<int> labels = device.Allocate<int>(golden.Batch);
        using var tape = new Tape(device);
        int steps = expected.GetProperty("losses").GetArrayLength();
        for (int step = 0; step < steps; step++)
        {
            device.Upload<int>(golden.Labels(step), labels, 0);
            tape.Begin(model.Parameters, values, gradient);
            tape.Attach(model.State, state, training: true, default);
            Variable logits = model.Forward(tape.Constant(Tensor.From(device, golden.Inputs(step), golden.Batch, model.Inputs)));
            AssertClose($"logits of step {step + 1}", Numbers(expected.GetProperty("logits")[step]), [.. logits.Value.ToArray().Select(v => (double)v)]);
            Variable loss = SoftmaxCrossEntropy.Apply(logits, IndexView.All(labels));
            double golden1 = expected.GetProperty("losses")[step].GetDouble();
            Assert.Equal(golden1, loss.Value.ToScalar(), Tolerance * golden1);
            tape.Backward(loss);
            if (step == 0)
            {
                double all = Norm(gradient.ToArray());
                foreach (Parameter parameter in model.Parameters)
                    AssertSketch($"gradient of {parameter.Name}", expected.GetProperty("gradient").GetProperty(parameter.Name), parameter.Of(gradient), parameter.Count, all);
            }
            optimizer.Step(values, gradient);
        }

        foreach (Parameter parameter in model.Parameters)
            AssertSketch($"{parameter.Name} after the last step", expected.GetProperty("end").GetProperty(parameter.Name), parameter.Of(values), parameter.Count);
        foreach (Parameter statistic in model.State)
            AssertSketch($"{statistic.Name} after the last step", expected.GetProperty("end").GetProperty(statistic.Name), statistic.Of(state), statistic.Count);
        Assert.Equal(model.Parameters.Count + model.State.Count, expected.GetProperty("end").EnumerateObject().Count());
        tape.BeginNoGrad(model.Parameters, values);
        tape.Attach(model.State, state, training: false, default);
        Variable evaluated = model.Forward(tape.Constant(Tensor.From(device, golden.Inputs(steps), golden.Batch, model.Inputs)));
        AssertClose("logits in evaluation mode", Numbers(expected.GetProperty("evaluation")), [.. evaluated.Value.ToArray().Select(v => (double)v)]);
    }

    /// <summary>Writes the weights that make_networks.py begins with, when a folder for them is named.</summary>
    [SkippableFact]
    public void Golden_weights_are_written_where_they_are_asked_for()
    {
        string? folder = Environment.GetEnvironmentVariable("ENGRAM_GOLDEN_WEIGHTS");
        Skip.If(string.IsNullOrEmpty(folder), "ENGRAM_GOLDEN_WEIGHTS names no folder");
        Directory.CreateDirectory(folder!);
        foreach (GoldenCase golden in GoldenCase.All)
        {
            Model model = golden.Options.Create();
            string path = Path.Combine(folder!, golden.WeightFile);
            ModelFile.Save(path, model, GoldenCase.Start(model), model.CreateState(Device.Host));
            Assert.True(File.Exists(path));
        }
    }

    // relative to the array's own size: its norm, and for single elements its root mean square. A gradient that is zero by its nature (a bias before a
    // normalization) is a sum of cancelling terms: it is compared with the size of the whole gradient.
    private static void AssertSketch(string what, JsonElement expected, in Tensor found, int count, double whole = 0)
    {
        double[] golden = Numbers(expected), actual = GoldenCase.Sketch(found.ToArray());
        double norm = Math.Max(golden[0], 1e-3 * whole), typical = norm / Math.Sqrt(count);
        Assert.Equal(golden.Length, actual.Length);
        Assert.True(Math.Abs(golden[0] - actual[0]) <= Tolerance * norm, $"{what}: norm {actual[0]}, expected {golden[0]}");
        Assert.True(Math.Abs(golden[1] - actual[1]) <= Tolerance * norm, $"{what}: product {actual[1]}, expected {golden[1]}, norm {norm}");
        for (int i = 2; i < golden.Length; i++)
            Assert.True(Math.Abs(golden[i] - actual[i]) <= Tolerance * Math.Max(typical, Math.Abs(golden[i])), $"{what}: element {i - 2} is {actual[i]}, expected {golden[i]}");
    }

    private static void AssertClose(string what, double[] expected, double[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        double scale = Math.Sqrt(expected.Average(v => v * v)), worst = expected.Zip(found).Max(pair => Math.Abs(pair.First - pair.Second));
        Assert.True(worst <= Tolerance * scale, $"{what}: off by {worst:E2} where values are of size {scale:G3}");
    }

    private static double Norm(float[] elements) => Math.Sqrt(elements.Sum(v => (double)v * v));

    private static double[] Numbers(JsonElement json) => [.. json.EnumerateArray().Select(e => e.GetDouble())];
}
