namespace Engram.Kernels;

/// <summary>One of the two inputs of a binary op.</summary>
public enum ZipSide
{
    /// <summary>The first input.</summary>
    A,

    /// <summary>The second input.</summary>
    B,
}
