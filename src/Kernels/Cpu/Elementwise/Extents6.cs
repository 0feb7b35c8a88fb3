using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>Up to six sizes or strides, in elements, held in place without an allocation.</summary>
[InlineArray(Length)]
public struct Extents6
{
    /// <summary>The largest number of dimensions.</summary>
    public const int Length = 6;

    private nint _first;

    /// <summary>The given numbers, zeros behind them.</summary>
    /// <exception cref="ArgumentException">More than six were given.</exception>
    public static Extents6 From(params ReadOnlySpan<nint> values)
    {
        if (values.Length > Length)
        {
            throw new ArgumentException($"dims: at most {Length} dimensions are supported, {values.Length} were given. Merge some of them.");
        }

        var dims = default(Extents6);
        values.CopyTo(dims);
        return dims;
    }
}
