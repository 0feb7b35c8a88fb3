namespace Engram.Kernels;

/// <summary>What <see cref="Device.Pool"/> takes of a window.</summary>
public enum PoolKind
{
    /// <summary>The largest value.</summary>
    Max,

    /// <summary>The mean of the values that lie in the image.</summary>
    Average,

    /// <summary>The mean of the window with its padding counted as zeros.</summary>
    AverageWithPadding,
}
