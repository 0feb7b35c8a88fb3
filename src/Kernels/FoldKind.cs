namespace Engram.Kernels;

/// <summary>How a fold combines elements.</summary>
public enum FoldKind
{
    /// <summary>Σ x; 0 over nothing.</summary>
    Sum,

    /// <summary>Σ x / n; NaN over nothing.</summary>
    Mean,

    /// <summary>The largest; NaN where any is; −∞ over nothing.</summary>
    Max,

    /// <summary>The smallest; NaN where any is; +∞ over nothing.</summary>
    Min,

    /// <summary>Σ x²; 0 over nothing.</summary>
    SumOfSquares,
}
