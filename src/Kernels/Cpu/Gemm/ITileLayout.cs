namespace Engram.Kernels.Cpu;

/// <summary>How a tile finds its operands; constants to the JIT.</summary>
internal interface ITileLayout
{
    /// <summary>A lies packed, element (i, p) at p * rows + i; otherwise its rows are contiguous, (i, p) at i * rowA + p.</summary>
    static abstract bool PackedA { get; }

    /// <summary>B lies packed, its row stride the width of the tile; otherwise its row stride is given.</summary>
    static abstract bool PackedB { get; }

    /// <summary>What the tile reads of B it also writes as a packed strip, for the tiles after it.</summary>
    static virtual bool CopiesB => false;
}

internal readonly struct InPlace : ITileLayout
{
    public static bool PackedA => false;

    public static bool PackedB => false;
}

internal readonly struct OnlyAPacked : ITileLayout
{
    public static bool PackedA => true;

    public static bool PackedB => false;
}

internal readonly struct OnlyBPacked : ITileLayout
{
    public static bool PackedA => false;

    public static bool PackedB => true;
}

internal readonly struct BothPacked : ITileLayout
{
    public static bool PackedA => true;

    public static bool PackedB => true;
}

internal readonly struct CopiedB : ITileLayout
{
    public static bool PackedA => false;

    public static bool PackedB => false;

    public static bool CopiesB => true;
}

internal readonly struct PackedACopiedB : ITileLayout
{
    public static bool PackedA => true;

    public static bool PackedB => false;

    public static bool CopiesB => true;
}
