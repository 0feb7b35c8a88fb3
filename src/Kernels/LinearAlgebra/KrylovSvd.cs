namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Truncated SVD by a randomized block Krylov space: blocks P₁, P₂, … of eight orthonormal vectors span {BᵀBΩ, (BᵀB)²Ω, …}, and the eigenproblem of WᵀW with
/// W = B P gives the leading singular triplets within that space (Musco and Musco 2015, arXiv 1504.05477). B is A or Aᵀ, whichever lies row by row in
/// memory. Beside subspace iteration a space of about 1.7 r + 16 vectors reaches a hundred times less excess error from half the products.
/// </summary>
/// <remarks>
/// A step reads a block of rows of B once for both products, B P and Bᵀ(B P). New blocks are projected off the old ones and made orthonormal by Cholesky QR,
/// both twice. The method is for well-behaved input: where singular values spread so far that float32 would lose the small ones in BᵀB, where a block loses
/// rank or the error does not settle, <see cref="Run"/> gives up and says so, and the slower <see cref="SketchSvd"/> takes over.
/// </remarks>
internal unsafe ref struct KrylovSvd
{
    private const int Block = BlockProducts.Block, RowBlock = 48, MostGroups = 8, MoreBlocks = 8;

    // share of the squared error that more blocks would still gain; noise settles slowly and is not worth chasing as far
    private const double Settled = 0.003, SlowlySettled = 0.005, Slow = 0.5, WellConditioned = 1e-3, Spread = 1e-5, SmallestTail = 1e-9;
    private readonly int _rows;
    private readonly int _rank;
    private readonly int _most;
    private readonly int _groups;
    private readonly WorkSplitter _splitter;
    private readonly float* _basis; // P as rows [most, C]
    private readonly float* _image; // W = B P [R, most]
    private readonly float* _y; // (Bᵀ W)ᵀ of the block at work, per group of rows of B [groups, 8, C]
    private readonly float* _small;
    private readonly float* _product;
    private readonly double* _gram;
    private readonly double* _values;
    private readonly double* _vectors;
    private readonly double* _work;
    private OccupiedColumns _occupied;
    private int _columns;
    private nint _stride; // of vectors of length C: whole cache lines
    private int _width;

    internal KrylovSvd(ref Scratch pieces, int rows, int columns, int rank, WorkSplitter? splitter)
    {
        _rows = rows;
        _rank = rank;
        _splitter = splitter ?? Products.Serial;
        _most = FirstWidth(rank) + MoreBlocks * Block;
        _groups = Math.Min(MostGroups, (rows + RowBlock - 1) / RowBlock);
        Measure(columns);
        _basis = pieces.Floats((long)_most * _stride);
        _image = pieces.Floats((long)rows * _most);
        _y = pieces.Floats((long)_groups * Block * _stride);
        _small = pieces.Floats((long)Math.Max(rank, Block) * _most);
        _product = pieces.Floats((long)rank * rows);
        _gram = pieces.Doubles((long)_most * _most);
        _values = pieces.Doubles(_most);
        _vectors = pieces.Doubles((long)rank * _most);
        _work = pieces.Doubles(Math.Max(
            Math.Max(SymmetricProduct.ScratchDoubles(_most), SymmetricEigen.ScratchLength(_most)),
            Math.Max(OrthonormalRows.ScratchDoubles(rank), 2 * Block * Block)));
        _occupied = new OccupiedColumns(ref pieces, rows, columns);
    }

    /// <summary>Whether the space is well below the sides of the matrix; else nothing is gained over the whole of it.</summary>
    internal static bool Suits(int rows, int columns, int rank) => FirstWidth(rank) + MoreBlocks * Block <= Math.Min(rows, columns);

    /// <summary>Decomposes, or returns null with undefined outputs.</summary>
    internal SvdStatus? Run(in MatrixView a, in MatrixScan scan, ulong seed, double drop, float* u, float* s, float* vt)
    {
        bool flipped = a.ColumnStride != 1;
        MatrixView b = flipped ? a.Transposed : a;
        if (b.ColumnStride != 1 || b.RowStride < b.Columns || Math.Abs(scan.ScaleExponent) >= 40)
        {
            return null;
        }

        b = _occupied.Gather(b, _most);
        Measure(b.Columns);
        RandomFill.Uniform(RandomStream.For(seed, "sketch"), 0, _basis, Block * _stride, -1, 1);
        Multiply(b, 0, both: true);
        for (int wanted = FirstWidth(_rank); wanted <= _most; wanted += Block)
        {
            while (_width < wanted)
            {
                if (_width > 0)
                {
                    Multiply(b, _width - Block, both: true);
                }

                if (!Extend())
                {
                    return null;
                }
            }

            // the last block's image is all that is missing
            Multiply(b, _width - Block, both: false);
            (double captured, double gained, double gainedBefore, bool converged) = Solve();
            if (!converged || !(_values[_rank - 1] > Spread * _values[0]))
            {
                return null;
            }

            // what a block gains shrinks like a geometric series at least: ρ/(1 − ρ) of the last gain is still to come, more than what really comes
            double tail = Math.Max(scan.SumOfSquares - captured, SmallestTail * scan.SumOfSquares), ratio = gained < gainedBefore ? gained / gainedBefore : 1;
            double missing = gained / tail * ratio / (1 - ratio);
            if (missing <= (ratio > Slow ? SlowlySettled : Settled))
            {
                int kept = Write(drop, flipped, u, s, vt);
                return new SvdStatus(kept, _width / Block, true, Math.Sqrt(Math.Max(0, scan.SumOfSquares - captured) / scan.SumOfSquares), SvdPath.Sketch);
            }
        }

        return null;
    }

    private void Measure(int columns)
    {
        _columns = columns;
        _stride = (columns + 15) / 16 * 16;
    }

    private static int FirstWidth(int rank) => (int)(((17L * rank / 10) + 16 + Block - 1) / Block) * Block;

    // W = B P of the eight vectors from the given one on and, group by group, Y = Wᵀ B: rows of B are used twice while they are in the second-level cache
    private readonly void Multiply(in MatrixView b, int first, bool both)
    {
        var body = new PassBody
        {
            B = b.Data, RowStride = b.RowStride, Rows = _rows, Columns = _columns, X = _basis + first * _stride, Stride = _stride, W = _image + first, Most = _most,
            Y = both ? _y : null, Groups = _groups,
        };
        _splitter.Run(_groups, ref body);
        for (int group = 1; group < _groups && both; group++)
        {
            FloatVectors.Add(1, _y + group * Block * _stride, _y, (int)(Block * _stride));
        }
    }

    // the next block of the basis out of Y; false where it has no eight directions of its own. Always twice: what one pass leaves of leading directions grows
    // from block to block, until the space counts their energy more than once
    private bool Extend()
    {
        float* next = _basis + _width * _stride;
        if (_width > 0)
        {
            Project(_y, Math.Max(0, _width - 2 * Block));
        }

        if (!Orthonormalize(_y, next))
        {
            return false;
        }

        if (_width > 0)
        {
            Project(next, 0);
        }

        if (!Orthonormalize(next, _y))
        {
            return false;
        }

        new Span<float>(_y, (int)(Block * _stride)).CopyTo(new Span<float>(next, (int)(Block * _stride)));
        _width += Block;
        return true;
    }

    // Y ← Y − (Y Pᵀ) P with the vectors of P from the given one on
    private readonly void Project(float* y, int first)
    {
        float* basis = _basis + first * _stride;
        BlockProducts.Forward(basis, _stride, _width - first, _columns, y, _stride, _small, Block);
        FloatVectors.Scale(-1, _small, (long)(_width - first) * Block);
        BlockProducts.Backward(basis, _stride, _width - first, _columns, _small, Block, y, _stride, accumulate: true);
    }

    // Cholesky QR of eight rows
    private readonly bool Orthonormalize(float* y, float* target)
    {
        double* gram = _work, inverse = gram + Block * Block;
        GramRows.Whole(y, _stride, Block, _columns, gram);
        if (!(CholeskyFactor.Factor(gram, Block) > WellConditioned))
        {
            return false;
        }

        CholeskyFactor.Invert(gram, Block, inverse);
        float* factor = stackalloc float[Block * Block];
        for (int i = 0; i < Block * Block; i++)
        {
            factor[i] = (float)inverse[i];
        }

        BlockProducts.Backward(y, _stride, Block, _columns, factor, Block, target, _stride, accumulate: false);
        return true;
    }

    // the eigenproblem of WᵀW: energy of the leading components, and how much of it stems from the last block and from the one before
    private readonly (double Captured, double Gained, double GainedBefore, bool Converged) Solve()
    {
        SymmetricProduct.Run(new MatrixView(_image, _rows, _width, _most, 1), _gram, _work, _splitter);
        EigenStatus eigen = SymmetricEigen.Decompose(_gram, _width, _rank, _values, _vectors, new Span<double>(_work, SymmetricEigen.ScratchLength(_width)));
        double captured = 0, gained = 0, before = 0;
        for (int k = 0; k < _rank; k++)
        {
            double* last = _vectors + (long)k * _width + _width - Block;
            captured += _values[k];
            gained += _values[k] * DoubleVectors.Dot(last, last, Block);
            before += _values[k] * DoubleVectors.Dot(last - Block, last - Block, Block);
        }

        return (captured, gained, before, eigen.Converged);
    }

    // with Ritz vectors as rows x_k: right vectors of B are P x_k, left ones W x_k/σ_k
    private readonly int Write(double drop, bool flipped, float* u, float* s, float* vt)
    {
        int kept = 0;
        while (kept < _rank && _values[kept] > 0 && Math.Sqrt(_values[kept]) > drop * Math.Sqrt(_values[0]))
        {
            s[kept] = (float)Math.Sqrt(_values[kept++]);
        }

        var basis = new MatrixView(_basis, _columns, _width, 1, _stride);
        var ritz = new MatrixView(_small, kept, _width, _width, 1);
        if (flipped)
        {
            Ritz(kept, scaled: false);
            Products.Multiply(basis, ritz.Transposed, u, _rank, _splitter);
            _occupied.Spread(u, _rank);
        }
        else if (vt != null)
        {
            Ritz(kept, scaled: false);
            Products.Multiply(ritz, basis.Transposed, vt, _occupied.Columns, _splitter);
            for (int k = 0; k < kept; k++)
            {
                _occupied.Spread(vt + (long)k * _occupied.Columns, 1);
            }
        }

        if (flipped && vt == null)
        {
            return kept;
        }

        Ritz(kept, scaled: true);
        float* rows = flipped ? vt : _product;
        Products.Multiply(ritz, new MatrixView(_image, _rows, _width, _most, 1).Transposed, rows, _rows, _splitter);
        if (_values[kept - 1] < 1e-3 * _values[0])
        {
            OrthonormalRows.Run(rows, kept, _rows, _work);
        }

        for (int i = 0; i < _rows && !flipped; i++)
        {
            for (int k = 0; k < kept; k++)
            {
                u[(long)i * _rank + k] = rows[(long)k * _rows + i];
            }
        }

        return kept;
    }

    private readonly void Ritz(int kept, bool scaled)
    {
        for (int k = 0; k < kept; k++)
        {
            double factor = scaled ? 1 / Math.Sqrt(_values[k]) : 1;
            for (int i = 0; i < _width; i++)
            {
                _small[(long)k * _width + i] = (float)(factor * _vectors[(long)k * _width + i]);
            }
        }
    }

    private struct PassBody : IChunkBody
    {
        internal float* B, X, W, Y;
        internal nint RowStride, Stride;
        internal int Rows, Columns, Most, Groups;

        public readonly void Execute(int group)
        {
            (nint start, nint end) = WorkSplitter.SplitRange(Rows, Groups, group, RowBlock);
            float* y = Y + group * Block * Stride;
            for (nint first = start; first < end; first += RowBlock)
            {
                int rows = (int)Math.Min(RowBlock, end - first);
                float* b = B + first * RowStride, w = W + first * Most;
                BlockProducts.Forward(b, RowStride, rows, Columns, X, Stride, w, Most);
                if (Y != null)
                {
                    BlockProducts.Backward(b, RowStride, rows, Columns, w, Most, y, Stride, first > start, first + RowBlock < end ? RowBlock * RowStride : 0);
                }
            }
        }
    }
}
