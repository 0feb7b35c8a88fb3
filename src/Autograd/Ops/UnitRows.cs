using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>x/‖x‖ of every row [batch, d]; norms are √(Σ² + 1e-12), so that a row of zeros has a norm of 1e-6 and a gradient.</summary>
public static class UnitRows
{
    private const float Smallest = 1e-12f;

    /// <summary>Rows of length 1.</summary>
    /// <param name="x">[batch, d].</param>
    public static Variable Apply(in Variable x) =>
        x / Elementwise.Apply(default(SqrtOp), Reduce.Sum(Elementwise.Apply(default(SquareOp), x), 1) + Smallest);
}
