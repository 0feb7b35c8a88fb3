namespace Engram.Kernels.Simt;

/// <summary>One side of a product: rows of the left operand or columns of the right one, each as long as the product is deep.</summary>
internal interface ITileSource
{
    /// <summary>Which elements a thread reads, so that those of a warp lie together in memory: one of <see cref="TileOrder"/>.</summary>
    int Order { get; }

    /// <summary>Not 0 where the four that a thread reads, from a multiple of four on, can be read at once.</summary>
    int IsWide { get; }

    /// <summary>The element at a depth of a row (or column) of one of the batch's operands.</summary>
    float At(int batch, int row, int depth);

    /// <summary>That element and its three neighbours; called where <see cref="IsWide"/> says so.</summary>
    Quad Four(int batch, int row, int depth);
}
