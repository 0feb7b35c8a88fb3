namespace Engram.Kernels.Cpu;

/// <summary>The loop nests of the matrix product.</summary>
internal enum GemmRoute
{
    /// <summary>Blocks of outer-product tiles, operands packed or in place.</summary>
    Blocks,

    /// <summary>Tall outer-product tiles over operands that are both read in place, the whole depth at once.</summary>
    Tall,

    /// <summary>Wide outer-product tiles over operands that are both read in place: for little depth, few rows, or a transposed A with few columns.</summary>
    Wide,

    /// <summary>A vector times a matrix whose columns are contiguous.</summary>
    Vector,

    /// <summary>A column times a row: depth one, so that writing C is the work.</summary>
    RankOne,

    /// <summary>Cᵀ = Bᵀ · Aᵀ in outer-product tiles, for few rows and B contiguous along k.</summary>
    Swapped,

    /// <summary>Dot products along k, for very few rows or columns.</summary>
    Dots,
}
