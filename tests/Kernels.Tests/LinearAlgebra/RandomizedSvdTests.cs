using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.LinearAlgebra.Reference;

namespace Engram.Kernels.Tests.LinearAlgebra;

public sealed unsafe class RandomizedSvdTests
{
    [Theory]
    [InlineData(SvdPath.Auto)]
    [InlineData(SvdPath.Gram)]
    [InlineData(SvdPath.Sketch)]
    public void The_error_is_within_one_percent_of_the_optimal_truncation_on_adversarial_spectra(SvdPath path)
    {
        MatrixCase.ForAll(100, 120, c =>
        {
            foreach (int rank in new[] { 1, 4, 12, Math.Min(c.Rows, c.Columns) })
            {
                float[] values = c.Build();
                var found = new Result(values, c.Rows, c.Columns, new RandomizedSvdOptions(rank) { Path = path, Seed = (ulong)c.Seed });
                double tolerance = TestMatrix.Tolerance(c.Rows, c.Columns), norm = ReferenceMatrix.Norm(found.A);
                double optimal = Math.Sqrt(TestMatrix.SingularValues(found.A).Skip(rank).Sum(x => x * x));
                if (found.ProjectionError > 1.01 * optimal + tolerance * norm
                    || found.ReconstructionError > 1.01 * optimal + tolerance * norm
                    || found.ProjectionError < optimal - tolerance * norm)
                {
                    return false;
                }
            }

            return true;
        });
    }

    [Theory]
    [InlineData(SvdPath.Gram)]
    [InlineData(SvdPath.Sketch)]
    public void U_and_V_are_orthonormal_and_sigma_is_sorted_and_zero_beyond_the_effective_rank(SvdPath path)
    {
        MatrixCase.ForAll(100, 120, c =>
        {
            int rank = 1 + c.Seed % 20;
            var found = new Result(c.Build(), c.Rows, c.Columns, new RandomizedSvdOptions(rank) { Path = path });
            int kept = found.Status.EffectiveRank;
            double tolerance = TestMatrix.Tolerance(c.Rows, c.Columns) * Math.Sqrt(rank);
            return kept <= Math.Min(rank, Math.Min(c.Rows, c.Columns))
                && TestMatrix.Skewness(found.U, kept) <= tolerance
                && TestMatrix.Skewness(ReferenceMatrix.Transpose(found.Vt), kept) <= tolerance
                && found.S.SequenceEqual(found.S.OrderDescending())
                && found.S.Take(kept).All(x => x > 0)
                && found.S.Skip(kept).All(x => x == 0)
                && Enumerable.Range(kept, rank - kept).All(j => Enumerable.Range(0, c.Rows).All(i => found.U[i, j] == 0));
        });
    }

    [Fact]
    public void The_Gram_path_leaves_exactly_the_tail_of_the_spectrum_and_more_rank_never_leaves_more()
    {
        MatrixCase.ForAll(60, 60, c =>
        {
            float[] values = c.Build();
            double[,] a = TestMatrix.Wide(values, c.Rows, c.Columns);
            double[] sigma = TestMatrix.SingularValues(a);
            double norm = ReferenceMatrix.Norm(a), tolerance = TestMatrix.Tolerance(c.Rows, c.Columns), before = double.PositiveInfinity;
            for (int rank = 1; rank <= Math.Min(c.Rows, c.Columns); rank += 3)
            {
                var found = new Result(values, c.Rows, c.Columns, new RandomizedSvdOptions(rank) { Path = SvdPath.Gram });
                double tail = sigma.Skip(rank).Sum(x => x * x), square = found.ProjectionError * found.ProjectionError;
                if (Math.Abs(square - tail) > tolerance * norm * norm || found.ProjectionError > before + tolerance * norm)
                {
                    return false;
                }

                before = found.ProjectionError;
            }

            return true;
        });
    }

    [Theory]
    [InlineData(SvdPath.Gram)]
    [InlineData(SvdPath.Sketch)]
    public void Rank_deficient_input_reports_its_rank_and_is_reproduced_by_it(SvdPath path)
    {
        MatrixCase.ForAll(90, 80, c =>
        {
            MatrixCase low = c with { Kind = c.Seed % 2 == 0 ? "deficient" : "repeated" };
            int rank = low.Rank + 3;
            var found = new Result(low.Build(), c.Rows, c.Columns, new RandomizedSvdOptions(rank) { Path = path });
            double norm = ReferenceMatrix.Norm(found.A);
            return found.Status.EffectiveRank == low.Rank && found.ProjectionError <= TestMatrix.Tolerance(c.Rows, c.Columns) * norm;
        });
    }

