using Engram.ContinualLearning;
using Engram.Data;
using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.Simt;
using Engram.Models;

namespace Engram.Devices.Tests;

/// <summary>The heavy families stay on the device: no operand comes back to the host, and no step waits for it but where numbers are the result.</summary>
public class FallbackTests
{
    [Fact]
    public void Products_and_convolutions_are_one_launch_each_but_for_turned_weights_and_fetch_nothing()
    {
        using var device = new EmulatorDevice();
        var on = new OnDevice(device);
        View a = on.Random(1, 3, 9, 8), b = on.Random(2, 3, 8, 7), c = on.Empty(3, 9, 7), x = on.Random(3, 2, 3, 6, 6), w = on.Random(4, 4, 3, 3, 3), y = on.Empty(2, 4, 4, 4);
        device.Gemm(a, b, c, 1f, 0f, null, default(ReluOp));
        device.Convolve(x, w, null, ConvolutionGeometry.Square(), y);
        device.ConvolveBackwardData(y, w, ConvolutionGeometry.Square(), x, false);
        device.ConvolveBackwardWeight(y, x, ConvolutionGeometry.Square(), w, false);
        Assert.Equal(5, device.Launches); // the gradient of the image copies the weights
        Assert.Equal(0, device.Fetched);
    }

    [Fact]
    public void A_projection_is_two_launches_and_fetches_its_three_numbers_at_the_end()
    {
        using var device = new EmulatorDevice();
        var on = new OnDevice(device);
        device.Project(on.Random(1, 9000), on.Random(2, 9000));
        Assert.Equal(2, device.Launches);
        Assert.Equal(3, device.Fetched);
    }

    [Fact]
    public void A_decomposition_fetches_the_norm_the_spectrum_and_how_far_its_iterations_are()
    {
        using var device = new EmulatorDevice();
        var on = new OnDevice(device);
        device.TruncatedSvd(on.Random(1, 30, 25), new RandomizedSvdOptions(3) { Path = SvdPath.Sketch, PowerIterations = 1 }, on.Empty(30, 3), on.Empty(3), on.Empty(3, 25));
        const int norm = 1, spectrum = 16, bases = 4, mostSweeps = 16;
        Assert.InRange(device.Fetched, norm + spectrum + (2 * bases) + 1, norm + spectrum + (2 * bases) + mostSweeps);
    }

    public static TheoryData<string, ModelOptions> Networks => new()
    {
        { "mlp", new MlpOptions { Hidden = [7] } },
        { "mixer", new MixerOptions { Patch = 2, Width = 6, Depth = 1, TokenHidden = 5, ChannelHidden = 7 } },
        { "resnet18", new ResNet18Options { Width = 2 } },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Scores_and_the_length_of_the_direction_are_all_that_scoring_fetches_and_they_are_the_CPUs(string name, ModelOptions options)
    {
        const int samples = 5;
        Model model = (options with { Input = new ImageShape(3, 4, 4), Outputs = 3 }).Create();
        using var emulated = new EmulatorDevice();
        float[] Scores(Device device)
        {
            var on = new OnDevice(device);
            using Tensor values = model.CreateValues(device, 1), state = model.CreateState(device), x = new(on.Random(2, samples, 48)), direction = new(on.Random(3, model.Parameters.Length));
            using var scorer = new LossChangeScorer(model, device);
            float[] changes = new float[samples];
            long fetched = emulated.Fetched;
            scorer.Changes(new ScoredSamples(x, on.Index(0, 1, 2, 1, 0), state), values, direction, changes);
            if (device == emulated)
                Assert.Equal(samples + 1, emulated.Fetched - fetched); // and whether the direction is one
            return changes;
        }

        OnDevice.AssertClose(Scores(Device.Host), Scores(emulated), 1e-4, name);
    }

    [Fact]
    public void A_step_of_learning_fetches_nothing()
    {
        using var device = new EmulatorDevice();
        var on = new OnDevice(device);
        View x = on.Random(1, 6, 5), mean = on.Empty(6), deviation = on.Empty(6), row = on.Ones(5), g = on.Empty(6, 5);
        device.LayerNormalization(x, row, row, 1e-5f, mean, deviation, x);
        device.SoftmaxCrossEntropy(x, on.Index(0, 1, 2, 3, 4, 0), null, mean, g, 1f);
        device.Fold(FoldKind.Sum, g, on.Empty(1, 5));
        device.SgdStep(on.Ones(30), g.With(Layout.RowMajor([30])), null, new() { LearningRate = 0.1 });
        Assert.Equal(0, device.Fetched);
    }
}
