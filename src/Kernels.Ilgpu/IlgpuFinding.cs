namespace Engram.Kernels.Ilgpu;

/// <summary>A device that ILGPU could be, and whether it is there.</summary>
/// <param name="Name">Short name: <c>ilgpu-cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</param>
/// <param name="Available">Whether <see cref="IlgpuBackend.Create"/> makes it.</param>
/// <param name="Note">What it is, or why it is absent.</param>
public sealed record IlgpuFinding(string Name, bool Available, string Note);