    [Theory]
    [InlineData(SvdPath.Gram)]
    [InlineData(SvdPath.Sketch)]
    public void Singular_values_agree_with_the_slow_twin_where_the_spectrum_decays(SvdPath path)
    {
        int rows = MatrixCase.Size(110, 6), columns = MatrixCase.Size(80, 5), rank = MatrixCase.Size(10, 2);
        float[] values = new MatrixCase(rows, columns, "geometric", 0, 21).Build();
        var found = new Result(values, rows, columns, new RandomizedSvdOptions(rank) { Path = path });
        double[] expected = ReferenceSvd.Decompose(found.A).S;
        for (int i = 0; i < rank; i++)
        {
            Assert.Equal(expected[i], found.S[i], 3e-6 * expected[0]);
        }
    }

    // excess over the best rank-r error, ratio − 1, by the residual identity in double precision: ‖A − UUᵀA‖² = ‖A‖² − ‖UᵀA‖²
    private static double Excess(Result found, double[] sigma, int rank)
    {
        double captured = ReferenceMatrix.Multiply(ReferenceMatrix.Transpose(found.U), found.A).Cast<double>().Sum(x => x * x);
        return Math.Sqrt((sigma.Sum(x => x * x) - captured) / sigma.Skip(rank).Sum(x => x * x)) - 1;
    }

