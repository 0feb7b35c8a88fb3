namespace Engram.Kernels.Cpu;

/// <summary>How lengths are cut into blocks, panels and vectors.</summary>
internal static class BlockSizes
{
    /// <summary>The smallest size that cuts a length into as few pieces as <paramref name="most"/> does.</summary>
    public static nint Even(nint length, nint most)
    {
        var pieces = Math.Max(1, (length + most - 1) / most);
        return Math.Max(1, (length + pieces - 1) / pieces);
    }

    /// <summary>Whole lines of sixteen floats.</summary>
    public static nint Round(nint floats) => (floats + 15) / 16 * 16;

    /// <summary>Where the panel that begins at <paramref name="j"/> ends: two panels of two vectors end better than one of three and one of one.</summary>
    public static int PanelEnd<TRung>(int j, int end)
        where TRung : struct, IGemmRung
    {
        var (left, vectors) = (end - j, TRung.WideVectors);
        if (vectors > 2 && left > vectors * TRung.Lanes && left <= (vectors + 1) * TRung.Lanes)
            vectors--;
        return Math.Min(j + vectors * TRung.Lanes, end);
    }
}
