using System.Numerics;

namespace Engram.Kernels.Simt;

/// <summary>The places that a kernel walks over, up to six axes, and where a place lies in an operand. Neighbouring axes are one where all operands allow it.</summary>
internal struct Space
{
    /// <summary>Sizes of all merged axes but the first, aligned at the end.</summary>
    public int N1, N2, N3, N4, N5;

    /// <summary>0 where one merged axis is all there is.</summary>
    public int IsDeep;

    // which axes of the layouts end a merged axis: for Steps, on the host
    private int _ends;

    /// <summary>Index of a place in an operand.</summary>
    public readonly int At(int i, Steps steps)
    {
        if (IsDeep == 0)
            return i * steps.S5;
        int i5 = i % N5;
        i /= N5;
        int i4 = i % N4;
        i /= N4;
        int i3 = i % N3;
        i /= N3;
        int i2 = i % N2;
        i /= N2;
        return (i5 * steps.S5) + (i4 * steps.S4) + (i3 * steps.S3) + (i2 * steps.S2) + (i % N1 * steps.S1) + (i / N1 * steps.S0);
    }

    /// <summary>The space of operands of equal sizes.</summary>
    public static Space Of(params ReadOnlySpan<Layout> operands)
    {
        Span<int> sizes = [1, 1, 1, 1, 1, 1];
        int at = Dims6.Capacity, ends = 0, inner = 0;
        for (int axis = operands[0].Rank - 1; axis >= 0; axis--)
        {
            int size = operands[0].Sizes[axis];
            if (size == 1)
                continue;
            if (at < Dims6.Capacity && Continues(operands, axis, inner, sizes[at]))
            {
                sizes[at] *= size;
                continue;
            }

            sizes[--at] = size;
            ends |= 1 << axis;
            inner = axis;
        }

        return new Space { N1 = sizes[1], N2 = sizes[2], N3 = sizes[3], N4 = sizes[4], N5 = sizes[5], IsDeep = BitOperations.PopCount((uint)ends) > 1 ? 1 : 0, _ends = ends };
    }

    /// <summary>Steps of one operand along the merged axes.</summary>
    public readonly Steps Steps(in Layout layout)
    {
        Span<int> steps = [0, 0, 0, 0, 0, 0];
        int at = Dims6.Capacity;
        for (int axis = layout.Rank - 1; axis >= 0; axis--)
        {
            if ((_ends & (1 << axis)) != 0)
                steps[--at] = layout.Strides[axis];
        }

        return new Steps { S0 = steps[0], S1 = steps[1], S2 = steps[2], S3 = steps[3], S4 = steps[4], S5 = steps[5] };
    }

    // whether a step along this axis is, in every operand, as far as all of the merged axis behind it
    private static bool Continues(ReadOnlySpan<Layout> operands, int axis, int inner, int merged)
    {
        foreach (ref readonly Layout layout in operands)
        {
            if (layout.Strides[axis] != layout.Strides[inner] * merged)
                return false;
        }

        return true;
    }
}
