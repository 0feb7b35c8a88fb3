namespace Engram.Kernels.Simt;

/// <summary>What a kernel did that a GPU would not have told.</summary>
public enum KernelFault
{
    /// <summary>An element outside the view was read or written.</summary>
    OutOfBounds,

    /// <summary>An element of shared memory was read before any thread of the group wrote it.</summary>
    UninitializedShared,

    /// <summary>Two threads touched an element, one of them writing, and no barrier lies between them.</summary>
    Race,

    /// <summary>Four elements were read or written at once at a place that is no multiple of four.</summary>
    Misaligned,

    /// <summary>The threads of a group reached different barriers, or some had ended while others waited.</summary>
    DivergentBarrier,

    /// <summary>A grid has more than 65,535 rows or planes of groups, or none of something.</summary>
    GridSize,
}
