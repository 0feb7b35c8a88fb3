namespace Engram.Kernels.LinearAlgebra;

/// <summary>How the inner products of rows of float32 are summed.</summary>
public enum GramPrecision
{
    /// <summary>
    /// Sums of 32 products in single precision, added in double precision: half again as fast, and an error of the order of 2⁻²⁰·‖a‖·‖b‖/√p over p columns, at most
    /// 2⁻¹⁹·Σ|a_c·b_c|. Products beyond 3·10³⁸ become infinite, those below 10⁻³⁸ lose digits. A device may sum more precisely than this.
    /// </summary>
    Mixed,

    /// <summary>Exact products, summed in double precision.</summary>
    Double,
}
