using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models;

/// <summary>y = activation(x·Wᵀ + b): x [batch, in], y [batch, out]; parameters <c>name.weight</c> [out, in] and <c>name.bias</c> [out].</summary>
public sealed class LinearLayer
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly Activation _activation;

    /// <summary>Adds the layer's parameters to a set.</summary>
    /// <param name="parameters">The model's set.</param>
    /// <param name="name">Prefix of the parameter names.</param>
    /// <param name="inputs">Features in.</param>
    /// <param name="outputs">Features out.</param>
    /// <param name="activation">Fused into the product.</param>
    /// <param name="bias">False for a layer without bias.</param>
    public LinearLayer(ParameterSet parameters, string name, int inputs, int outputs, Activation activation = Activation.Identity, bool bias = true)
    {
        if (inputs < 1 || outputs < 1)
            throw new ArgumentException($"linear layer '{name}': needs at least one input and one output, got {inputs} and {outputs}");
        _weight = parameters.Add($"{name}.weight", outputs, inputs);
        _bias = bias ? parameters.Add($"{name}.bias", outputs) : null;
        _activation = activation;
    }

    /// <summary>x [batch, in] → [batch, out].</summary>
    public Variable Forward(in Variable x)
    {
        Variable weight = x.Tape.Parameter(_weight);
        Variable? bias = _bias is null ? null : x.Tape.Parameter(_bias);
        return _activation switch
        {
            Activation.Identity => Linear.Apply(x, weight, bias, default(IdentityOp)),
            Activation.Relu => Linear.Apply(x, weight, bias, default(ReluOp)),
            Activation.Gelu => Linear.Apply(x, weight, bias, default(GeluOp)),
            Activation.GeluTanh => Linear.Apply(x, weight, bias, default(GeluTanhOp)),
            Activation.Tanh => Linear.Apply(x, weight, bias, default(TanhOp)),
            Activation.Sigmoid => Linear.Apply(x, weight, bias, default(SigmoidOp)),
            _ => throw new ArgumentOutOfRangeException(nameof(x), $"unknown activation {_activation}"),
        };
    }

    /// <summary>Writes initial values for this layer into the flat vector.</summary>
    /// <param name="values">[p].</param>
    /// <param name="initialization">Distribution.</param>
    /// <param name="seed">Same seed and parameter position, same values.</param>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed)
    {
        int outputs = _weight.Layout.Size(0), inputs = _weight.Layout.Size(1);
        float bound = initialization == Initialization.FanInUniform ? 1f / MathF.Sqrt(inputs) : MathF.Sqrt(6f / (inputs + outputs));
        Uniform(values, _weight, bound, seed);
        if (_bias is null)
            return;
        if (initialization == Initialization.FanInUniform)
            Uniform(values, _bias, bound, seed);
        else
            _bias.Of(values).Fill(0f);
    }

    private static void Uniform(in Tensor values, Parameter parameter, float bound, ulong seed) =>
        values.Device.FillUniform(RandomStream.For(seed, "initialization", (ulong)parameter.Index), parameter.Of(values).View, -bound, bound);
}
