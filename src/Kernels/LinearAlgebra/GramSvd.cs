namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Truncated SVD through the eigenproblem of the smaller Gram matrix, in double precision. With n ≤ m: AᵀA = V Λ Vᵀ, U = A V Λ^(−1/2);
/// otherwise
/// the same on Aᵀ. The vectors that come from the product are made orthonormal once more, because a small σ magnifies its rounding.
/// </summary>
internal readonly unsafe ref struct GramSvd
{
    private readonly WorkSplitter _splitter;
    private readonly int _rank;
    private readonly int _count;
    private readonly int _small;
    private readonly int _large;
    private readonly double* _gram;
    private readonly double* _values;
    private readonly double* _vectors;
    private readonly double* _work;
    private readonly float* _factors;
    private readonly float* _product;

    internal GramSvd(ref Scratch pieces, int rows, int columns, int rank, WorkSplitter? splitter)
    {
        _splitter = splitter ?? Products.Serial;
        _rank = rank;
        _small = Math.Min(rows, columns);
        _large = Math.Max(rows, columns);
        _count = Math.Min(rank, _small);
        _gram = pieces.Doubles((long)_small * _small);
        _values = pieces.Doubles(_small);
        _vectors = pieces.Doubles((long)_count * _small);
        _work = pieces.Doubles(Math.Max(
            Math.Max(SymmetricProduct.ScratchDoubles(_small), SymmetricEigen.ScratchLength(_small)), OrthonormalRows.ScratchDoubles(_count)));
        _factors = pieces.Floats((long)_count * _small);
        _product = pieces.Floats((long)_count * _large);
    }

    internal SvdStatus Run(in MatrixView a, double energy, double drop, float* u, float* s, float* vt)
    {
        bool wide = a.Columns > a.Rows;
        MatrixView tall = wide ? a.Transposed : a;
        SymmetricProduct.Run(tall, _gram, _work, _splitter);
        var scratch = new Span<double>(_work, SymmetricEigen.ScratchLength(_small));
        EigenStatus eigen = SymmetricEigen.Decompose(_gram, _small, _count, _values, _vectors, scratch);
        int kept = 0;
        double captured = 0;
        while (kept < _count && _values[kept] > 0 && Math.Sqrt(_values[kept]) > drop * Math.Sqrt(_values[0]))
        {
            s[kept] = (float)Math.Sqrt(_values[kept]);
            captured += _values[kept++];
        }

        bool productWanted = !wide || vt != null;
        if (productWanted)
        {
            for (int k = 0; k < kept; k++)
            {
                double inverse = 1 / Math.Sqrt(_values[k]);
                for (int j = 0; j < _small; j++)
                {
                    _factors[(long)k * _small + j] = (float)(_vectors[(long)k * _small + j] * inverse);
                }
            }

            Expand(tall, kept);
        }

        WriteColumns(kept, u, wide);
        if (vt != null)
        {
            for (int k = 0; k < kept; k++)
            {
                float* row = vt + (long)k * a.Columns;
                for (int j = 0; j < a.Columns; j++)
                {
                    row[j] = wide ? _product[(long)k * _large + j] : (float)_vectors[(long)k * _small + j];
                }
            }
        }

        return new SvdStatus(kept, 0, eigen.Converged, Math.Sqrt(Math.Max(0, energy - captured) / energy), SvdPath.Gram);
    }

    // long vectors as rows: (V Λ^(−1/2))ᵀ Aᵀ. The factors are divided by σ first; a power of two keeps them inside float32's range.
    private void Expand(in MatrixView tall, int kept)
    {
        int exponent = kept == 0 ? 0 : Math.ILogB(Math.Sqrt(_values[0]));
        if (Math.Abs(exponent) > 60)
        {
            for (int k = 0; k < kept; k++)
            {
                double factor = Math.ScaleB(1 / Math.Sqrt(_values[k]), exponent);
                for (int j = 0; j < _small; j++)
                {
                    _factors[(long)k * _small + j] = (float)(_vectors[(long)k * _small + j] * factor);
                }
            }

            // entries near the ends of the range: products in double, scaled back while they are still wide
            for (int k = 0; k < kept; k++)
            {
                for (int i = 0; i < _large; i++)
                {
                    double sum = 0;
                    for (int j = 0; j < _small; j++)
                    {
                        sum += (double)_factors[(long)k * _small + j] * *tall.At(i, j);
                    }

                    _product[(long)k * _large + i] = (float)Math.ScaleB(sum, -exponent);
                }
            }
        }
        else
        {
            Products.Multiply(new MatrixView(_factors, kept, _small, _small, 1), tall.Transposed, _product, _large, _splitter);
        }

        OrthonormalRows.Run(_product, kept, _large, _work);
    }

    private void WriteColumns(int kept, float* u, bool wide)
    {
        int rows = wide ? _small : _large;
        for (int k = 0; k < kept; k++)
        {
            for (int i = 0; i < rows; i++)
            {
                u[(long)i * _rank + k] = wide ? (float)_vectors[(long)k * _small + i] : _product[(long)k * _large + i];
            }
        }
    }
}
