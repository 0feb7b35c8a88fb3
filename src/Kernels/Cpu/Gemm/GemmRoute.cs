namespace Engram.Kernels.Cpu;

/// <summary>The loop nests of the matrix product.</summary>
internal enum GemmRoute
{
    /// <summary>Blocks of outer-product tiles, operands packed or in place.</summary>
    Blocks,

    /// <summary>Cᵀ = Bᵀ · Aᵀ in outer-product tiles, for few rows and B contiguous along k.</summary>
    Swapped,

    /// <summary>Dot products along k, for very few rows or columns.</summary>
    Dots,
}
