using Engram.Autograd;

namespace Engram.Models;

/// <summary>Images [batch, channels, height, width] → rows [batch, channels·height·width].</summary>
public sealed class FlattenLayer : ILayer
{
    /// <inheritdoc/>
    public Variable Forward(in Variable x, LayerTrace? trace) => Views.Reshape(x, x.Size(0), -1);

    /// <inheritdoc/>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed)
    {
    }
}
