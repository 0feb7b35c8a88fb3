namespace Engram.Kernels.Simt;

/// <summary>Where the elements of a product go.</summary>
internal interface ITileTarget
{
    /// <summary>Takes one element of one of the batch's products.</summary>
    void Put(int batch, int row, int column, float value);
}
