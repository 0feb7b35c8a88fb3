namespace Engram.Kernels;

/// <summary>Which kernels the products and convolutions of a device took since it was made, where less than float32 precision was asked for.</summary>
/// <param name="TensorCores">Launches of tensor core kernels.</param>
/// <param name="Small">In float32: rows, columns or depth below 16.</param>
/// <param name="Large">In float32: more tiles or batches than a grid has groups.</param>
public readonly record struct ProductCounts(long TensorCores, long Small, long Large)
{
    /// <summary>All that ran in float32 all the same.</summary>
    public long Fp32 => Small + Large;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{TensorCores} products on tensor cores, {Fp32} in fp32 ({Small} with rows, columns or depth below 16, {Large} beyond the grid)";
}
