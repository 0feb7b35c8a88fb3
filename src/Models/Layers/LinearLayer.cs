using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models;

/// <summary>
/// y = activation(x·Wᵀ + b): x [batch, in] or [batch, ..., in], y with out in the place of in; parameters <c>name.weight</c> [out, in] and
/// <c>name.bias</c> [out].
/// </summary>
public sealed class LinearLayer : ILayer
{
    private readonly string _name;
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
        _name = name;
        _weight = parameters.Add($"{name}.weight", outputs, inputs);
        _bias = bias ? parameters.Add($"{name}.bias", outputs) : null;
        _activation = activation;
    }

    /// <summary>x [batch, ..., in] → [batch, ..., out].</summary>
    public Variable Forward(in Variable x, LayerTrace? trace = null)
    {
        Variable weight = x.Tape.Parameter(_weight);
        Variable? bias = _bias is null ? null : x.Tape.Parameter(_bias);
        Variable y = _activation switch
        {
            Activation.Identity => Linear.Apply(x, weight, bias, default(IdentityOp)),
            Activation.Relu => Linear.Apply(x, weight, bias, default(ReluOp)),
            Activation.Gelu => Linear.Apply(x, weight, bias, default(GeluOp)),
            Activation.GeluTanh => Linear.Apply(x, weight, bias, default(GeluTanhOp)),
            Activation.Tanh => Linear.Apply(x, weight, bias, default(TanhOp)),
            Activation.Sigmoid => Linear.Apply(x, weight, bias, default(SigmoidOp)),
            _ => throw new ArgumentOutOfRangeException(nameof(x), $"unknown activation {_activation}"),
        };
        trace?.Add(_name, _activation == Activation.Identity ? "linear" : $"linear, {_activation.ToString().ToLowerInvariant()}", y,
            _weight.Count + (_bias?.Count ?? 0), 2L * y.Value.Count * _weight.Layout.Size(1));
        return y;
    }

    /// <inheritdoc/>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed) => initialization.Fill(values, _weight, _bias, seed);
}
