namespace Engram.Kernels;

/// <summary>How many single-precision numbers a kernel computes side by side.</summary>
public enum LaneWidth
{
    /// <summary>One: plain scalar code.</summary>
    One = 1,

    /// <summary>Four: 128-bit vectors (SSE, NEON).</summary>
    Four = 4,

    /// <summary>Eight: 256-bit vectors (AVX2).</summary>
    Eight = 8,

    /// <summary>Sixteen: 512-bit vectors (AVX-512).</summary>
    Sixteen = 16,
}
