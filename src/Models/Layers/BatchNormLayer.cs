using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models;

/// <summary>
/// Normalization over the batch, per channel (Ioffe and Szegedy, 2015), as PyTorch's <c>BatchNorm2d</c>: parameters <c>name.weight</c> and
/// <c>name.bias</c> [channels]; state <c>name.running_mean</c>, <c>name.running_var</c> [channels] and <c>name.num_batches_tracked</c> [].
/// </summary>
public sealed class BatchNormLayer : ILayer
{
    private readonly string _name;
    private readonly Parameter _gain, _bias, _mean, _variance, _batches;
    private readonly bool _relu;

    /// <summary>Adds the layer's parameters and running statistics to a model's sets.</summary>
    /// <param name="parameters">The model's parameters.</param>
    /// <param name="state">The model's running statistics.</param>
    /// <param name="name">Prefix of the names.</param>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="relu">Apply max(·, 0) in the same pass.</param>
    public BatchNormLayer(ParameterSet parameters, ParameterSet state, string name, int channels, bool relu = false)
    {
        _name = name;
        _gain = parameters.Add($"{name}.weight", channels);
        _bias = parameters.Add($"{name}.bias", channels);
        _mean = state.Add($"{name}.running_mean", channels);
        _variance = state.Add($"{name}.running_var", channels);
        _batches = state.Add($"{name}.num_batches_tracked");
        _relu = relu;
    }

    /// <inheritdoc/>
    public Variable Forward(in Variable x, LayerTrace? trace) => Forward(x, null, trace);

    /// <summary>relu?(normalized x + residual), [batch, channels, height, width]. In training mode the running statistics follow the batch.</summary>
    /// <param name="x">Images [batch, channels, height, width].</param>
    /// <param name="residual">Added before the activation; null for none.</param>
    /// <param name="trace">Told what the layer made.</param>
    public Variable Forward(in Variable x, in Variable? residual, LayerTrace? trace)
    {
        Tape tape = x.Tape;
        Variable y = BatchNormalization.Apply(
            x, tape.Parameter(_gain), tape.Parameter(_bias), tape.State(_mean), tape.State(_variance), new BatchNormalizationSettings(tape.Training), residual, _relu);
        if (tape.Training)
        {
            View batches = tape.State(_batches).View;
            tape.Device.Map(new AddScalarOp(1f), batches, batches);
        }
        trace?.Add(_name, $"batch norm{(residual is null ? "" : ", residual")}{(_relu ? ", relu" : "")}", y, _gain.Count + _bias.Count);
        return y;
    }

    /// <inheritdoc/>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed)
    {
        _gain.Of(values).Fill(1f);
        _bias.Of(values).Fill(0f);
    }
}
