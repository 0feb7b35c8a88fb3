namespace Engram.Kernels.Cpu;

/// <summary>
/// The micro-kernels of one vector width: the only part of the matrix product that knows registers. Every element of C is one chain of
/// fused multiply-adds in the order of k whatever the tile, so that tiling and threads cannot change a bit.
/// </summary>
internal unsafe interface IGemmRung
{
    /// <summary>Floats in a vector.</summary>
    static abstract int Lanes { get; }

    /// <summary>Rows of the largest outer-product tile; it is two vectors wide.</summary>
    static abstract int MaxRows { get; }

    /// <summary>Rows of the tile that works packed panels of B: the one with the highest steady rate.</summary>
    static abstract int WideRows { get; }

    /// <summary>Vectors that tile is wide, which is the width of a packed panel of B.</summary>
    static abstract int WideVectors { get; }

    /// <summary>Rows of the largest dot-product tile.</summary>
    static abstract int MaxDotRows { get; }

    /// <summary>
    /// c[rows, vectors * Lanes] = alpha * a[rows, k] * b[k, vectors * Lanes] + beta * c, as k outer products: broadcasts of a,
    /// vectors of b. The columns of b and c are contiguous; the layout says which strides of a and b are those of packed strips.
    /// With <paramref name="last"/> above 0 only so many lanes of the last vector exist, in b (unless packed) and in c; vectors is then 1 or 2.
    /// <paramref name="tiles"/> of them lie below each other, in a (packed or not) and in c; for tiles of up to two vectors.
    /// </summary>
    static abstract void Tile<TLayout>(
        int rows, int vectors, nint k, float* a, nint rowA, float* b, nint rowB, float* c, nint rowC, float alpha, float beta, int last = 0,
        int tiles = 1)
        where TLayout : struct, ITileLayout;

    /// <summary>Whether the rung has <see cref="CopyingTile"/>.</summary>
    static virtual bool CopiesPanels => false;

    /// <summary>
    /// <see cref="Tile"/> of <see cref="WideVectors"/> whole vectors with b in place, which it also writes as a packed strip: the first tile of a panel packs it
    /// for the others, its stores beside multiply-adds that leave them room. For layouts that copy b.
    /// </summary>
    static virtual void CopyingTile<TLayout>(
        int rows, nint k, float* a, nint rowA, float* b, nint rowB, float* packed, float* c, nint rowC, float alpha, float beta)
        where TLayout : struct, ITileLayout =>
        throw new NotSupportedException();

    /// <summary>
    /// c[rows, columns] = alpha * a[rows, k] * b[k, columns] + beta * c, with a and b contiguous along k.
    /// </summary>
    static abstract void Dot(
        int rows, int columns, nint k, float* a, nint rowA, float* b, nint colB, float* c, nint rowC, float alpha, float beta);
}
