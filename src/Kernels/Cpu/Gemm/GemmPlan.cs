using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The one table of the matrix product: which micro-kernels and block sizes a machine gets, and from which
/// shape on each way of working pays.
/// All figures are in elements. Any rung runs on any machine; where the hardware lacks it, in software.
/// </summary>
/// <param name="Rung">Vector width.</param>
/// <param name="BlockM">Rows of A packed at once: BlockM × BlockK floats stay in the second-level cache; shallower blocks have more rows.</param>
/// <param name="BlockN">Columns of B packed at once.</param>
/// <param name="BlockK">Depth of a packed block: the deeper, the fewer passes over C.</param>
/// <param name="NearK">Depth of a block of wide tiles over operands in place, and of a convolution's patches.</param>
/// <param name="NearB">So many elements of a packed B stay in the second-level cache while rows of A pass; C is then written along its rows.</param>
/// <param name="DirectK">Depth of a block when the operands are read in place.</param>
/// <param name="PackRows">B with contiguous columns is packed from this many rows of C on; with fewer it is read in place.</param>
/// <param name="FarRows">The same for a B beyond the second-level cache.</param>
/// <param name="FarAliasRows">The same for such a B whose rows are multiples of 2 KiB apart and push each other out of the first-level cache.</param>
/// <param name="LowRows">With both operands in place the tiles are wide up to this many rows of C, tall above: with 32 registers a wide one reads less.</param>
/// <param name="PackColumns">A is packed from this many columns of C on; with fewer it is read in place.</param>
/// <param name="AliasColumns">The same where the rows of A are multiples of 4 KiB apart and push each other out of the first-level cache.</param>
/// <param name="WideColumns">Panels of a packed B are as wide as the widest tile from this many columns of C on.</param>
/// <param name="ThinColumns">A transposed A is read in place up to this many columns of C.</param>
/// <param name="SwapRows">Both operands contiguous along k: from this many rows of C on, Cᵀ = Bᵀ · Aᵀ replaces dot products.</param>
/// <param name="SwapColumns">The same needs this many columns, to pay for packing Aᵀ.</param>
/// <param name="PackBothRows">Both operands contiguous along k: from this many rows on, B is transposed and packed.</param>
public sealed record GemmPlan(
    GemmRung Rung,
    int BlockM,
    int BlockN,
    int BlockK,
    int NearK,
    int NearB,
    int DirectK,
    int PackRows,
    int FarRows,
    int FarAliasRows,
    int LowRows,
    int PackColumns,
    int AliasColumns,
    int WideColumns,
    int ThinColumns,
    int SwapRows,
    int SwapColumns,
    int PackBothRows)
{
    private static readonly GemmPlan[] Table =
    [
        new(GemmRung.Bits128, 96, 2048, 256, 256, 0, 1024, 48, 48, 9, 6, 320, 80, 320, 32, 16, 64, 160),
        new(GemmRung.Bits256, 192, 2048, 384, 384, 0, 1024, 48, 48, 9, 6, 320, 80, 320, 64, 24, 64, 160),
        new(GemmRung.Bits512, 107, 512, 1536, 384, 80 * 1024, 1024, 64, 32, 12, 64, 4096, 80, 48, 64, 24, 64, 256),
    ];

    /// <summary>The plan of this machine.</summary>
    public static GemmPlan Native { get; } = For(NativeRung());

    /// <summary>The plan of a rung, whether the machine has it or not.</summary>
    /// <param name="rung">The rung.</param>
    public static GemmPlan For(GemmRung rung) => Table[(int)rung];

    private static GemmRung NativeRung()
    {
        if (Vector512.IsHardwareAccelerated)
            return GemmRung.Bits512;
        return Vector256.IsHardwareAccelerated ? GemmRung.Bits256 : GemmRung.Bits128;
    }
}
