using System.Reflection;

namespace Engram.Kernels.Ilgpu;

/// <summary>The PTX texts of this assembly: kernels in C that clang has compiled ahead (Modules/make-ptx.sh).</summary>
public static class PtxModules
{
    /// <summary>The tensor core kernels of a precision, for compute capability 8.0 and PTX ISA 7.0.</summary>
    /// <exception cref="ArgumentException">There are none of <see cref="ProductPrecision.Fp32"/>.</exception>
    public static string Text(ProductPrecision precision)
    {
        using Stream text = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{precision.Name()}.ptx") ??
            throw new ArgumentException($"there is no module of precision {precision.Name()}; there are tf32 and bf16", nameof(precision));
        using var reader = new StreamReader(text);
        return reader.ReadToEnd();
    }
}
