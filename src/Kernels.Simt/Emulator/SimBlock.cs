namespace Engram.Kernels.Simt;

/// <summary>A part of the memory that the emulated device is said to have; the elements are a buffer's own, so that new memory is NaN.</summary>
internal sealed class SimBlock(long bytes)
{
    public long Bytes { get; } = bytes;
}
