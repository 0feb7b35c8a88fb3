namespace Engram.Formats;

/// <summary>The size of a shape that nobody has vouched for.</summary>
internal static class ShapeSize
{
    /// <summary>
    /// Counts elements and bytes of a row-major array. The product over the non-empty dimensions must fit as well, so that
    /// strides computed from an accepted shape such as [0, 2^40] cannot overflow either.
    /// </summary>
    /// <returns>False when a dimension is negative or a product leaves 63 bits.</returns>
    public static bool TryCount(ReadOnlySpan<long> shape, int elementBytes, out long elements, out long bytes)
    {
        long extent = elementBytes;
        bool empty = false;
        foreach (long size in shape)
        {
            if (size < 0 || (size > 0 && extent > long.MaxValue / size))
            {
                elements = bytes = 0;
                return false;
            }

            empty |= size == 0;
            extent *= Math.Max(size, 1);
        }

        bytes = empty ? 0 : extent;
        elements = bytes / elementBytes;
        return true;
    }

    /// <summary>Counts elements of a shape that a caller passes in, and blames the argument where it cannot be.</summary>
    public static long CountArgument(ReadOnlySpan<long> shape, int elementBytes, string what, out long bytes)
    {
        if (!TryCount(shape, elementBytes, out long elements, out bytes))
        {
            throw new ArgumentException(
                $"{what}: expected dimensions that are not negative and whose product in bytes fits in 63 bits, "
                + $"found shape {Printable.Shape(shape)}. Check the order of the arguments.",
                nameof(shape));
        }

        return elements;
    }
}
