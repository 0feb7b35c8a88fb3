using System.Text.Json;
using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models.Tests;

/// <summary>Ten training steps against values that PyTorch computed in double precision (golden/make_golden.py).</summary>
public class GoldenTrajectoryTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "golden", "golden.json"))).RootElement;

    public static TheoryData<int> Cases
    {
        get
        {
            var cases = new TheoryData<int>();
            for (int i = 0; i < Golden.GetProperty("cases").GetArrayLength(); i++)
                cases.Add(i);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ten_steps_follow_the_independent_trajectory(int index)
    {
        JsonElement golden = Golden.GetProperty("cases")[index];
        int[] sizes = [.. Golden.GetProperty("sizes").EnumerateArray().Select(e => e.GetInt32())];
        int batch = Golden.GetProperty("batch").GetInt32(), steps = Golden.GetProperty("steps").GetInt32();
        var model = new Mlp(new MlpOptions
        {
            Input = ImageShape.Flat(sizes[0]),
            Hidden = sizes[1..^1],
            Outputs = sizes[^1],
            Activation = Enum.Parse<Activation>(golden.GetProperty("activation").GetString()!, ignoreCase: true),
        });
        Assert.Equal(golden.GetProperty("names").EnumerateArray().Select(e => e.GetString()), model.Parameters.Select(p => p.Name));

        Device device = Device.Host;
        float[] inputs = Floats(golden, "inputs");
        int[] labels = [.. golden.GetProperty("labels").EnumerateArray().Select(e => e.GetInt32())];
        Tensor values = Tensor.From(device, Floats(golden, "start"), model.Parameters.Length), gradient = Tensor.Zeros(device, model.Parameters.Length);
        OptimizerOptions options = JsonSerializer.Deserialize<OptimizerOptions>(golden.GetProperty("optimizer").GetRawText(),
            new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase })!;
        Assert.Empty(options.Problems());
        Optimizer optimizer = options.Create(device, model.Parameters.Length);
        DeviceBuffer<int> target = device.Allocate<int>(batch);
        using var tape = new Tape(device);
        for (int step = 0; step < steps; step++)
        {
            device.Upload<int>(labels.AsSpan(step * batch, batch), target, 0);
            tape.Begin(model.Parameters, values, gradient);
            Variable x = tape.Constant(Tensor.From(device, inputs.AsSpan(step * batch * sizes[0], batch * sizes[0]), batch, sizes[0]));
            Variable loss = SoftmaxCrossEntropy.Apply(model.Forward(x), IndexView.All(target));
            tape.Backward(loss);
            double expected = golden.GetProperty("losses")[step].GetDouble();
            Assert.Equal(expected, loss.Value.ToScalar(), 2e-5 * expected);
            if (step == 0)
                AssertClose(golden, "gradient", gradient, 2e-6);
            optimizer.Step(values, gradient);
        }
        AssertClose(golden, "end", values, 2e-5);
    }

    private static float[] Floats(JsonElement golden, string name) => [.. golden.GetProperty(name).EnumerateArray().Select(e => (float)e.GetDouble())];

    private static void AssertClose(JsonElement golden, string name, Tensor actual, double tolerance)
    {
        float[] expected = Floats(golden, name), found = actual.ToArray();
        double scale = expected.Max(Math.Abs), worst = expected.Zip(found).Max(pair => Math.Abs(pair.First - pair.Second));
        Assert.True(worst <= tolerance * Math.Max(1, scale), $"{golden.GetProperty("name")}: {name} is off by {worst:E2}");
    }
}
