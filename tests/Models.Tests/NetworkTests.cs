using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models.Tests;

public class NetworkTests
{
    private static readonly ImageShape Small = new(2, 8, 8);

    public static TheoryData<string> Kinds => [.. Networks.Keys];

    private static readonly Dictionary<string, ModelOptions> Networks = new()
    {
        ["mlp"] = new MlpOptions { Hidden = [7], Activation = Activation.Gelu },
        ["mixer"] = new MixerOptions { Patch = 4, Width = 6, Depth = 1, TokenHidden = 5, ChannelHidden = 7 },
        ["vit"] = new VisionTransformerOptions { Patch = 4, Width = 6, Depth = 1, Heads = 2, MlpHidden = 5 },
        ["vit, mean"] = new VisionTransformerOptions { Patch = 2, Width = 4, Depth = 2, Heads = 1, MlpHidden = 5, ClassToken = false },
        ["resnet18"] = new ResNet18Options { Width = 2 },
        ["small-cnn"] = new SmallCnnOptions { Channels = [3], Hidden = [6] },
        ["mgem-cnn"] = new MGemCnnOptions { Channels = [3, 4] },
    };

    private static Model Create(string kind, ImageShape? shape = null, int outputs = 5)
    {
        ModelOptions options = Networks[kind] with { Input = shape ?? Small, Outputs = outputs };
        Assert.Empty(options.Problems());
        return options.Create();
    }

