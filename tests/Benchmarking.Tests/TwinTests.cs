using Engram.Benchmarking.Families;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra.Reference;

namespace Engram.Benchmarking.Tests;

/// <summary>The twins of whole steps and networks: what they say is right elsewhere too, and a result that is not theirs is refused.</summary>
public class TwinTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Sweeps_find_the_projection_that_trying_every_set_of_constraints_finds(int seed)
    {
        Random random = new(seed);
        double[] Draw() => [.. Enumerable.Range(0, 12).Select(_ => random.NextDouble() - 0.5)];
        double[] gradient = Draw();
        double[][] rows = [Draw(), Draw(), Draw(), Draw()];
        double[] expected = ReferenceDual.Project(gradient, rows)!, found = StepTwin.Gem(gradient, rows, 0, diagonal: false);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 9));
        Assert.Equal(gradient, StepTwin.Gem(gradient, [gradient], 0, diagonal: false));
    }

    [Fact]
    public void One_reference_makes_gem_of_a_gem()
    {
        double[] gradient = [1, -2, 0.5], reference = [-1, 0.25, 3];
        double[] expected = ReferenceProjection.Project(gradient, reference);
        Assert.All(expected.Zip(StepTwin.AGem(gradient, reference)), pair => Assert.Equal(pair.First, pair.Second, 12));
        Assert.All(expected.Zip(StepTwin.Gem(gradient, [reference], 0, diagonal: true)), pair => Assert.Equal(pair.First, pair.Second, 12));
    }

    [Fact]
    public void A_gradient_without_one_bias_or_with_one_scaled_array_is_refused()
    {
        using Workspace workspace = new(Device.Host, 1);
        Workload workload = new NetworkFamily().Cases().Single(one => one.Name == "nets/mixersmall-b10").Create(workspace);
        workload.Run();
        Assert.True(workload.Check().IsRight);
        View gradient = workload.Outputs[0];
        foreach (Autograd.Parameter parameter in NetworkFamily.Create("mixer-small", 1, 28).Parameters.Where(parameter => parameter.Name is "blocks.0.mlp_channels.fc1.weight" or "head.bias"))
        {
            workload.Run();
            View part = gradient.Range(parameter.Offset, parameter.Count);
            Device.Host.Map(new ScaleOp(1.5f), part, part);
            Assert.False(workload.Check().IsRight, parameter.Name);
            Device.Host.Fill(part, 0);
            Assert.False(workload.Check().IsRight, parameter.Name);
        }
    }

    [Fact]
    public void The_gradient_of_a_perceptron_is_the_slope_of_its_loss()
    {
        int[] widths = [6, 5, 3], labels = [2, 0];
        MlpTwin twin = new(widths);
        Random random = new(4);
        float[] values = [.. Enumerable.Range(0, twin.Length).Select(_ => random.NextSingle() - 0.5f)], x = [.. Enumerable.Range(0, 12).Select(_ => random.NextSingle())];
        double[] gradient = twin.Gradient(values, x, labels);
        // the bias of the last layer: p − onehot, averaged, sums to nothing over the classes
        Assert.Equal(0, gradient[^3..].Sum(), 12);
        double mean = twin.Gradient(values, x[..6], [2])[^1] / 2 + twin.Gradient(values, x[6..], [0])[^1] / 2;
        Assert.Equal(mean, gradient[^1], 12);
    }

    [Fact]
    public void Noise_of_operands_moves_a_gradient_in_proportion_and_is_the_same_each_time()
    {
        int[] widths = [40, 30, 5], labels = [4, 1, 2];
        MlpTwin twin = new(widths);
        Random random = new(4);
        float[] values = [.. Enumerable.Range(0, twin.Length).Select(_ => random.NextSingle() - 0.5f)], x = [.. Enumerable.Range(0, 120).Select(_ => random.NextSingle())];
        double[] exact = twin.Gradient(values, x, labels);
        double Distance(double size) => twin.ArrayDistance(twin.Gradient(values, x, labels, new OperandNoise(size, 1)), exact);
        Assert.Equal(0, Distance(0));
        Assert.InRange(Distance(1e-5), 1e-7, 1e-4);
        Assert.Equal(10, Distance(1e-5) / Distance(1e-6), 1.0);
        Assert.Equal(Distance(1e-5), Distance(1e-5));
    }

    [Fact]
    public void A_network_with_noise_is_the_same_function_at_every_call()
    {
        Models.Model model = NetworkFamily.Create("mixer-small", 1, 28);
        using Tensor parameters = model.CreateValues(Device.Host, 1);
        double[] values = NetworkTwin.Moved(parameters.ToArray(), [], 0);
        float[] image = [.. Enumerable.Range(0, model.Inputs).Select(i => MathF.Sin(i))];
        NetworkTwin noisy = new(model, [], new OperandNoise(1e-3, 1));
        double loss = noisy.Loss(values, image, [3]), exact = new NetworkTwin(model, []).Loss(values, image, [3]);
        Assert.Equal(loss, noisy.Loss(values, image, [3]));
        Assert.InRange(Math.Abs(loss - exact), 1e-9, 1e-2);
    }

    [Fact]
    public void Float32_is_allowed_nothing_more() => Assert.Equal(0, OperandNoise.Allowance(Device.Host, 8, _ => throw new InvalidOperationException("not asked for")));
}
