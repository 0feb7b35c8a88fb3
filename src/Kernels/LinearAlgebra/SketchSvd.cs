namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Truncated SVD by a randomized range finder: Q = orth(AΩ), then Q ← orth((A Aᵀ − αI) Q) until the captured energy ‖AᵀQ‖_F² settles,
/// then the
/// eigenproblem of the small matrix QᵀA Aᵀ Q.
/// </summary>
/// <remarks>
/// Z = AᵀQ serves three ends: its Gram matrix G is the small problem, trace(G) is the captured energy, and A Z is the next iterate.
/// Subtracting
/// α = half the smallest Ritz value makes the unwanted directions decay about twice as fast for no extra product. Where the Ritz values
/// spread so far that float32 would lose the small ones in A Z, Z is made orthonormal in between instead.
/// Bases are held as rows (Qᵀ [l, m], Zᵀ [l, n]): both products then read A the way it lies.
/// Orthonormalization is Cholesky QR with the Gram matrix in double precision (loss of orthogonality eps·cond instead of eps·cond²),
/// Householder QR when
/// that is too ill-conditioned; what is left of it is divided out exactly in the small problem.
/// </remarks>
internal unsafe ref struct SketchSvd
{
    private const int MaxIterations = 8;
    private const double Settled = 0.03, WellConditioned = 1e-4, ShiftSpread = 1e-5;
    private readonly int _m;
    private readonly int _n;
    private readonly WorkSplitter _splitter;
    private readonly int _rank;
    private readonly int _width;
    private readonly float* _z;
    private readonly float* _zNext;
    private readonly float* _small;
    private readonly double* _gram;
    private readonly double* _factor;
    private readonly double* _inverse;
    private readonly double* _values;
    private readonly double* _vectors;
    private readonly double* _work;
    private readonly float* _qrScratch;
    private readonly int _qrLength;
    private float* _q;
    private float* _spare;
    private int _exponent;

    internal SketchSvd(ref Scratch pieces, int rows, int columns, int rank, int width, WorkSplitter? splitter)
    {
        _m = rows;
        _n = columns;
        _splitter = splitter ?? Products.Serial;
        _rank = rank;
        _width = width;
        long square = (long)width * width;
        _q = pieces.Floats((long)rows * width);
        _spare = pieces.Floats((long)rows * width);
        _z = pieces.Floats((long)columns * width);
        _zNext = pieces.Floats((long)columns * width);
        _small = pieces.Floats(square);
        _gram = pieces.Doubles(square);
        _factor = pieces.Doubles(square);
        _inverse = pieces.Doubles(square);
        _values = pieces.Doubles(width);
        _vectors = pieces.Doubles(square);
        _work = pieces.Doubles(Math.Max(
            Math.Max(SymmetricProduct.ScratchDoubles(width), SymmetricEigen.ScratchLength(width)), OrthonormalRows.ScratchDoubles(width)));
        _qrLength = HouseholderQr.ScratchLength(Math.Max(rows, columns), width);
        _qrScratch = pieces.Floats(_qrLength);
    }

    internal SvdStatus Run(in MatrixView a, in MatrixScan scan, int? iterations, ulong seed, double drop, float* u, float* s, float* vt)
    {
        // only extreme scales need care; the clamp keeps scaled iterates inside float32 as well
        _exponent = Math.Abs(scan.ScaleExponent) < 40 ? 0 : Math.Clamp(scan.ScaleExponent, -100, 100);
        double energy = Math.ScaleB(scan.SumOfSquares, 2 * _exponent), captured = 0, before;
        RandomFill.Uniform(RandomStream.For(seed, "sketch"), 0, _z, (nint)_n * _width, -1, 1);
        Multiply(a, _z, _n, _spare);
        Orthonormalize(_spare, _m, _q);
        int done = 0;
        bool settled;
        for (; ; done++)
        {
            before = captured;
            Multiply(a.Transposed, _q, _m, _z);
            SymmetricProduct.Run(Columns(_z, _n), _gram, _work);
            captured = Trace();
            settled = captured - before <= Settled * Math.Max(energy - captured, 1e-12 * energy);
            if (done >= (iterations ?? MaxIterations) || (iterations == null && done > 0 && settled))
            {
                break;
            }

            Iterate(a);
        }

        return Finish(energy, drop, done, settled, u, s, vt);
    }

    private readonly double Trace()
    {
        double trace = 0;
        for (int i = 0; i < _width; i++)
        {
            trace += _gram[(long)i * _width + i];
        }

        return trace;
    }

    // vectors held as rows, seen as the columns they stand for
    private readonly MatrixView Columns(float* rows, int length) => new(rows, length, _width, 1, length);

    private readonly MatrixView Rows(float* rows, int length) => new(rows, _width, length, length, 1);

    // (2^exponent · a · source)ᵀ = 2^exponent · sourceᵀ · aᵀ; the scale goes into the small factor, where it is exact and cheap
    private readonly void Multiply(in MatrixView a, float* source, int length, float* target, float beta = 0)
    {
        long count = (long)length * _width;
        if (_exponent != 0)
        {
            FloatVectors.Scale(MathF.ScaleB(1, _exponent), source, count);
        }

        Products.Multiply(Rows(source, length), a.Transposed, target, a.Rows, _splitter, 1, beta);
        if (_exponent != 0)
        {
            FloatVectors.Scale(MathF.ScaleB(1, -_exponent), source, count);
        }
    }

    private void Iterate(in MatrixView a)
    {
        CopyGramToFactor();
        double ratio = CholeskyFactor.Factor(_factor, _width);
        double largest = Trace();
        if (ratio > 0)
        {
            CholeskyFactor.Invert(_factor, _width, _inverse);
            double smallest = CholeskyFactor.SmallestEigenvalue(_inverse, _width, _work);
            if (smallest > ShiftSpread * largest)
            {
                // a sketch as wide as the matrix has no unwanted directions but rounding noise, which the shift would keep alive
                double shift = _width < Math.Min(_m, _n) ? 0.5 * smallest : 0;
                Multiply(a, _z, _n, _q, (float)-shift);
                Orthonormalize(_q, _m, _spare);
                float* old = _q;
                _q = _spare;
                _spare = old;
                return;
            }
        }

        if (ratio > WellConditioned)
        {
            ApplyInverse(_z, _n, _zNext);
        }
        else
        {
            Householder(_z, _n, _zNext);
        }

        Multiply(a, _zNext, _n, _spare);
        Orthonormalize(_spare, _m, _q);
    }

    private readonly void Orthonormalize(float* source, int length, float* target)
    {
        SymmetricProduct.Run(Columns(source, length), _factor, _work);
        if (CholeskyFactor.Factor(_factor, _width) <= WellConditioned)
        {
            Householder(source, length, target);
            return;
        }

        CholeskyFactor.Invert(_factor, _width, _inverse);
        ApplyInverse(source, length, target);
    }

    private readonly void Householder(float* source, int length, float* target) =>
        HouseholderQr.FactorToRows(Columns(source, length), target, new Span<float>(_qrScratch, _qrLength), _splitter);

    private readonly void ApplyInverse(float* source, int length, float* target)
    {
        for (long i = 0; i < (long)_width * _width; i++)
        {
            _small[i] = (float)_inverse[i];
        }

        Products.Multiply(new MatrixView(_small, _width, _width, 1, _width), Rows(source, length), target, length, _splitter);
    }

    private readonly void CopyGramToFactor() =>
        new Span<double>(_gram, _width * _width).CopyTo(new Span<double>(_factor, _width * _width));

    // With QᵀQ = RᵀR, Q R⁻¹ is orthonormal: solve W of R⁻ᵀ G R⁻¹ = W Λ Wᵀ, then U = Q (R⁻¹ W) and V = Z (R⁻¹ W) Λ^(−1/2).
    private readonly SvdStatus Finish(double energy, double drop, int done, bool settled, float* u, float* s, float* vt)
    {
        SymmetricProduct.Run(Columns(_q, _m), _factor, _work);
        CholeskyFactor.Factor(_factor, _width);
        CholeskyFactor.Invert(_factor, _width, _inverse);
        Congruence();
        int count = Math.Min(_rank, _width);
        var scratch = new Span<double>(_work, SymmetricEigen.ScratchLength(_width));
        EigenStatus eigen = SymmetricEigen.Decompose(_factor, _width, count, _values, _vectors, scratch);
        int kept = 0;
        double captured = 0;
        while (kept < count && _values[kept] > 0 && Math.Sqrt(_values[kept]) > drop * Math.Sqrt(_values[0]))
        {
            s[kept] = (float)Math.ScaleB(Math.Sqrt(_values[kept]), -_exponent);
            captured += _values[kept++];
        }

        // row k of _small: component k of R⁻¹ W
        for (int k = 0; k < kept; k++)
        {
            for (int i = 0; i < _width; i++)
            {
                double* row = _inverse + (long)i * _width + i, vector = _vectors + (long)k * _width + i;
                _small[(long)k * _width + i] = (float)DoubleVectors.Dot(row, vector, _width - i);
            }
        }

        var basis = new MatrixView(_small, kept, _width, _width, 1);
        Products.Multiply(Columns(_q, _m), basis.Transposed, u, _rank, _splitter);
        if (vt != null)
        {
            for (int k = 0; k < kept; k++)
            {
                FloatVectors.Scale((float)(1 / Math.Sqrt(_values[k])), _small + (long)k * _width, _width);
            }

            Products.Multiply(basis, Rows(_z, _n), vt, _n, _splitter);
            if (kept > 0 && _values[kept - 1] < 1e-3 * _values[0])
            {
                OrthonormalRows.Run(vt, kept, _n, _work);
            }
        }

        return new SvdStatus(kept, done, settled && eigen.Converged, Math.Sqrt(Math.Max(0, energy - captured) / energy), SvdPath.Sketch);
    }

    // _factor ← R⁻ᵀ G R⁻¹ with R⁻¹ upper triangular; _vectors holds G R⁻¹ on the way
    private readonly void Congruence()
    {
        int l = _width;
        new Span<double>(_vectors, l * l).Clear();
        for (int i = 0; i < l; i++)
        {
            for (int k = 0; k < l; k++)
            {
                DoubleVectors.Add(_gram[(long)i * l + k], _inverse + (long)k * l + k, _vectors + (long)i * l + k, l - k);
            }
        }

        new Span<double>(_factor, l * l).Clear();
        for (int k = 0; k < l; k++)
        {
            for (int i = k; i < l; i++)
            {
                DoubleVectors.Add(_inverse[(long)k * l + i], _vectors + (long)k * l + i, _factor + (long)i * l + i, l - i);
            }
        }
    }
}
