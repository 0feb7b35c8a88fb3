namespace Engram.Kernels;

/// <summary>Names and figures of <see cref="ProductPrecision"/>.</summary>
public static class ProductPrecisions
{
    private static readonly ProductPrecision[] All = [ProductPrecision.Fp32, ProductPrecision.Tf32, ProductPrecision.Bf16];

    /// <summary>The precision of a name: <c>fp32</c>, <c>tf32</c>, <c>bf16</c>.</summary>
    /// <exception cref="FormatException">There is no such precision; the message lists them.</exception>
    public static ProductPrecision Parse(string name)
    {
        foreach (ProductPrecision precision in All)
        {
            if (precision.Name() == name)
                return precision;
        }

        throw new FormatException($"precision: there is no '{name}'; there are {string.Join(", ", All.Select(Name))}");
    }

    /// <summary>The name as options and device names say it.</summary>
    public static string Name(this ProductPrecision precision) => precision switch
    {
        ProductPrecision.Tf32 => "tf32",
        ProductPrecision.Bf16 => "bf16",
        _ => "fp32",
    };

    /// <summary>Largest relative error of rounding an operand, of its significand's bits: 2⁻²⁴, 2⁻¹¹ or 2⁻⁸.</summary>
    public static double UnitRoundoff(this ProductPrecision precision) => precision switch
    {
        ProductPrecision.Tf32 => 1.0 / (1 << 11),
        ProductPrecision.Bf16 => 1.0 / (1 << 8),
        _ => 1.0 / (1 << 24),
    };
}
