namespace Engram.Kernels.LinearAlgebra;

/// <summary>min ½vᵀKv + bᵀv, v ≥ l: the dual of min ½‖z − g‖² under Gz ≥ m, with z = g + Gᵀv.</summary>
/// <param name="gram">K = GGᵀ [n, n]; for <see cref="DualMethod.Diagonal"/> its diagonal [n] is enough.</param>
/// <param name="products">b = Gg [n].</param>
/// <param name="strengths">γ of every row [n]; empty for none.</param>
/// <param name="gradientNorm">‖g‖; what residuals are measured against.</param>
public readonly ref struct DualProblem(ReadOnlySpan<double> gram, ReadOnlySpan<double> products, ReadOnlySpan<double> strengths, double gradientNorm)
{
    /// <summary>K [n, n] or its diagonal [n].</summary>
    public ReadOnlySpan<double> Gram { get; } = gram;

    /// <summary>b [n].</summary>
    public ReadOnlySpan<double> Products { get; } = products;

    /// <summary>γ [n], or empty.</summary>
    public ReadOnlySpan<double> Strengths { get; } = strengths;

    /// <summary>‖g‖.</summary>
    public double GradientNorm { get; } = gradientNorm;

    /// <summary>Number of constraints n.</summary>
    public int Count => Products.Length;

    internal bool OnlyDiagonal => Gram.Length == Count && Count > 1;

    internal double Diagonal(int i) => OnlyDiagonal ? Gram[i] : Gram[i * Count + i];

    internal double Entry(int i, int j) => OnlyDiagonal ? (i == j ? Gram[i] : 0) : Gram[i * Count + j];
}
