using Engram.Autograd;
using Engram.Formats;
using Engram.Kernels;

namespace Engram.Models.Tests;

public class MlpTests
{
    [Fact]
    public void Glorot_weights_fill_their_interval_and_biases_are_zero()
    {
        var model = new Mlp(new MlpOptions { Input = ImageShape.Flat(300), Hidden = [100], Outputs = 10 });
        Tensor values = model.CreateValues(Device.Host, 5);
        float[] weight = model.Parameters["0.weight"].Of(values).ToArray();
        double bound = Math.Sqrt(6.0 / 400);
        Assert.All(weight, w => Assert.InRange(w, -bound, bound));
        Assert.InRange(weight.Max(), 0.99 * bound, bound);
        Assert.Equal(bound * bound / 3, weight.Average(w => (double)w * w), 0.03 * bound * bound / 3);
        Assert.All(model.Parameters["0.bias"].Of(values).ToArray(), b => Assert.Equal(0, b));
    }

    [Fact]
    public void The_same_seed_gives_the_same_values_and_another_seed_others()
    {
        var model = new Mlp(new MlpOptions { Initialization = Initialization.FanInUniform });
        Assert.Equal(model.CreateValues(Device.Host, 1).ToArray(), model.CreateValues(Device.Cpu(2), 1).ToArray());
        Assert.NotEqual(model.CreateValues(Device.Host, 1).ToArray(), model.CreateValues(Device.Host, 2).ToArray());
        Assert.NotEqual(0, model.Parameters["0.bias"].Of(model.CreateValues(Device.Host, 1)).ToArray()[0]);
    }

    [Fact]
    public void A_model_without_hidden_layers_is_linear_and_wrong_inputs_are_named()
    {
        var model = new Mlp(new MlpOptions { Input = ImageShape.Flat(3), Hidden = [], Outputs = 2 });
        Assert.Equal("mlp 3-2", model.Name);
        using var tape = new Tape(Device.Host);
        tape.BeginNoGrad(model.Parameters, Tensor.From(Device.Host, [1, 2, 3, 4, 5, 6, 10, 20], 8));
        Assert.Equal([24, 52], model.Forward(tape.Constant(Tensor.From(Device.Host, [1, 2, 3], 1, 3))).Value.ToArray());
        Assert.Contains("expected x [batch, 3], got [1, 4]", Assert.Throws<ArgumentException>(() =>
            model.Forward(tape.Constant(Tensor.Zeros(Device.Host, 1, 4)))).Message);
    }

    [Fact]
    public void Parameters_survive_a_file_and_another_model_is_refused()
    {
        var model = new Mlp(new MlpOptions { Input = ImageShape.Flat(6), Hidden = [5], Outputs = 4 });
        Tensor values = model.CreateValues(Device.Host, 3), loaded = Tensor.Zeros(Device.Host, model.Parameters.Length);
        string path = Path.GetTempFileName();
        try
        {
            ModelFile.Save(path, model, values);
            ModelFile.Load(path, model, loaded);
            Assert.Equal(values.ToArray(), loaded.ToArray());
            var wider = new Mlp(new MlpOptions { Input = ImageShape.Flat(6), Hidden = [7], Outputs = 4 });
            string message = Assert.Throws<TensorFormatException>(() => ModelFile.Load(path, wider, wider.CreateValues(Device.Host, 1))).Message;
            Assert.Contains("0.weight", message);
            var shallower = new Mlp(new MlpOptions { Input = ImageShape.Flat(6), Hidden = [], Outputs = 5 });
            Assert.Throws<TensorFormatException>(() => ModelFile.Load(path, shallower, shallower.CreateValues(Device.Host, 1)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Optimizer_settings_that_cannot_work_are_listed_together()
    {
        string[] problems = [.. new SgdOptions { LearningRate = -1, WeightDecay = double.NaN, Momentum = 1.5 }.Problems()];
        Assert.Equal(3, problems.Length);
        Assert.Contains("optimizer.learningRate", problems[0]);
        Assert.Contains("optimizer.nesterov needs a momentum", Assert.Single(new SgdOptions { Nesterov = true }.Problems()));
        Assert.Equal(3, new AdamOptions { Beta1 = 1, Beta2 = -1, Epsilon = 0 }.Problems().Count());
    }
}