    /// <summary>Golden checks compare with PyTorch at one point; this one looks at the gradient of the inputs too, in another mode of looking.</summary>
    [Theory]
    [InlineData("mixer")]
    [InlineData("vit")]
    [InlineData("vit, mean")]
    public void The_gradient_of_the_inputs_agrees_with_differences(string kind)
    {
        Model model = Create(kind);
        using Tensor values = model.CreateValues(Device.Host, 3);
        Tensor x = Inputs(2, model.Inputs);
        // parameters as leaves of the check would each be one more input: the inputs' gradient passes through every op already
        float[] analytic = InputGradient(model, values, x, out float[] direction);
        for (int element = 0; element < x.Count; element += 7)
        {
            const float h = 1f / 64;
            double numeric = 0;
            foreach ((float step, double weight) in new[] { (h, 8.0), (-h, -8.0), (2 * h, -1.0), (-2 * h, 1.0) })
            {
                using Tensor moved = x.Clone();
                moved.AsSpan()[element] += step;
                float[] y = Logits(model, values, default, moved, training: false);
                for (int j = 0; j < y.Length; j++)
                    numeric += weight * direction[j] * y[j] / (12 * h);
            }
            Assert.Equal(numeric, analytic[element], 1e-3 * Math.Max(1, Math.Abs(numeric)));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Summary_counts_every_parameter_and_all_that_backward_keeps(string kind)
    {
        Model model = Create(kind);
        foreach (int batch in new[] { 2, 5 })
        {
            ModelSummary summary = model.Summary(batch);
            Assert.Equal(model.Parameters.Length, summary.Parameters);
            Assert.Equal(5, summary.Layers[^1].OutputShape.Aggregate((a, b) => a * b));
            using var tape = new Tape(Device.Host);
            using Tensor values = model.CreateValues(Device.Host, 1), state = model.CreateState(Device.Host), gradient = Tensor.Zeros(Device.Host, values.Count);
            tape.Begin(model.Parameters, values, gradient);
            tape.Attach(model.State, state, training: true, default);
            model.Forward(tape.Constant(Inputs(batch, model.Inputs)));
            Assert.Equal(tape.Saved.Bytes, summary.KeptBytes);
        }
        Assert.InRange(model.ActivationFloatsPerSample, 5, 100_000);
        Assert.All(model.Parameters.Select(parameter => parameter.Name), name => Assert.Contains(model.Summary().Layers, layer =>
            layer.Name.Length > 0 && name.StartsWith(layer.Name, StringComparison.Ordinal) || name == "cls_token"));
    }

    [Fact]
    public void The_summary_of_the_full_resnet_has_the_published_numbers()
    {
        ModelSummary summary = new ResNet18Options { Width = 64, Input = new ImageShape(3, 32, 32) }.Create().Summary(32);
        Assert.Equal(11_173_962, summary.Parameters);
        // 0.5557 billion multiply-adds: every convolution and the last layer by hand
        long expected = 2L * ((3 * 64 * 9 * 1024) + (4 * 64 * 64 * 9 * 1024)
            + (((64 * 128) + (3 * 128 * 128)) * 9 * 256) + (64 * 128 * 256)
            + (((128 * 256) + (3 * 256 * 256)) * 9 * 64) + (128 * 256 * 64)
            + (((256 * 512) + (3 * 512 * 512)) * 9 * 16) + (256 * 512 * 16) + (512 * 10));
        Assert.Equal(expected, summary.Flops);
        string table = summary.ToString();
        Assert.Contains("layer2.0.downsample.0", table);
        Assert.Contains("11,173,962", table);
        Assert.Contains("batch norm, residual, relu", table);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Running_in_training_mode_moves_the_statistics_and_evaluation_leaves_them(string kind)
    {
        Model model = Create(kind);
        using Tensor values = model.CreateValues(Device.Host, 2), state = model.CreateState(Device.Host), x = Inputs(4, model.Inputs);
        float[] before = state.IsEmpty ? [] : state.ToArray();
        Logits(model, values, state, x, training: false);
        Assert.Equal(before, state.IsEmpty ? [] : state.ToArray());
        Logits(model, values, state, x, training: true);
        foreach (Parameter statistic in model.State)
        {
            float[] after = statistic.Of(state).ToArray();
            Assert.DoesNotContain(float.NaN, after);
            if (statistic.Layout.Rank == 0)
                Assert.Equal([1f], after);
            else
                Assert.NotEqual(before.AsSpan(statistic.Offset, statistic.Count).ToArray(), after);
        }
        Assert.Equal(kind is "resnet18" or "mgem-cnn", model.State.Count > 0);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_sample_has_the_same_logits_alone_and_in_a_batch_and_on_two_threads(string kind)
    {
        Model model = Create(kind);
        using Tensor values = model.CreateValues(Device.Host, 2), state = model.CreateState(Device.Host), x = Inputs(6, model.Inputs);
        float[] together = Logits(model, values, state, x, training: false);
        for (int i = 0; i < 6; i++)
        {
            float[] alone = Logits(model, values, state, x.Slice(0, i, 1).Clone(), training: false);
            for (int c = 0; c < alone.Length; c++)
                Assert.Equal(alone[c], together[(i * 5) + c], 1e-5);
        }
        Device two = Device.Cpu(2);
        using Tensor values2 = Tensor.From(two, values.ToArray(), values.Count), x2 = Tensor.From(two, x.ToArray(), 6, model.Inputs);
        using Tensor state2 = state.IsEmpty ? default : Tensor.From(two, state.ToArray(), state.Count);
        Assert.Equal(together, Logits(model, values2, state2, x2, training: false));
    }

    [Fact]
    public void Dropout_acts_while_training_and_repeats_with_its_stream()
    {
        Model model = new AlexNetOptions { Hidden = 32, Input = new ImageShape(1, 20, 20), Outputs = 3 }.Create();
        using Tensor values = model.CreateValues(Device.Host, 2), x = Inputs(2, model.Inputs);
        float[] evaluated = Logits(model, values, default, x, training: false);
        float[] trained = Logits(model, values, default, x, training: true, step: 1);
        Assert.NotEqual(evaluated, trained);
        Assert.Equal(trained, Logits(model, values, default, x, training: true, step: 1));
        Assert.NotEqual(trained, Logits(model, values, default, x, training: true, step: 2));
        Assert.Equal(evaluated, Logits(model, values, default, x, training: false));
    }

    [Fact]
    public void Convolutions_begin_as_in_PyTorch_or_as_in_torchvision()
    {
        ImageShape shape = new(16, 8, 8);
        Model uniform = new ResNet18Options { Width = 32, Input = shape, Initialization = Initialization.FanInUniform }.Create();
        float[] weight = uniform.Parameters["conv1.weight"].Of(uniform.CreateValues(Device.Host, 1)).ToArray();
        Assert.InRange(weight.Max(), 0.99 / 12, 1 / 12.0); // 1/√(16·9)
        Assert.InRange(weight.Min(), -1 / 12.0, -0.99 / 12);

        Model normal = new ResNet18Options { Width = 32, Input = shape, Initialization = Initialization.HeNormal }.Create();
        Tensor values = normal.CreateValues(Device.Host, 1);
        weight = normal.Parameters["conv1.weight"].Of(values).ToArray();
        Assert.Equal(2.0 / (32 * 9), weight.Average(w => (double)w * w), 0.05 * 2 / (32 * 9));
        Assert.All(normal.Parameters["bn1.weight"].Of(values).ToArray(), gain => Assert.Equal(1, gain));
        Assert.All(normal.Parameters["bn1.bias"].Of(values).ToArray(), bias => Assert.Equal(0, bias));
        Assert.InRange(normal.Parameters["fc.weight"].Of(values).ToArray().Max(), 0.98 / 16, 1 / 16.0); // linear layers stay uniform: 1/√256
    }

    [Fact]
    public void Images_that_do_not_fit_are_refused_with_a_remedy()
    {
        string Refused(ModelOptions options, ImageShape shape) => Assert.Throws<ArgumentException>(() => (options with { Input = shape }).Create()).Message;
        Assert.Contains("set model.patch to a divisor", Refused(new MixerOptions { Patch = 5 }, new ImageShape(1, 28, 28)));
        Assert.Contains("set model.patch to a divisor", Refused(new VisionTransformerOptions { Patch = 4 }, new ImageShape(1, 28, 30)));
        Assert.Contains("use larger images", Refused(new AlexNetOptions(), new ImageShape(3, 8, 8)));
        Assert.Contains("use larger images", Refused(new SmallCnnOptions(), new ImageShape(1, 4, 4)));
        Assert.Contains("pad them", Refused(new MGemCnnOptions(), new ImageShape(1, 16, 32)));
    }

    [Fact]
    public void Settings_that_cannot_work_are_listed_together()
    {
        Assert.Equal(3, new MixerOptions { Patch = 0, Depth = 0, Dropout = 1 }.Problems().Count());
        Assert.Contains("multiple of model.heads", Assert.Single(new VisionTransformerOptions { Width = 50 }.Problems()));
        Assert.Equal(3, new ResNet18Options { Width = 0, StemStride = 9, Pool = 0 }.Problems().Count());
        Assert.Equal(2, new SmallCnnOptions { Channels = [], Hidden = [0] }.Problems().Count());
        Assert.Equal(3, new AlexNetOptions { Hidden = 0, Dropout = -1, LateDropout = double.NaN }.Problems().Count());
        Assert.Equal(2, new MGemCnnOptions { Channels = [0, 5000] }.Problems().Count());
    }

    private static Tensor Inputs(int batch, int features)
    {
        Tensor x = Tensor.Zeros(Device.Host, batch, features);
        Device.Host.FillUniform(RandomStream.For(9, "inputs"), x.View, -1f, 1f);
        return x;
    }

    private static float[] Logits(Model model, in Tensor values, in Tensor state, in Tensor x, bool training, ulong step = 0)
    {
        using var tape = new Tape(values.Device);
        tape.BeginNoGrad(model.Parameters, values);
        tape.Attach(model.State, state, training, RandomStream.For(1, "forward", step));
        return model.Forward(tape.Constant(x)).Value.ToArray();
    }

    private static float[] InputGradient(Model model, in Tensor values, in Tensor x, out float[] direction)
    {
        using var tape = new Tape(Device.Host);
        using Tensor gradient = Tensor.Zeros(Device.Host, values.Count);
        tape.Begin(model.Parameters, values, gradient);
        tape.Attach(model.State, default, training: false, default);
        Variable leaf = tape.Leaf(x);
        Variable y = model.Forward(leaf);
        using Tensor r = Tensor.Uninitialized(Device.Host, y.Layout.Sizes);
        Device.Host.FillUniform(RandomStream.For(2, "direction"), r.View, -1f, 1f);
        tape.Backward(Reduce.Sum(y * tape.Constant(r)));
        direction = r.ToArray();
        return leaf.Gradient.ToArray();
    }
}
