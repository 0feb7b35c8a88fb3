namespace Engram.Kernels;

/// <summary>A matrix of a <see cref="BlasProduct"/>, or a batch of them, as BLAS sees it: column after column in a device's memory.</summary>
/// <param name="Buffer">The memory.</param>
/// <param name="Start">Its first element there.</param>
/// <param name="LeadingDimension">Elements from one column to the next.</param>
/// <param name="IsTransposed">Whether the product takes its transpose; never of a result.</param>
/// <param name="BatchStep">Elements from one matrix of a batch to the next.</param>
public readonly record struct BlasOperand(DeviceBuffer<float> Buffer, int Start, int LeadingDimension, bool IsTransposed, long BatchStep);