    private static float[] Decaying(int rows, int columns, Func<int, double> sigma, int seed)
    {
        var random = new Random(seed);
        int k = Math.Min(rows, columns);
        double[,] u = ReferenceQr.Factor(TestMatrix.Gaussian(random, rows, k)).Q, v = ReferenceQr.Factor(TestMatrix.Gaussian(random, columns, k)).Q;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < k; j++)
                u[i, j] *= sigma(j);
        }

        return [.. ReferenceMatrix.Multiply(u, ReferenceMatrix.Transpose(v)).Cast<double>().Select(x => (float)x)];
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_automatic_setting_errs_a_twentieth_of_a_percent_at_most_where_the_spectrum_decays(int kind)
    {
        int rows = MatrixCase.Size(190, 10), columns = MatrixCase.Size(150, 8);
        float[] values = Decaying(rows, columns, i => kind switch { 0 => 1.0 / (i + 1), 1 => Math.Pow(i + 1, -0.5), 2 => Math.Exp(-i / 8.0) + 1e-3, _ => i < 9 ? 100 - i : 2.0 / (i + 1) }, 3 + kind);
        foreach (bool tall in new[] { true, false })
        {
            (int m, int n) = tall ? (rows, columns) : (columns, rows);
            foreach (int rank in new[] { 1, 5, MatrixCase.Size(20, 6) })
            {
                var found = new Result(values, m, n, new RandomizedSvdOptions(rank) { Path = SvdPath.Sketch });
                double[] sigma = TestMatrix.SingularValues(found.A);
                Assert.True(Excess(found, sigma, rank) <= 5e-4, $"kind {kind}, [{m}, {n}], rank {rank}: {Excess(found, sigma, rank)}, {found.Status}");
                Assert.Equal(rank, found.Status.EffectiveRank);
                Assert.True(TestMatrix.Skewness(found.U, rank) <= TestMatrix.Tolerance(m, n) * Math.Sqrt(rank));
                Assert.True(TestMatrix.Skewness(ReferenceMatrix.Transpose(found.Vt), rank) <= TestMatrix.Tolerance(m, n) * Math.Sqrt(rank));
                for (int k = 0; k < rank; k++)
                    Assert.Equal(sigma[k], found.S[k], 1e-2 * sigma[k]);
            }
        }
    }

    [Fact]
    public void Wide_spread_lost_rank_and_noise_larger_than_a_Krylov_space_keep_the_promise()
    {
        int rows = MatrixCase.Size(170, 10), columns = MatrixCase.Size(210, 9);
        foreach (string kind in new[] { "gaussian", "flat", "geometric", "clustered", "spike", "deficient", "repeated", "sparse", "zero" })
        {
            float[] values = new MatrixCase(rows, columns, kind, 0, 77).Build();
            foreach (int rank in new[] { 1, MatrixCase.Size(24, 4), MatrixCase.Size(60, 8) })
            {
                var found = new Result(values, rows, columns, new RandomizedSvdOptions(rank) { Path = SvdPath.Sketch });
                double norm = ReferenceMatrix.Norm(found.A), optimal = Math.Sqrt(TestMatrix.SingularValues(found.A).Skip(rank).Sum(x => x * x));
                Assert.True(found.ProjectionError <= 1.01 * optimal + TestMatrix.Tolerance(rows, columns) * norm, $"{kind}, rank {rank}: {found.ProjectionError} against {optimal}, {found.Status}");
                Assert.True(TestMatrix.Skewness(found.U, found.Status.EffectiveRank) <= TestMatrix.Tolerance(rows, columns) * Math.Sqrt(rank), $"{kind}, rank {rank}");
            }
        }
    }

    [Fact]
    public void Rows_columns_and_neither_contiguous_give_the_same_space()
    {
        int rows = MatrixCase.Size(130, 8), columns = MatrixCase.Size(160, 9), rank = MatrixCase.Size(6, 2);
        float[] values = Decaying(rows, columns, i => Math.Exp(-i / 3.0) + 1e-4, 5), turned = new float[values.Length], spaced = new float[2 * values.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                turned[j * rows + i] = spaced[2 * (i * columns + j)] = values[i * columns + j];
        }

        var options = new RandomizedSvdOptions(rank) { Path = SvdPath.Sketch };
        var expected = new Result(values, rows, columns, options);
        float[] u = new float[rows * rank], s = new float[rank], vt = new float[rank * columns], scratch = new float[RandomizedSvd.ScratchLength(rows, columns, options)];
        fixed (float* t = turned, d = spaced, pu = u, ps = s, pv = vt)
        {
            foreach (MatrixView view in new[] { MatrixView.RowMajor(t, columns, rows).Transposed, new MatrixView(d, rows, columns, 2 * columns, 2) })
            {
                RandomizedSvd.Decompose(view, options, pu, ps, pv, scratch);
                double[,] product = ReferenceMatrix.Multiply(TestMatrix.Scaled(TestMatrix.Wide(u, rows, rank), s), TestMatrix.Wide(vt, rank, columns));
                double[,] wanted = ReferenceMatrix.Multiply(TestMatrix.Scaled(expected.U, expected.S), expected.Vt);
                Assert.True(ReferenceMatrix.Distance(product, wanted) <= 0.03 * ReferenceMatrix.Distance(wanted, expected.A));
            }
        }
    }

    [Theory]
    [InlineData(1, 40)]
    [InlineData(40, 1)]
    [InlineData(1, 1)]
    public void A_single_row_or_column_is_its_own_component(int rows, int columns)
    {
        float[] values = new MatrixCase(rows, columns, "gaussian", 0, 8).Build();
        foreach (SvdPath path in new[] { SvdPath.Auto, SvdPath.Gram, SvdPath.Sketch })
        {
            var found = new Result(values, rows, columns, new RandomizedSvdOptions(3) { Path = path });
            Assert.Equal(1, found.Status.EffectiveRank);
            double norm = ReferenceMatrix.Norm(found.A);
            Assert.Equal(norm, found.S[0], 4 * TestMatrix.FloatEpsilon * norm);
            Assert.True(found.ReconstructionError <= TestMatrix.Tolerance(rows, columns) * norm);
        }
    }

    [Fact]
    public void The_status_tells_the_error_that_was_left()
    {
        int side = MatrixCase.Size(150, 8);
        float[] values = new MatrixCase(side, side, "gaussian", 0, 17).Build();
        foreach (SvdPath path in new[] { SvdPath.Gram, SvdPath.Sketch })
        {
            var found = new Result(values, side, side, new RandomizedSvdOptions(4) { Path = path });
            Assert.Equal(path, found.Status.Path);
            Assert.Equal(found.ReconstructionError / ReferenceMatrix.Norm(found.A), found.Status.Residual, 1e-5);
            Assert.True(found.ProjectionError <= found.ReconstructionError * (1 + 1e-6));
        }
    }

    [Fact]
    public void Seeds_repeat_and_thread_counts_do_not_matter_bit_for_bit()
    {
        int rows = MatrixCase.Size(300, 20), columns = MatrixCase.Size(400, 24);
        float[] values = new MatrixCase(rows, columns, "gaussian", 0, 33).Build();
        foreach ((SvdPath path, int? iterations) in new[] { (SvdPath.Gram, (int?)null), (SvdPath.Sketch, null), (SvdPath.Sketch, 2) })
        {
            var options = new RandomizedSvdOptions(6) { Path = path, PowerIterations = iterations, Seed = 5 };
            var first = new Result(values, rows, columns, options);
            foreach (int threads in new[] { 1, 2, 5 })
            {
                using var splitter = new WorkSplitter(threads);
                var again = new Result(values, rows, columns, options, splitter);
                Assert.Equal(first.U, again.U);
                Assert.Equal(first.S, again.S);
                Assert.Equal(first.Vt, again.Vt);
            }
        }
    }

    [Fact]
    public void A_transposed_view_swaps_the_factors()
    {
        int rows = MatrixCase.Size(60, 6), columns = MatrixCase.Size(45, 5);
        float[] values = new MatrixCase(rows, columns, "geometric", 0, 6).Build();
        var options = new RandomizedSvdOptions(3) { Path = SvdPath.Gram };
        var straight = new Result(values, rows, columns, options);
        float[] u = new float[columns * 3], s = new float[3], vt = new float[3 * rows], scratch = new float[RandomizedSvd.ScratchLength(columns, rows, options)];
        fixed (float* a = values, pu = u, ps = s, pv = vt)
        {
            RandomizedSvd.Decompose(MatrixView.RowMajor(a, rows, columns).Transposed, options, pu, ps, pv, scratch);
        }

        Assert.Equal(straight.S, s);
        Assert.True(ReferenceMatrix.Distance(
            ReferenceMatrix.Multiply(TestMatrix.Scaled(straight.U, s), straight.Vt),
            ReferenceMatrix.Transpose(ReferenceMatrix.Multiply(TestMatrix.Scaled(TestMatrix.Wide(u, columns, 3), s), TestMatrix.Wide(vt, 3, rows))))
            <= TestMatrix.Tolerance(rows, columns) * ReferenceMatrix.Norm(straight.A));
    }

    [Fact]
    public void Nothing_is_allocated_on_the_managed_heap()
    {
        int rows = MatrixCase.Size(200, 20), columns = MatrixCase.Size(220, 24);
        float[] values = new MatrixCase(rows, columns, "gaussian", 0, 1).Build();
        foreach (SvdPath path in new[] { SvdPath.Gram, SvdPath.Sketch })
        {
            var options = new RandomizedSvdOptions(4) { Path = path };
            float[] u = new float[rows * 4], s = new float[4], vt = new float[4 * columns], scratch = new float[RandomizedSvd.ScratchLength(rows, columns, options)];
            Assert.Equal(0, Allocation.Least(() => RandomizedSvd.Decompose(values, rows, columns, options, u, s, vt, scratch)));
        }
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "infinity")]
    public void Entries_that_are_not_finite_are_refused_before_any_output_is_written(float bad, string word)
    {
        float[] values = new MatrixCase(20, 30, "gaussian", 0, 1).Build();
        values[4 * 30 + 11] = bad;
        float[] u = Enumerable.Repeat(7f, 20).ToArray();
        var options = new RandomizedSvdOptions(1);
        var error = Assert.Throws<ArgumentException>(
            () => RandomizedSvd.Decompose(values, 20, 30, options, u, new float[1], [], new float[RandomizedSvd.ScratchLength(20, 30, options)]));
        Assert.Contains(word, error.Message);
        Assert.Contains("(4, 11)", error.Message);
        Assert.All(u, x => Assert.Equal(7f, x));
    }

    [Fact]
    public void A_norm_beyond_float32_bad_options_and_short_scratch_are_refused_with_the_remedy()
    {
        float[] huge = Enumerable.Repeat(3e38f, 16).ToArray(), u = new float[4], s = new float[1];
        var options = new RandomizedSvdOptions(1);
        Assert.Contains("Scale the input down", Assert.Throws<ArgumentException>(() => RandomizedSvd.Decompose(huge, 4, 4, options, u, s, [], new float[10000])).Message);
        Assert.Contains("rank ≥ 1", Assert.Throws<ArgumentException>(() => RandomizedSvd.ScratchLength(4, 4, new RandomizedSvdOptions(0))).Message);
        Assert.Contains("JacobiSvd", Assert.Throws<ArgumentException>(() => RandomizedSvd.ScratchLength(4, 4, options with { Path = SvdPath.Jacobi })).Message);
        Assert.Contains("ScratchLength", Assert.Throws<ArgumentException>(() => RandomizedSvd.Decompose(new float[16].Select(_ => 1f).ToArray(), 4, 4, options, u, s, [], new float[3])).Message);
        Assert.Contains("not be empty", Assert.Throws<ArgumentException>(() => RandomizedSvd.ScratchLength(0, 4, options)).Message);
    }

    private sealed class Result
    {
        internal readonly double[,] A, U, Vt;
        internal readonly float[] S;
        internal readonly SvdStatus Status;

        internal Result(float[] values, int rows, int columns, RandomizedSvdOptions options, WorkSplitter? splitter = null)
        {
            int r = options.Rank;
            float[] u = new float[rows * r], vt = new float[r * columns], scratch = new float[RandomizedSvd.ScratchLength(rows, columns, options)];
            S = new float[r];
            Status = RandomizedSvd.Decompose(values, rows, columns, options, u, S, vt, scratch, splitter);
            A = TestMatrix.Wide(values, rows, columns);
            U = TestMatrix.Wide(u, rows, r);
            Vt = TestMatrix.Wide(vt, r, columns);
        }

        /// <summary>‖A − U Uᵀ A‖_F.</summary>
        internal double ProjectionError =>
            ReferenceMatrix.Distance(ReferenceMatrix.Multiply(U, ReferenceMatrix.Multiply(ReferenceMatrix.Transpose(U), A)), A);

        /// <summary>‖A − U S Vᵀ‖_F.</summary>
        internal double ReconstructionError => ReferenceMatrix.Distance(ReferenceMatrix.Multiply(TestMatrix.Scaled(U, S), Vt), A);
    }
}
