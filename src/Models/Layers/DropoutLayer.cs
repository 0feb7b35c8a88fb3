using Engram.Autograd;

namespace Engram.Models;

/// <summary>
/// While training, zeroes elements with a probability and enlarges the others to make up for it (Srivastava et al., 2014); else does nothing. Which
/// elements follows from the step's random stream: a repeated step drops the same ones.
/// </summary>
/// <param name="probability">Share of elements zeroed, in [0, 1).</param>
public sealed class DropoutLayer(float probability) : ILayer
{
    /// <inheritdoc/>
    public Variable Forward(in Variable x, LayerTrace? trace)
    {
        if (probability == 0 || !x.Tape.Training)
            return x;
        Variable y = Dropout.Apply(x, probability, x.Tape.NextRandom());
        trace?.Add("", $"dropout {probability:0.##}", y);
        return y;
    }

    /// <inheritdoc/>
    public void Initialize(in Tensor values, Initialization initialization, ulong seed)
    {
    }
}
