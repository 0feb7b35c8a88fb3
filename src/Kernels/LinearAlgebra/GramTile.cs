using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>Rows i… of a staged panel against rows j… of another over one span of columns.</summary>
/// <param name="a">Panel [height, staged span].</param>
/// <param name="i">First row.</param>
/// <param name="height">Rows of the panel.</param>
/// <param name="b">Panel [width, staged span].</param>
/// <param name="j">First row.</param>
/// <param name="width">Rows of the panel.</param>
/// <param name="span">Columns.</param>
/// <param name="sums">[4, 4, 8]: the places of every pair.</param>
/// <param name="ahead">Columns of the next span to fetch meanwhile.</param>
/// <param name="further">Those of another row.</param>
internal readonly unsafe struct GramTile(byte* a, int i, int height, byte* b, int j, int width, int span, double* sums, float* ahead, float* further)
{
    /// <summary>Rows and columns of a tile.</summary>
    public const int Side = 4;

    /// <summary>Double-precision accumulators of one sum: column c goes into the one numbered c mod 8.</summary>
    public const int Places = 8;

    /// <summary>Columns.</summary>
    public int Span => span;

    /// <summary>The places of every pair.</summary>
    public double* Sums => sums;

    /// <summary>Columns to fetch while this tile is worked.</summary>
    public float* Ahead => ahead;

    /// <summary>More of them.</summary>
    public float* Further => further;

    /// <summary>The lower two rows.</summary>
    public GramTile Lower => new(a, i + 2, height, b, j, width, span, sums + (2 * Side * Places), ahead, further);

    /// <summary>Row i + r of A; rows beyond the end are the last one again, and their products are not used.</summary>
    public byte* Row(int r, int bytes) => a + ((nint)Math.Min(i + r, height - 1) * bytes);

    /// <summary>Row j + c of B; rows beyond the end are the last one again.</summary>
    public byte* Column(int c, int bytes) => b + ((nint)Math.Min(j + c, width - 1) * bytes);

    /// <summary>Brings two cache lines near.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch(float* one, float* other)
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(one);
        Sse.Prefetch0(other);
    }

    /// <summary>The sum of the eight places after the columns from <paramref name="done"/> on have joined them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Merge(float* a, float* b, int done, int columns, double* places)
    {
        for (int c = done; c < columns; c++)
            places[c % Places] = Math.FusedMultiplyAdd(a[c], b[c], places[c % Places]);
        return (places[0] + places[4] + (places[2] + places[6])) + (places[1] + places[5] + (places[3] + places[7]));
    }
}

/// <summary>How the sums of a tile are taken.</summary>
internal unsafe interface IGramSums
{
    /// <summary>Columns that are staged at a time.</summary>
    static abstract int Span { get; }

    /// <summary>Spans are a multiple of this many columns; the rest of a block joins at the end.</summary>
    static abstract int Step { get; }

    /// <summary>Bytes of a staged row.</summary>
    static abstract int StagedBytes { get; }

    /// <summary>Sixteen accumulators fit into registers.</summary>
    static abstract bool ManyRegisters { get; }

    /// <summary>Copies a span of some rows to where the tile reads it.</summary>
    static abstract void Stage(float* rows, nint stride, int count, int span, byte* panel);

    /// <summary>Adds the products of a tile to its places.</summary>
    static abstract void Tile<TTile>(in GramTile tile) where TTile : struct, IGramTile;
}

/// <summary>A tile of four columns: how many rows, and which pairs are wanted.</summary>
internal interface IGramTile
{
    /// <summary>Rows, 4 or 2.</summary>
    static abstract int Rows { get; }

    /// <summary>Row r is multiplied with the columns from r + From on.</summary>
    static abstract int From { get; }
}

internal readonly struct WholeFour : IGramTile
{
    public static int Rows => 4;

    public static int From => -4;
}

internal readonly struct DiagonalFour : IGramTile
{
    public static int Rows => 4;

    public static int From => 0;
}

internal readonly struct WholeTwo : IGramTile
{
    public static int Rows => 2;

    public static int From => -4;
}

internal readonly struct DiagonalUpperTwo : IGramTile
{
    public static int Rows => 2;

    public static int From => 0;
}

internal readonly struct DiagonalLowerTwo : IGramTile
{
    public static int Rows => 2;

    public static int From => 2;
}
