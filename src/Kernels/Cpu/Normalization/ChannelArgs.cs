namespace Engram.Kernels.Cpu;

/// <summary>One channel of a batch of images, as rows (one per image) of contiguous positions.</summary>
/// <param name="Rows">Images in the batch.</param>
/// <param name="RowStride">Elements from one image's channel to the next image's.</param>
/// <param name="Columns">Positions: height times width.</param>
public readonly record struct ChannelArgs(nint Rows, nint RowStride, nint Columns);
