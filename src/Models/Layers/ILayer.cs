using Engram.Autograd;

namespace Engram.Models;

/// <summary>A part of a network with one input and one output. Its parameters were added to the model's set when it was built.</summary>
public interface ILayer
{
    /// <summary>The layer's output on x's tape.</summary>
    /// <param name="x">Samples [batch, ...].</param>
    /// <param name="trace">Told what the layer made, when somebody wants to know.</param>
    Variable Forward(in Variable x, LayerTrace? trace);

    /// <summary>Writes initial values of the layer's parameters into the flat vector.</summary>
    /// <param name="values">[p].</param>
    /// <param name="initialization">Distribution of the weights of linear maps and convolutions.</param>
    /// <param name="seed">Same seed and parameter position, same values.</param>
    void Initialize(in Tensor values, Initialization initialization, ulong seed);
}
