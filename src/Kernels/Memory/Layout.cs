using System.Diagnostics.CodeAnalysis;

namespace Engram.Kernels;

/// <summary>
/// How a block of memory is read as an array: sizes, strides and an offset, all in elements.
/// element(i₀, i₁, …) sits at <c>Offset + Σ iₐ·Strideₐ</c>. A stride of zero repeats the element (broadcasting).
/// </summary>
public readonly struct Layout : IEquatable<Layout>
{
    private readonly Dims6 _sizes;
    private readonly Dims6 _strides;

    /// <summary>A layout from explicit sizes and strides.</summary>
    /// <param name="sizes">Sizes per axis, each ≥ 0.</param>
    /// <param name="strides">Strides per axis in elements, as many as sizes.</param>
    /// <param name="offset">Index of element (0, 0, …).</param>
    /// <exception cref="ArgumentException">Ranks differ, or a size is negative, or the element count exceeds 2³¹−1.</exception>
    public Layout(ReadOnlySpan<int> sizes, ReadOnlySpan<int> strides, int offset)
    {
        if (sizes.Length != strides.Length)
            throw new ArgumentException($"layout: {sizes.Length} sizes but {strides.Length} strides");
        _sizes = Dims6.Of(sizes);
        _strides = Dims6.Of(strides);
        Rank = sizes.Length;
        Offset = offset;
        Count = CountOf(sizes);
    }

    /// <summary>Number of axes; 0 is a scalar.</summary>
    public int Rank { get; }

    /// <summary>Index of the first element.</summary>
    public int Offset { get; }

    /// <summary>Number of elements: the product of the sizes, 1 for a scalar.</summary>
    public int Count { get; }

    /// <summary>The sizes, one per axis.</summary>
    [UnscopedRef]
    public ReadOnlySpan<int> Sizes => ((ReadOnlySpan<int>)_sizes)[..Rank];

    /// <summary>The strides in elements, one per axis.</summary>
    [UnscopedRef]
    public ReadOnlySpan<int> Strides => ((ReadOnlySpan<int>)_strides)[..Rank];

    /// <summary>Size of one axis; negative axes count from the end.</summary>
    public int Size(int axis) => _sizes[Axis(axis)];

    /// <summary>Stride of one axis in elements; negative axes count from the end.</summary>
    public int Stride(int axis) => _strides[Axis(axis)];

    /// <summary>True when the elements lie one after the other in row-major order.</summary>
    public bool IsContiguous
    {
        get
        {
            int expected = 1;
            for (int axis = Rank - 1; axis >= 0; axis--)
            {
                if (_sizes[axis] != 1 && _strides[axis] != expected)
                    return Count == 0;
                expected *= _sizes[axis];
            }
            return true;
        }
    }

    /// <summary>The row-major layout of the given sizes.</summary>
    public static Layout RowMajor(ReadOnlySpan<int> sizes, int offset = 0)
    {
        _ = Dims6.Of(sizes);
        CountOf(sizes);
        Span<int> strides = stackalloc int[Dims6.Capacity];
        int stride = 1;
        for (int axis = sizes.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= Math.Max(1, sizes[axis]);
        }
        return new Layout(sizes, strides[..sizes.Length], offset);
    }

    /// <summary>The same layout, shifted by a number of elements.</summary>
    public Layout Shift(int elements) => new(Sizes, Strides, Offset + elements);

    /// <summary>Two axes exchanged; no data moves.</summary>
    public Layout Transpose(int axisA, int axisB)
    {
        int a = Axis(axisA), b = Axis(axisB);
        Dims6 sizes = _sizes, strides = _strides;
        (sizes[a], sizes[b]) = (sizes[b], sizes[a]);
        (strides[a], strides[b]) = (strides[b], strides[a]);
        return new Layout(((ReadOnlySpan<int>)sizes)[..Rank], ((ReadOnlySpan<int>)strides)[..Rank], Offset);
    }

    /// <summary>Axes in a new order: axis i of the result is axis order[i] of this layout.</summary>
    /// <exception cref="ArgumentException">The order is not a permutation of the axes.</exception>
    public Layout Permute(ReadOnlySpan<int> order)
    {
        if (order.Length != Rank)
            throw new ArgumentException($"permute: {this} has {Rank} axes, the order names {order.Length}");
        Dims6 sizes = default, strides = default;
        int seen = 0;
        for (int i = 0; i < Rank; i++)
        {
            int from = Axis(order[i]);
            if ((seen & (1 << from)) != 0)
                throw new ArgumentException($"permute: axis {order[i]} is named twice");
            seen |= 1 << from;
            sizes[i] = _sizes[from];
            strides[i] = _strides[from];
        }
        return new Layout(((ReadOnlySpan<int>)sizes)[..Rank], ((ReadOnlySpan<int>)strides)[..Rank], Offset);
    }

    /// <summary>A range of one axis: <paramref name="count"/> elements from <paramref name="start"/>, every <paramref name="step"/>-th.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the axis.</exception>
    public Layout Slice(int axis, int start, int count, int step = 1)
    {
        int a = Axis(axis);
        if (start < 0 || count < 0 || step < 1 || (count > 0 && (long)start + (long)(count - 1) * step >= _sizes[a]) || start > _sizes[a])
            throw new ArgumentOutOfRangeException(nameof(start),
                $"slice: axis {axis} of {this} has {_sizes[a]} elements; start {start}, count {count}, step {step} leaves it");
        Dims6 sizes = _sizes, strides = _strides;
        sizes[a] = count;
        strides[a] *= step;
        return new Layout(((ReadOnlySpan<int>)sizes)[..Rank], ((ReadOnlySpan<int>)strides)[..Rank], Offset + start * _strides[a]);
    }

    /// <summary>One index of one axis, which disappears.</summary>
    public Layout Select(int axis, int index)
    {
        int a = Axis(axis);
        if ((uint)index >= (uint)_sizes[a])
            throw new ArgumentOutOfRangeException(nameof(index), $"select: axis {axis} of {this} has {_sizes[a]} elements, index {index} is outside");
        Dims6 sizes = default, strides = default;
        for (int from = 0, to = 0; from < Rank; from++)
        {
            if (from == a)
                continue;
            sizes[to] = _sizes[from];
            strides[to++] = _strides[from];
        }
        return new Layout(((ReadOnlySpan<int>)sizes)[..(Rank - 1)], ((ReadOnlySpan<int>)strides)[..(Rank - 1)], Offset + index * _strides[a]);
    }

    /// <summary>
    /// The same elements under other sizes, when that needs no copy. One size may be −1 and is then deduced.
    /// </summary>
    /// <returns>False when the strides do not allow it; the caller copies first.</returns>
    /// <exception cref="ArgumentException">The element counts differ.</exception>
    public bool TryReshape(ReadOnlySpan<int> sizes, out Layout reshaped)
    {
        Dims6 wanted = Deduce(sizes);
        var target = ((ReadOnlySpan<int>)wanted)[..sizes.Length];
        if (IsContiguous)
        {
            reshaped = RowMajor(target, Offset);
            return true;
        }
        Dims6 strides = default;
        int from = 0, to = 0;
        while (from < Rank || to < target.Length)
        {
            // gather the smallest groups of source and target axes that hold the same number of elements
            int fromEnd = from, toEnd = to;
            long fromCount = 1, toCount = 1;
            if (fromEnd < Rank)
                fromCount = _sizes[fromEnd++];
            if (toEnd < target.Length)
                toCount = target[toEnd++];
            while (fromCount != toCount)
            {
                if (fromCount < toCount && fromEnd < Rank)
                    fromCount *= _sizes[fromEnd++];
                else if (toEnd < target.Length)
                    toCount *= target[toEnd++];
                else
                    break;
            }
            int stride = 1;
            bool first = true;
            for (int axis = fromEnd - 1; axis >= from; axis--)
            {
                if (_sizes[axis] == 1)
                    continue;
                if (first)
                {
                    stride = _strides[axis];
                    first = false;
                }
                for (int outer = axis - 1; outer >= from; outer--)
                {
                    if (_sizes[outer] == 1)
                        continue;
                    if (_strides[outer] != _strides[axis] * _sizes[axis])
                    {
                        reshaped = default;
                        return false;
                    }
                    break;
                }
            }
            for (int axis = toEnd - 1; axis >= to; axis--)
            {
                strides[axis] = stride;
                stride *= Math.Max(1, target[axis]);
            }
            (from, to) = (fromEnd, toEnd);
        }
        reshaped = new Layout(target, ((ReadOnlySpan<int>)strides)[..target.Length], Offset);
        return true;
    }

    /// <summary>Sizes with a single −1 replaced by what the element count leaves.</summary>
    /// <exception cref="ArgumentException">The counts cannot be made equal.</exception>
    public Dims6 Deduce(ReadOnlySpan<int> sizes)
    {
        Dims6 wanted = Dims6.Of(sizes);
        int open = -1;
        long known = 1;
        for (int i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] == -1 && open < 0)
                open = i;
            else if (sizes[i] < 0)
                throw new ArgumentException($"reshape: {this} to {Describe(sizes)}: a negative size; a single -1 is deduced, others must be 0 or more");
            else
                known *= sizes[i];
        }
        if (open >= 0 && known > 0 && Count % known == 0)
        {
            wanted[open] = (int)(Count / known);
            known *= wanted[open];
        }
        if (known != Count || (open >= 0 && wanted[open] < 0))
            throw new ArgumentException($"reshape: {this} has {Count} elements, {Describe(sizes)} asks for {(open >= 0 ? $"a multiple of {known}" : known)}");
        return wanted;
    }

    /// <summary>This layout repeated to larger sizes by the usual rule: axes align at the end, size 1 repeats.</summary>
    /// <exception cref="ArgumentException">An axis is neither equal nor 1.</exception>
    public Layout BroadcastTo(ReadOnlySpan<int> sizes)
    {
        Dims6 strides = default;
        int shift = sizes.Length - Rank;
        bool fits = shift >= 0;
        for (int axis = 0; axis < Rank && fits; axis++)
        {
            int size = _sizes[axis];
            fits = size == sizes[axis + shift] || size == 1;
            strides[axis + shift] = size == sizes[axis + shift] && size != 1 ? _strides[axis] : 0;
        }
        if (!fits)
            throw new ArgumentException($"broadcast: {this} does not repeat to {Describe(sizes)}: aligned from the right, every size must be equal or 1");
        return new Layout(sizes, ((ReadOnlySpan<int>)strides)[..sizes.Length], Offset);
    }

    /// <summary>The common sizes of two layouts under broadcasting.</summary>
    /// <param name="op">Name of the asking operation, for the error.</param>
    /// <param name="a">First layout.</param>
    /// <param name="b">Second layout.</param>
    /// <param name="rank">Rank of the result.</param>
    /// <exception cref="ArgumentException">An axis differs and neither side is 1.</exception>
    public static Dims6 BroadcastSizes(string op, in Layout a, in Layout b, out int rank)
    {
        rank = Math.Max(a.Rank, b.Rank);
        Dims6 sizes = default;
        for (int fromEnd = 1; fromEnd <= rank; fromEnd++)
        {
            int sizeA = fromEnd <= a.Rank ? a.Size(-fromEnd) : 1, sizeB = fromEnd <= b.Rank ? b.Size(-fromEnd) : 1;
            if (sizeA != sizeB && sizeA != 1 && sizeB != 1)
                throw new ArgumentException($"{op}: shapes {a} and {b} do not broadcast: axis {-fromEnd} is {sizeA} on the left and {sizeB} on the right; " +
                    "each axis must be equal or 1. Is a Reshape or a transpose missing?");
            sizes[rank - fromEnd] = sizeA == 1 ? sizeB : sizeA;
        }
        return sizes;
    }

    /// <summary>True when both layouts have the same sizes.</summary>
    public bool SameSizes(in Layout other) => Sizes.SequenceEqual(other.Sizes);

    /// <inheritdoc/>
    public bool Equals(Layout other) => Offset == other.Offset && SameSizes(other) && Strides.SequenceEqual(other.Strides);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Layout other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Offset);
        foreach (int size in Sizes)
            hash.Add(size);
        foreach (int stride in Strides)
            hash.Add(stride);
        return hash.ToHashCode();
    }

    /// <summary>The sizes in brackets, e.g. <c>[32, 784]</c>.</summary>
    public override string ToString() => Describe(Sizes);

    /// <summary>Sizes as <c>[32, 784]</c>.</summary>
    public static string Describe(ReadOnlySpan<int> sizes)
    {
        var text = new System.Text.StringBuilder("[");
        for (int i = 0; i < sizes.Length; i++)
            text.Append(i == 0 ? "" : ", ").Append(sizes[i]);
        return text.Append(']').ToString();
    }

    private int Axis(int axis)
    {
        int a = axis < 0 ? axis + Rank : axis;
        if ((uint)a >= (uint)Rank)
            throw new ArgumentOutOfRangeException(nameof(axis), $"axis {axis} does not exist: the shape {this} has {Rank} axes");
        return a;
    }

    private static int CountOf(ReadOnlySpan<int> sizes)
    {
        long count = 1;
        foreach (int size in sizes)
        {
            if (size < 0)
                throw new ArgumentException($"shape {Describe(sizes)} has a negative size");
            count *= size;
            if (count > int.MaxValue)
                throw new ArgumentException($"shape {Describe(sizes)} has more than {int.MaxValue} elements; split the work into smaller tensors");
        }
        return (int)count;
    }
}
