using System.Diagnostics.CodeAnalysis;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The index space of an elementwise op over up to four strided operands (operand 0 is the output), brought into the shape that
/// is fastest to walk: sizes of one dropped, dimensions ordered by the output's strides, neighbours that lie in one piece merged.
/// A contiguous op ends up with one dimension, a bias [n] added to [batch, n] with two.
/// </summary>
[SuppressMessage("Performance", "CA1815", Justification = "Never compared.")]
public readonly struct StridedSpace
{
    private readonly Extents6 _shape;
    private readonly Extents6 _strides0;
    private readonly Extents6 _strides1;
    private readonly Extents6 _strides2;
    private readonly Extents6 _strides3;
    private readonly int _rank;

    /// <summary>Builds the space of <paramref name="rank"/> dimensions; unused operands may be left out.</summary>
    /// <param name="rank">Number of dimensions, 0 (one element) to 6.</param>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="strides0">Strides of the output, in elements.</param>
    /// <param name="strides1">Strides of the first input; 0 repeats it along a dimension.</param>
    /// <param name="strides2">Strides of the second input.</param>
    /// <param name="strides3">Strides of the third input.</param>
    /// <exception cref="ArgumentOutOfRangeException">Rank outside 0…6 or a negative size.</exception>
    public StridedSpace(int rank, in Extents6 shape, in Extents6 strides0, in Extents6 strides1, in Extents6 strides2 = default, in Extents6 strides3 = default)
    {
        if ((uint)rank > Extents6.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(rank), rank, "strided space: the rank must be 0 to 6. Merge dimensions first.");
        }

        Count = 1;
        for (int d = 0; d < rank; d++)
        {
            if (shape[d] < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(shape), shape[d], $"strided space: size {d} is negative.");
            }

            Count *= shape[d];
            if (shape[d] == 1)
            {
                continue;
            }

            // insertion sort by the output's strides, largest outermost; stable, so equal strides keep their order
            int at = _rank;
            while (at > 0 && nint.Abs(_strides0[at - 1]) < nint.Abs(strides0[d]))
            {
                _shape[at] = _shape[at - 1];
                _strides0[at] = _strides0[at - 1];
                _strides1[at] = _strides1[at - 1];
                _strides2[at] = _strides2[at - 1];
                _strides3[at] = _strides3[at - 1];
                at--;
            }

            _shape[at] = shape[d];
            _strides0[at] = strides0[d];
            _strides1[at] = strides1[d];
            _strides2[at] = strides2[d];
            _strides3[at] = strides3[d];
            _rank++;
        }

        int kept = 0;
        for (int d = 1; d < _rank; d++)
        {
            nint inner = _shape[d];
            bool merges = _strides0[kept] == inner * _strides0[d] && _strides1[kept] == inner * _strides1[d]
                && _strides2[kept] == inner * _strides2[d] && _strides3[kept] == inner * _strides3[d];
            nint outer = merges ? _shape[kept] : 1;
            kept = merges ? kept : kept + 1;
            _shape[kept] = outer * inner;
            _strides0[kept] = _strides0[d];
            _strides1[kept] = _strides1[d];
            _strides2[kept] = _strides2[d];
            _strides3[kept] = _strides3[d];
        }

        // at least one dimension, so that the innermost one always exists
        if (_rank == 0)
        {
            _shape[0] = 1;
            _strides0[0] = 1;
            _strides1[0] = 1;
            _strides2[0] = 1;
            _strides3[0] = 1;
        }

        _rank = kept + 1;
    }

    /// <summary>How many elements the space has.</summary>
    public nint Count { get; }

    /// <summary>Number of dimensions left after merging, at least 1.</summary>
    public int Rank => _rank;

    /// <summary>How many innermost rows the space has; 0 where it is empty.</summary>
    public nint RowCount => Count == 0 ? 0 : Count / _shape[_rank - 1];

    /// <summary>Size of the innermost dimension; 0 where the space is empty.</summary>
    public nint InnerCount => Count == 0 ? 0 : _shape[_rank - 1];

    /// <summary>The output's stride along the innermost dimension.</summary>
    public nint InnerStride0 => _strides0[_rank - 1];

    /// <summary>The first input's stride along the innermost dimension.</summary>
    public nint InnerStride1 => _strides1[_rank - 1];

    /// <summary>The second input's stride along the innermost dimension.</summary>
    public nint InnerStride2 => _strides2[_rank - 1];

    /// <summary>The third input's stride along the innermost dimension.</summary>
    public nint InnerStride3 => _strides3[_rank - 1];

    /// <summary>Size of dimension <paramref name="d"/> after merging, outermost first.</summary>
    public nint Size(int d) => _shape[d];

    /// <summary>Stride of an operand along dimension <paramref name="d"/> after merging.</summary>
    public nint Stride(int operand, int d) => operand switch
    {
        0 => _strides0[d],
        1 => _strides1[d],
        2 => _strides2[d],
        _ => _strides3[d],
    };
}
