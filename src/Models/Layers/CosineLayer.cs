using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models;

/// <summary>
/// A head of proxies: s_c(z) = ⟨z/‖z‖, w_c/‖w_c‖⟩/τ for z [batch, in], with one proxy w_c per class, the rows of <c>name.weight</c> [out, in]; no bias.
/// The largest s_c belongs to the nearest proxy. Norms are √(Σ² + 1e-12), so that a vector of zeros has a norm of 1e-6 and a gradient.
/// </summary>
public sealed class CosineLayer : ILayer
{
    private readonly string _name;
    private readonly Parameter _weight;
    private readonly float _scale;

    /// <summary>Adds the proxies to a set.</summary>
    /// <param name="parameters">The model's set.</param>
    /// <param name="name">Prefix of the parameter name.</param>
    /// <param name="inputs">Features in.</param>
    /// <param name="outputs">Proxies.</param>
    /// <param name="options">Temperature τ.</param>
    public CosineLayer(ParameterSet parameters, string name, int inputs, int outputs, CosineHeadOptions options)
    {
        _name = name;
        _weight = parameters.Add($"{name}.weight", outputs, inputs);
        _scale = (float)(1 / options.Temperature);
    }

    /// <inheritdoc/>
    public Variable Forward(in Variable x, LayerTrace? trace)
    {
        Variable y = Linear.Apply(UnitRows.Apply(x), UnitRows.Apply(x.Tape.Parameter(_weight)), null, default(IdentityOp)) * _scale;
        trace?.Add(_name, "cosine proxies", y, _weight.Count, 2L * y.Value.Count * _weight.Layout.Size(1));
        return y;
    }

    /// <inheritdoc/>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed) => initialization.Fill(values, _weight, null, seed);
}
