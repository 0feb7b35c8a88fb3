namespace Engram.Kernels.Cpu;

/// <summary>Whether the last vector of a tile is cut off by the edge of C; a constant to the JIT.</summary>
internal interface ITileEdge
{
    /// <summary>True when only the first lanes of the last vector exist: nothing beside them is read or written.</summary>
    static abstract bool Cut { get; }
}

internal readonly struct WholeEdge : ITileEdge
{
    public static bool Cut => false;
}

internal readonly struct CutEdge : ITileEdge
{
    public static bool Cut => true;
}
