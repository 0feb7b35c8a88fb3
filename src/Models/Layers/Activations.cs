using Engram.Autograd;
using Engram.Kernels;

namespace Engram.Models;

/// <summary>Runs an <see cref="Activation"/> where it cannot be fused into the op before it.</summary>
internal static class Activations
{
    /// <summary>y = activation(x), element for element.</summary>
    public static Variable Apply(this Activation activation, in Variable x) => activation switch
    {
        Activation.Identity => x,
        Activation.Relu => Elementwise.Apply(default(ReluOp), x),
        Activation.Gelu => Elementwise.Apply(default(GeluOp), x),
        Activation.GeluTanh => Elementwise.Apply(default(GeluTanhOp), x),
        Activation.Tanh => Elementwise.Apply(default(TanhOp), x),
        Activation.Sigmoid => Elementwise.Apply(default(SigmoidOp), x),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), $"unknown activation {activation}"),
    };
}
