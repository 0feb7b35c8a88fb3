using Engram.Kernels.Cpu.Reference;

namespace Engram.Kernels.LinearAlgebra.Reference;

/// <summary>Inner products and combinations of rows, element after element in double precision.</summary>
public static class ReferenceGramRows
{
    /// <summary>K [n, n] of rows [n, p].</summary>
    public static double[] Gram(float[][] rows) =>
        [.. rows.SelectMany(a => rows.Select(b => ReferenceFolds.Dot(a, b)))];

    /// <summary>g + Σ v_i·row_i.</summary>
    public static double[] Combine(float[] gradient, float[][] rows, double[] coefficients) =>
        [.. gradient.Select((g, c) => g + Enumerable.Range(0, rows.Length).Sum(i => coefficients[i] * rows[i][c]))];
}
