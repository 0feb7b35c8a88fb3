namespace Engram.Kernels.Simt;

/// <summary>How the threads of a group share the reading of a slice, four elements each: along what a thread's four follow each other, and along what neighbouring threads do.</summary>
internal static class TileOrder
{
    /// <summary>Four along the lines, threads along the lines: four at once where lines are neighbours.</summary>
    public const int Lines = 0;

    /// <summary>Four along the depth, threads along the depth: four at once where depths are neighbours.</summary>
    public const int Depths = 1;

    /// <summary>Four along the depth, threads along the lines: one by one where lines are neighbours.</summary>
    public const int AcrossLines = 2;

    /// <summary>Four along the lines, threads along the depth: one by one where depths are neighbours.</summary>
    public const int AcrossDepths = 3;

    /// <summary>1 where a thread's four follow each other along the depth.</summary>
    public static int IsAlongDepth(int order) => order == Depths || order == AcrossLines ? 1 : 0;

    /// <summary>The line of a thread's first element in a slice of so many lines and depths.</summary>
    public static int Line(int order, int thread, int lines, int depths) =>
        order == Lines ? thread % (lines / 4) * 4 : order == Depths ? thread / (depths / 4) : order == AcrossLines ? thread % lines : thread / depths * 4;

    /// <summary>Its depth.</summary>
    public static int Depth(int order, int thread, int lines, int depths) =>
        order == Lines ? thread / (lines / 4) : order == Depths ? thread % (depths / 4) * 4 : order == AcrossLines ? thread / lines * 4 : thread % depths;
}
