namespace Engram.Kernels.Cpu;

/// <summary>
/// Walks over all but the innermost dimension of a <see cref="StridedSpace"/> and keeps every operand's offset:
/// <c>for (var walk = new StridedWalk(space); walk.HasRow; walk.Next())</c>.
/// </summary>
public struct StridedWalk
{
    private readonly StridedSpace _space;
    private readonly nint _end;
    private Extents6 _index;
    private nint _row;

    /// <summary>Starts at the first row.</summary>
    public StridedWalk(in StridedSpace space)
        : this(space, 0, space.RowCount)
    {
    }

    /// <summary>Walks over the rows [<paramref name="firstRow"/>, <paramref name="endRow"/>) only: the piece of one thread.</summary>
    public StridedWalk(in StridedSpace space, nint firstRow, nint endRow)
    {
        _space = space;
        _row = firstRow;
        _end = endRow;
        nint rest = firstRow;
        for (int d = space.Rank - 2; d >= 0 && rest > 0; d--)
        {
            nint size = space.Size(d);
            _index[d] = rest % size;
            rest /= size;
            Step(d, _index[d]);
        }
    }

    /// <summary>Offset of the output's row, in elements.</summary>
    public nint Offset0 { get; private set; }

    /// <summary>Offset of the first input's row, in elements.</summary>
    public nint Offset1 { get; private set; }

    /// <summary>Offset of the second input's row, in elements.</summary>
    public nint Offset2 { get; private set; }

    /// <summary>Offset of the third input's row, in elements.</summary>
    public nint Offset3 { get; private set; }

    /// <summary>False once the last row lies behind.</summary>
    public readonly bool HasRow => _row < _end;

    /// <summary>Goes to the next row.</summary>
    public void Next()
    {
        _row++;
        for (int d = _space.Rank - 2; d >= 0; d--)
        {
            Step(d, 1);
            if (++_index[d] < _space.Size(d))
            {
                break;
            }

            Step(d, -_index[d]);
            _index[d] = 0;
        }
    }

    private void Step(int d, nint times)
    {
        Offset0 += times * _space.Stride(0, d);
        Offset1 += times * _space.Stride(1, d);
        Offset2 += times * _space.Stride(2, d);
        Offset3 += times * _space.Stride(3, d);
    }
}
