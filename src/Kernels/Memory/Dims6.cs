using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>Up to six integers held inline: the sizes or strides of a layout, without a heap allocation.</summary>
[InlineArray(Capacity)]
public struct Dims6
{
    /// <summary>The largest rank a layout can have.</summary>
    public const int Capacity = 6;

    private int _first;

    /// <summary>Copies the values; unused places stay zero.</summary>
    /// <exception cref="ArgumentException">More than six values.</exception>
    public static Dims6 Of(ReadOnlySpan<int> values)
    {
        if (values.Length > Capacity)
            throw new ArgumentException($"a layout has at most {Capacity} axes, got {values.Length}", nameof(values));
        Dims6 dims = default;
        for (int i = 0; i < values.Length; i++)
            dims[i] = values[i];
        return dims;
    }
}
