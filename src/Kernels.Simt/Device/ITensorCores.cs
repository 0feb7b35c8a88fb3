namespace Engram.Kernels.Simt;

/// <summary>The tensor core kernels of one precision, ready to be launched: by the CUDA driver, or in tests by whatever else can run them.</summary>
internal interface ITensorCores : IDisposable
{
    /// <summary>How they read their operands: TF32 or BF16.</summary>
    ProductPrecision Precision { get; }

    /// <summary>The place of an element in memory, as kernels address it.</summary>
    nint Address(GpuBuffer<float> buffer, int element);

    /// <summary>Starts a kernel behind those launched before.</summary>
    /// <param name="kernel">Its name without the precision: <c>product_depth_lines</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="groupsX">Tiles of columns.</param>
    /// <param name="groupsY">Tiles of rows.</param>
    /// <param name="groupsZ">Batches times parts of the depth.</param>
    void Launch(string kernel, in TensorProduct arguments, int groupsX, int groupsY, int groupsZ);
}
