namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Truncated SVD of A [m, n]: the leading r components of A = U S Vᵀ. Three ways: a randomized block Krylov space (the automatic sketch; Musco and Musco
/// 2015, arXiv 1504.05477), a randomized sketch with shifted power iterations (Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1; shift after Feng
/// and Yu 2023) where their number is given or the input is ill-conditioned, and the exact eigendecomposition of the smaller Gram matrix where one side is
/// small.
/// </summary>
/// <remarks>
/// Promise: UᵀU = I to a few eps; ‖A − U Uᵀ A‖_F within 1 % of the optimum sqrt(Σ_{i&gt;r} σ_i²) with automatic power iterations, within 0.1 % where the
/// spectrum decays (the Gram path is optimal to rounding); σ_i and V follow from the Ritz values. Signs of the vectors are arbitrary. Nothing is allocated
/// on the heap.
/// </remarks>
public static unsafe class RandomizedSvd
{
    private const int LaneBlock = 16;

    /// <summary>Floats of scratch needed for a [<paramref name="rows"/>, <paramref name="columns"/>] matrix.</summary>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    public static int ScratchLength(int rows, int columns, RandomizedSvdOptions options)
    {
        Validate(rows, columns, options);
        var measure = new Scratch(null, 0);
        if (ChoosePath(rows, columns, options) == SvdPath.Gram)
        {
            _ = new GramSvd(ref measure, rows, columns, options.Rank, null);
        }
        else
        {
            _ = new SketchSvd(ref measure, rows, columns, options.Rank, SketchWidth(rows, columns, options), null);
            if (TriesKrylov(rows, columns, options))
            {
                // the same memory: one of the two runs after the other has given up; either side may be the one with contiguous rows
                var upright = new Scratch(null, 0);
                var lying = new Scratch(null, 0);
                _ = new KrylovSvd(ref upright, rows, columns, options.Rank, null);
                _ = new KrylovSvd(ref lying, columns, rows, options.Rank, null);
                return Math.Max(measure.LengthInFloats, Math.Max(upright.LengthInFloats, lying.LengthInFloats));
            }
        }

        return measure.LengthInFloats;
    }

    /// <summary>Decomposes <paramref name="a"/>, which is only read.</summary>
    /// <param name="a">Matrix [m, n]; any strides, so a transposed view costs nothing.</param>
    /// <param name="options">Rank r, path, power iterations, seed.</param>
    /// <param name="u">Receives U [m, r], row-major.</param>
    /// <param name="s">Receives σ [r], descending.</param>
    /// <param name="vt">Receives Vᵀ [r, n], row-major; null when not wanted.</param>
    /// <param name="scratch"><see cref="ScratchLength"/> floats.</param>
    /// <param name="splitter">Threads for the products; null runs on the calling thread. The result does not depend on their
    /// number.</param>
    /// <exception cref="ArgumentException">An entry is not finite, ‖A‖_F exceeds float32, the options are out of range, or the scratch is
    /// too short.</exception>
    public static SvdStatus Decompose(
        in MatrixView a, RandomizedSvdOptions options, float* u, float* s, float* vt, Span<float> scratch, WorkSplitter? splitter = null)
    {
        Validate(a.Rows, a.Columns, options);
        MatrixScan scan = MatrixScan.Run("RandomizedSvd", a);
        CheckNorm("RandomizedSvd", scan.SumOfSquares);
        int rank = options.Rank;
        new Span<float>(u, checked(a.Rows * rank)).Clear();
        new Span<float>(s, rank).Clear();
        if (vt != null)
        {
            new Span<float>(vt, checked(a.Columns * rank)).Clear();
        }

        SvdPath path = ChoosePath(a.Rows, a.Columns, options);
        if (scan.SumOfSquares == 0)
        {
            return new SvdStatus(0, 0, true, 0, path);
        }

        double drop = options.DropTolerance ?? 1.1920928955078125e-7 * Math.Sqrt(Math.Max(a.Rows, a.Columns));
        fixed (float* start = scratch)
        {
            var pieces = new Scratch(start, scratch.Length);
            if (path == SvdPath.Gram)
            {
                return new GramSvd(ref pieces, a.Rows, a.Columns, rank, splitter).Run(a, scan.SumOfSquares, drop, u, s, vt);
            }

            if (TriesKrylov(a.Rows, a.Columns, options))
            {
                Scratch own = pieces;
                bool flipped = a.ColumnStride != 1;
                SvdStatus? status = new KrylovSvd(ref own, flipped ? a.Columns : a.Rows, flipped ? a.Rows : a.Columns, rank, splitter)
                    .Run(a, scan, options.Seed, drop, u, s, vt);
                if (status is { } done)
                {
                    return done;
                }
            }

            return new SketchSvd(ref pieces, a.Rows, a.Columns, rank, SketchWidth(a.Rows, a.Columns, options), splitter)
                .Run(a, scan, options.PowerIterations, options.Seed, drop, u, s, vt);
        }
    }

    /// <summary>Convenience over spans: <paramref name="a"/> is [rows, columns] row-major and contiguous.</summary>
    /// <exception cref="ArgumentException">A span is too short, or see the pointer overload.</exception>
    public static SvdStatus Decompose(
        ReadOnlySpan<float> a, int rows, int columns, RandomizedSvdOptions options,
        Span<float> u, Span<float> s, Span<float> vt, Span<float> scratch, WorkSplitter? splitter = null)
    {
        Validate(rows, columns, options);
        Require("a", a.Length, (long)rows * columns);
        Require("u", u.Length, (long)rows * options.Rank);
        Require("s", s.Length, options.Rank);
        if (!vt.IsEmpty)
        {
            Require("vt", vt.Length, (long)options.Rank * columns);
        }

        fixed (float* pa = a, pu = u, ps = s, pv = vt)
        {
            return Decompose(MatrixView.RowMajor(pa, rows, columns), options, pu, ps, pv, scratch, splitter);
        }
    }

    internal static void CheckNorm(string operation, double sumOfSquares)
    {
        if (sumOfSquares > (double)float.MaxValue * float.MaxValue)
        {
            throw new ArgumentException(
                $"{operation}: the Frobenius norm {Math.Sqrt(sumOfSquares):g3} exceeds the largest float32, "
                + "so singular values cannot be returned. Scale the input down.");
        }
    }

    private static void Require(string name, int length, long needed)
    {
        if (length < needed)
        {
            throw new ArgumentException($"RandomizedSvd: {name} needs {needed} elements, got {length}.", name);
        }
    }

    private static void Validate(int rows, int columns, RandomizedSvdOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (rows < 1 || columns < 1)
        {
            throw new ArgumentException($"RandomizedSvd: the matrix must not be empty, got [{rows}, {columns}].");
        }

        if (options.Rank < 1 || options.Oversampling < 0 || options.PowerIterations is < 0 || options.DropTolerance is < 0 or double.NaN)
        {
            throw new ArgumentException(
                $"RandomizedSvd: expected rank ≥ 1, oversampling ≥ 0, power iterations ≥ 0 and drop tolerance ≥ 0; got {options}.",
                nameof(options));
        }

        if (options.Path is not (SvdPath.Auto or SvdPath.Sketch or SvdPath.Gram))
        {
            throw new ArgumentException(
                $"RandomizedSvd: path must be Auto, Sketch or Gram, got {options.Path}. JacobiSvd is its own class.", nameof(options));
        }
    }

    private static int SketchWidth(int rows, int columns, RandomizedSvdOptions options)
    {
        long wanted = ((long)options.Rank + options.Oversampling + LaneBlock - 1) / LaneBlock * LaneBlock;
        return (int)Math.Min(wanted, Math.Min(rows, columns));
    }

    private static bool TriesKrylov(int rows, int columns, RandomizedSvdOptions options) =>
        options.PowerIterations == null && KrylovSvd.Suits(rows, columns, options.Rank);

    // The Gram path costs about small²·large in double and 10·small³ for the eigenproblem; the sketch must sweep A several times.
    private static SvdPath ChoosePath(int rows, int columns, RandomizedSvdOptions options)
    {
        if (options.Path != SvdPath.Auto)
        {
            return options.Path;
        }

        int small = Math.Min(rows, columns), width = SketchWidth(rows, columns, options);
        return small <= 128 || small <= 2 * width ? SvdPath.Gram : SvdPath.Sketch;
    }
}
