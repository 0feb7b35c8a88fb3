namespace Engram.Kernels.Simt;

/// <summary>One side of a product: rows of the left operand or columns of the right one, each as long as the product is deep.</summary>
internal interface ITileSource
{
    /// <summary>Not 0 where neighbouring elements along the depth are neighbours in memory, so that threads read along it.</summary>
    int AlongDepth { get; }

    /// <summary>The element at a depth of a row (or column) of one of the batch's operands.</summary>
    float At(int batch, int row, int depth);
}
