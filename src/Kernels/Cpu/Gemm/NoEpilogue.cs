namespace Engram.Kernels.Cpu;

/// <summary>The epilogue that leaves C alone.</summary>
public readonly unsafe struct NoEpilogue : IEpilogue
{
    /// <inheritdoc/>
    public static bool IsIdentity => true;

    /// <inheritdoc/>
    public void Apply(float* row, int count)
    {
    }
}
