using Engram.Autograd;

namespace Engram.Models;

/// <summary>
/// Normalization of every position's features (Ba, Kiros and Hinton, 2016): x [..., features]; parameters <c>name.weight</c> and <c>name.bias</c> [features].
/// </summary>
public sealed class LayerNormLayer : ILayer
{
    /// <summary>Added to the variance, as timm's transformers and mixers do.</summary>
    public const float Epsilon = 1e-6f;

    private readonly string _name;
    private readonly Parameter _gain, _bias;

    /// <summary>Adds the layer's parameters to a set.</summary>
    /// <param name="parameters">The model's set.</param>
    /// <param name="name">Prefix of the parameter names.</param>
    /// <param name="features">Size of the last axis.</param>
    public LayerNormLayer(ParameterSet parameters, string name, int features)
    {
        _name = name;
        _gain = parameters.Add($"{name}.weight", features);
        _bias = parameters.Add($"{name}.bias", features);
    }

    /// <inheritdoc/>
    public Variable Forward(in Variable x, LayerTrace? trace)
    {
        Variable y = LayerNormalization.Apply(x, x.Tape.Parameter(_gain), x.Tape.Parameter(_bias), Epsilon);
        trace?.Add(_name, "layer norm", y, _gain.Count + _bias.Count);
        return y;
    }

    /// <inheritdoc/>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed)
    {
        _gain.Of(values).Fill(1f);
        _bias.Of(values).Fill(0f);
    }
}
