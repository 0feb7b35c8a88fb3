using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.LinearAlgebra.Reference;
using static Engram.Kernels.Tests.LinearAlgebra.ConeCase;

namespace Engram.Kernels.Tests.LinearAlgebra;

public sealed class DualSolverTests
{
    private static readonly DualSettings Exact = new(DualMethod.ActiveSet);

    [Fact]
    public void T1_without_conflict_all_multipliers_are_zero() => ForAll(30, 200, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        rows = [.. rows.Select(row => Dot(row, g) < 0 ? [.. row.Select(x => -x)] : row)];
        return Enum.GetValues<DualMethod>().All(method => Project(g, rows, new DualSettings(method)).Z.SequenceEqual(g));
    });

    [Fact]
    public void T2_T4_the_exact_method_meets_the_optimality_conditions() => ForAll(30, 400, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        (double[] z, double[] v, DualStatus status) = Project(g, rows, Exact);
        double norm = Norm(g);
        // what is left of a constraint times its multiplier: multipliers without bound belong to references that nearly depend on each other
        double gap = 1e-9 * Math.Max(1, 0.1 * rows.Zip(v).Sum(x => x.Second * Norm(x.First)) / norm);
        return status is { Outcome: DualOutcome.Converged, Residual: <= 1e-10 } && status.Gap <= gap
            && rows.Zip(v).All(x => x.Second >= 0 && Dot(x.First, z) >= -1e-9 * norm * Norm(x.First)
                && x.Second * Math.Abs(Dot(x.First, z)) <= gap * norm * norm);
    });

    [Fact]
    public void T3_the_answer_is_the_one_that_brute_force_over_active_sets_finds() => ForAll(4, 300, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        double[] expected = ReferenceDual.Project(g, rows)!;
        return Distance(Project(g, rows, Exact).Z, expected) <= 1e-8 * Norm(g);
    });

    [Fact]
    public void T3_no_feasible_vector_is_nearer() => ForAll(30, 150, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        (double[] z, _, _) = Project(g, rows, Exact);
        var random = new Random(c.Seed + 1);
        double[] h = [.. g.Select(x => x + Norm(g) * (random.NextDouble() - 0.5))];
        (double[] y, _, _) = Project(h, rows, Exact); // feasible, and another vector's projection
        return Distance(z, g) <= Distance(y, g) + 1e-9 * Norm(g);
    });

    [Fact]
    public void T3_one_constraint_is_a_gems_formula() => ForAll(1, 100, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        (double[] z, _, _) = Project(g, rows, Exact);
        return Distance(z, ReferenceProjection.Project(g, rows[0])) <= 1e-12 * Norm(g) || Dot(rows[0], rows[0]) <= 1e-24 * Math.Max(1, Dot(g, g));
    });

    [Fact]
    public void T5_projecting_twice_changes_nothing_more_and_a_positive_factor_passes_through() => ForAll(30, 150, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        (double[] z, _, DualStatus first) = Project(g, rows, Exact);
        (double[] twice, _, _) = Project(z, rows, Exact);
        (double[] more, _, DualStatus third) = Project([.. g.Select(x => 1000 * x)], rows, Exact);
        // the gap bounds the square of what the answer is off by
        double off = Math.Sqrt(first.Gap) + Math.Sqrt(third.Gap);
        return Distance(twice, z) <= (1e-8 + off) * Norm(g) && Distance(more, [.. z.Select(x => 1000 * x)]) <= (1e-6 + 1000 * off) * Norm(g);
    });

    /// <summary>Sixteen active references of sixteen dimensions, close to dependent: what is left of the gradient is rounding, and projecting that once more must not make it longer (it came out ten times as long as the gradient).</summary>
    [Fact]
    public void T5_what_rounding_leaves_is_not_magnified()
    {
        (double[] g, double[][] rows) = new ConeCase(16, 29, "sparse", -3, 808935).Build();
        (double[] z, _, _) = Project(g, rows, Exact);
        (double[] twice, _, DualStatus status) = Project(z, rows, Exact);
        Assert.True(Norm(z) <= 1e-5 * Norm(g) && Norm(twice) <= 1.001 * Norm(z), $"{Norm(g):g3}, {Norm(z):g3}, {Norm(twice):g3}, {status}");
        Assert.True(status.Residual < 1e-5, $"{status}");
    }

    [Fact]
    public void T6_scaling_repeating_reordering_and_zero_rows_change_nothing() => ForAll(15, 200, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        (double[] z, _, _) = Project(g, rows, Exact);
        var random = new Random(c.Seed + 2);
        double[][] scaled = [.. rows.Select(row => Math.Pow(10, 8 * random.NextDouble() - 4) is var f ? row.Select(x => x * f).ToArray() : row)];
        double[][] more = [.. rows, .. rows, new double[c.Size]];
        random.Shuffle(more);
        double tolerance = 1e-7 * Norm(g);
        return Distance(Project(g, scaled, Exact).Z, z) <= tolerance && Distance(Project(g, more, Exact).Z, z) <= tolerance;
    });

    [Fact]
    public void T6_the_published_ridge_depends_on_the_scale_and_stops_protecting()
    {
        var random = new Random(3);
        double[] Draw(double scale) => [.. Enumerable.Range(0, 40).Select(_ => scale * TestMatrix.Gaussian(random, 1, 1)[0, 0])];
        double[] g = Draw(1e-3);
        double[][] rows = [.. Enumerable.Range(0, 5).Select(_ => Sum(Draw(1e-3), g, -0.5))];
        double Worst(DualSettings settings, double scale)
        {
            double[] h = [.. g.Select(x => x * scale)];
            double[][] scaled = [.. rows.Select(row => row.Select(x => x * scale).ToArray())];
            (double[] z, _, _) = Project(h, scaled, settings);
            return scaled.Min(row => Dot(row, z) / (Norm(row) * Norm(h)));
        }

        Assert.True(Worst(Exact, 1) > -1e-9 && Worst(Exact, 1e3) > -1e-9);
        DualSettings published = Exact with { LegacyRidge = 1e-3 };
        Assert.True(Worst(published, 1e3) > -1e-3, $"{Worst(published, 1e3)}");
        Assert.True(Worst(published, 1) < -0.05, $"{Worst(published, 1)}");
    }

    [Fact]
    public void T7_the_projection_is_orthogonal_to_the_change_no_longer_than_g_and_does_not_expand() => ForAll(30, 150, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        (double[] z, _, _) = Project(g, rows, Exact);
        var random = new Random(c.Seed + 3);
        double[] h = [.. g.Select(x => x + Norm(g) * (random.NextDouble() - 0.5))];
        (double[] y, _, _) = Project(h, rows, Exact);
        double norm = Norm(g);
        return Math.Abs(Dot(z, Sum(z, g, -1))) <= 1e-8 * norm * norm && Norm(z) <= norm * (1 + 1e-9)
            && Math.Abs(Dot(g, z) - Dot(z, z)) <= 1e-8 * norm * norm && Distance(z, y) <= Distance(g, h) + 1e-8 * norm;
    });

    [Fact]
    public void T8_a_lower_bound_is_the_projection_of_the_gradient_with_the_references_added() => ForAll(12, 200, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        double[] strengths = [.. rows.Select((_, i) => 0.1 + 0.2 * (i % 4))];
        double[] augmented = g;
        for (int i = 0; i < rows.Length; i++)
            augmented = Sum(augmented, rows[i], strengths[i]);
        (double[] z, double[] v, _) = Project(g, rows, Exact, strengths);
        (double[] expected, _, _) = Project(augmented, rows, Exact);
        return v.Zip(strengths).All(x => x.First >= x.Second) && Distance(z, expected) <= 1e-7 * Math.Max(Norm(g), Norm(augmented));
    });

    [Fact]
    public void T8_adding_to_the_dual_is_the_projection_with_the_references_added() => ForAll(12, 200, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        (double[] z, _, _) = Project(g, rows, Exact with { Form = StrengthForm.AddToDual }, [.. rows.Select(_ => 0.5)]);
        (double[] expected, _, _) = Project(g, rows, Exact);
        foreach (double[] row in rows)
            expected = Sum(expected, row, 0.5);
        return Distance(z, expected) <= 1e-9 * (Norm(g) + rows.Sum(Norm));
    });

    [Theory]
    [InlineData(0.3, 0)]
    [InlineData(0.9, 0)]
    [InlineData(1.5, 0.5)]
    public void T8_with_one_constraint_a_lower_bound_acts_only_above_its_threshold(double share, double left)
    {
        double[] g = [1, 2, -3], row = [-2, 1, 1];
        double threshold = -Dot(g, row) / Dot(row, row);
        Assert.True(threshold > 0);
        (double[] z, _, _) = Project(g, [row], Exact, [share * threshold]);
        Assert.Equal(left * threshold * Dot(row, row), Dot(row, z), 1e-12);
        (double[] added, _, _) = Project(g, [row], Exact with { Form = StrengthForm.AddToDual }, [share * threshold]);
        Assert.Equal(share * threshold * Dot(row, row), Dot(row, added), 1e-12);
    }

    [Fact]
    public void A_margin_keeps_every_inner_product_above_it_and_is_the_nearest_vector_that_does() => ForAll(4, 200, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        double[] strengths = [.. rows.Select(_ => 0.3)], margins = [.. rows.Select(row => 0.3 * Dot(row, row))];
        (double[] z, _, DualStatus status) = Project(g, rows, Exact with { Form = StrengthForm.Margin }, strengths);
        double scale = Math.Max(Norm(g), rows.Max(Norm));
        if (status.Outcome == DualOutcome.MarginDropped)
            return ReferenceDual.Project(g, rows, margins, 1e-11) is null && Distance(z, ReferenceDual.Project(g, rows)!) <= 1e-7 * scale;
        return ReferenceDual.Project(g, rows, margins) is { } expected && Distance(z, expected) <= 1e-6 * scale
            && rows.Zip(margins).All(x => Dot(x.First, z) >= x.Second - 1e-7 * scale * Norm(x.First));
    });

    [Fact]
    public void Contradicting_margins_are_dropped_and_said_so()
    {
        double[] g = [1, 1], row = [1, 0];
        (double[] z, _, DualStatus status) = Project(g, [row, [-1, 0]], Exact with { Form = StrengthForm.Margin }, [0.5, 0.5]);
        Assert.Equal(DualOutcome.MarginDropped, status.Outcome);
        Assert.True(Distance(z, [0, 1]) < 1e-9);
    }

    [Fact]
    public void T9_degenerate_references_stay_finite()
    {
        double[] g = [1, -2, 3];
        double[][][] cases = [[[-1, 2, -3], [-1, 2, -3]], [[0, 0, 0]], [.. Enumerable.Range(0, 30).Select(i => new[] { Math.Sin(i), Math.Cos(3 * i), Math.Sin(7 * i) })]];
        foreach (DualMethod method in Enum.GetValues<DualMethod>())
        {
            foreach (double[][] rows in cases)
            {
                Assert.All(Project(g, rows, new DualSettings(method)).Z, x => Assert.True(double.IsFinite(x)));
                Assert.All(Project(new double[3], rows, new DualSettings(method)).V, x => Assert.Equal(0, x));
            }
        }

        Assert.True(Norm(Project(g, cases[0], Exact).Z) < 1e-12);
        (_, double[] v, DualStatus status) = Project([1, double.NaN, 0], [[1, 2, 3]], Exact);
        Assert.Equal(DualOutcome.NotFinite, status.Outcome);
        Assert.Equal([0.0], v);
    }

    [Fact]
    public void T17_modules_solve_on_their_own_what_the_joint_problem_solves_at_once() => ForAll(6, 150, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        int cut = c.Size / 3;
        double[] Part(double[] x, bool first) => [.. x.Select((value, i) => i < cut == first ? value : 0)];
        double[][] joint = [.. rows.SelectMany(row => new[] { Part(row, true), Part(row, false) })];
        (double[] z, _, _) = Project(g, joint, Exact);
        (double[] left, _, _) = Project(Part(g, true), [.. rows.Select(row => Part(row, true))], Exact);
        (double[] right, _, _) = Project(Part(g, false), [.. rows.Select(row => Part(row, false))], Exact);
        (double[] whole, _, _) = Project(g, rows, Exact);
        double tolerance = 1e-8 * Norm(g);
        return Distance(z, Sum(left, right, 1)) <= tolerance
            && rows.All(row => Dot(row, z) >= -1e-8 * Norm(row) * Norm(g)) // inside GEM's cone
            && Distance(z, g) >= Distance(whole, g) - tolerance; // finer never nearer
    });

    [Fact]
    public void T17_splitting_the_data_stays_inside_gems_cone_and_never_comes_nearer() => ForAll(12, 150, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        double[][] tasks = [.. rows.Chunk(2).Select(pair => pair.Length == 1 ? pair[0] : Sum(pair[0], pair[1], 1))];
        (double[] z, _, _) = Project(g, rows, Exact);
        (double[] whole, _, _) = Project(g, tasks, Exact);
        return tasks.All(row => Dot(row, z) >= -1e-8 * Norm(g) * Math.Max(Norm(row), rows.Max(Norm))) && Distance(z, g) >= Distance(whole, g) - 1e-8 * Norm(g);
    });

    [Fact]
    public void T18_the_diagonal_method_is_exact_for_orthogonal_rows_and_feasible_where_no_rows_oppose() => ForAll(10, 200, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        double[][] apart = [.. rows.Select((row, i) => row.Select((x, k) => k % rows.Length == i ? x : 0).ToArray())];
        DualSettings diagonal = new(DualMethod.Diagonal);
        if (Distance(Project(g, apart, diagonal).Z, Project(g, apart, Exact).Z) > 1e-9 * Norm(g))
            return false;
        double[][] positive = [.. rows.Select(row => row.Select(Math.Abs).ToArray())];
        (double[] z, _, DualStatus status) = Project(g, positive, diagonal);
        return status.Violation <= 1e-12 && positive.All(row => Dot(row, z) >= -1e-9 * Norm(g) * Norm(row));
    });

    [Fact]
    public void T18_the_diagonal_method_can_violate_constraints_and_says_how_much()
    {
        double[] g = [-1, -1];
        double[][] rows = [[1, 0], [-0.9, 0.4358898943540674]];
        (double[] z, _, DualStatus status) = Project(g, rows, new DualSettings(DualMethod.Diagonal));
        double worst = rows.Min(row => Dot(row, z)) / Norm(g);
        Assert.True(worst < -0.05);
        Assert.Equal(-worst, status.Violation, 1e-12);
        Assert.Equal(DualOutcome.Approximate, status.Outcome);
    }

    [Fact]
    public void The_diagonal_alone_is_enough_for_the_diagonal_method_and_for_no_other()
    {
        double[] v = new double[2];
        DualStatus status = new DualSolver().Solve(new DualProblem([4, 1], [-2, 3], [0.25, 0.25], 1), new DualSettings(DualMethod.Diagonal), v);
        Assert.Equal([0.5, 0.25], v);
        Assert.True(double.IsNaN(status.Residual));
        var error = Assert.Throws<ArgumentException>(() => new DualSolver().Solve(new DualProblem([4, 1], [-2, 3], [], 1), Exact, new double[2]));
        Assert.Contains("[2, 2]", error.Message);
    }

    [Fact]
    public void Coordinate_descent_reaches_the_exact_answer_and_its_gap_bounds_the_distance() => ForAll(12, 150, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        (double[] z, _, _) = Project(g, rows, Exact);
        foreach (int sweeps in new[] { 1, 3, 1000 })
        {
            (double[] y, _, DualStatus status) = Project(g, rows, new DualSettings(DualMethod.CoordinateDescent) { MostSweeps = sweeps });
            // the gap speaks of the problem with constraints relaxed by δ; its answer is nearer to g
            if (0.5 * Distance(y, g) * Distance(y, g) > 0.5 * Distance(z, g) * Distance(z, g) + (status.Gap + 1e-9) * Norm(g) * Norm(g))
                return false;
            if (status.Outcome == DualOutcome.Converged && c.Kind != "nearly parallel" && Distance(y, z) > 1e-4 * Norm(g))
                return false;
        }

        return true;
    });

    [Fact]
    public void A_sweep_never_raises_the_dual_objective() => ForAll(15, 100, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        double Objective(int sweeps)
        {
            (double[] z, double[] v, _) = Project(g, rows, new DualSettings(DualMethod.CoordinateDescent) { MostSweeps = sweeps });
            return 0.5 * Distance(z, g) * Distance(z, g) + rows.Zip(v).Sum(x => x.Second * Dot(x.First, g));
        }

        double[] values = [.. Enumerable.Range(1, 6).Select(Objective)];
        return values.Zip(values.Skip(1)).All(x => x.Second <= x.First + 1e-9 * Dot(g, g));
    });

    [Fact]
    public void A_warm_start_changes_the_way_and_not_the_answer() => ForAll(20, 150, c =>
    {
        (double[] g, double[][] rows) = c.Build();
        var random = new Random(c.Seed + 4);
        (double[] z, double[] v, _) = Project(g, rows, Exact);
        double[] start = [.. v.Select(x => random.Next(3) switch { 0 => 0, 1 => x, _ => random.NextDouble() })];
        (double[] warm, _, DualStatus status) = Project(g, rows, Exact with { WarmStart = true }, warm: start);
        (_, _, DualStatus again) = Project(g, rows, Exact with { WarmStart = true }, warm: v);
        return status.Outcome == DualOutcome.Converged && Distance(warm, z) <= 1e-8 * Norm(g) && (again.Iterations <= 1 || c.Kind is "nearly parallel" or "repeated" or "opposed");
    });

    [Fact]
    public void Many_constraints_in_few_dimensions_are_solved()
    {
        var random = new Random(11);
        for (int trial = 0; trial < 20; trial++)
        {
            double[] g = [.. Enumerable.Range(0, 8).Select(_ => TestMatrix.Gaussian(random, 1, 1)[0, 0])];
            double[][] rows = [.. Enumerable.Range(0, 60).Select(_ => Sum(g.Select(_ => TestMatrix.Gaussian(random, 1, 1)[0, 0]).ToArray(), g, trial % 2))];
            rows = [.. rows, .. rows.Select(row => row.Select(x => x * (1 + 1e-12)).ToArray())];
            (double[] z, _, DualStatus status) = Project(g, rows, Exact);
            Assert.True(status.Residual <= 1e-10, $"{status}");
            Assert.All(rows, row => Assert.True(Dot(row, z) >= -1e-9 * Norm(row) * Norm(g)));
        }
    }

    [Fact]
    public void Rows_that_differ_by_less_than_the_gram_matrix_can_tell_need_a_ridge_which_is_reported_and_iterated_away()
    {
        var random = new Random(12);
        int ridges = 0;
        for (int trial = 0; trial < 30; trial++)
        {
            double[] Draw() => [.. Enumerable.Range(0, 50).Select(_ => TestMatrix.Gaussian(random, 1, 1)[0, 0])];
            double[] g = Draw();
            double[][] centres = [.. Enumerable.Range(0, 3).Select(_ => Sum(Draw(), g, -0.5))];
            double[][] rows = [.. Enumerable.Range(0, 18).Select(i => Sum(centres[i % 3], Draw(), 1e-7))];
            (double[] z, _, DualStatus status) = Project(g, rows, Exact);
            ridges += status.Ridge > 0 ? 1 : 0;
            Assert.True(status.Residual <= 1e-9, $"{status}");
            Assert.All(rows, row => Assert.True(Dot(row, z) >= -1e-7 * Norm(row) * Norm(g)));
        }

        Assert.True(ridges > 3, $"{ridges}");
    }

    [Fact]
    public void Wrong_lengths_and_strengths_are_refused()
    {
        Assert.Contains("multipliers", Assert.Throws<ArgumentException>(() => new DualSolver().Solve(new DualProblem([1], [1], [], 1), Exact, new double[2])).Message);
        Assert.Contains("-1", Assert.Throws<ArgumentException>(() => new DualSolver().Solve(new DualProblem([1], [1], [-1], 1), Exact, new double[1])).Message);
    }

    [Fact]
    public void A_solve_of_a_size_seen_before_allocates_nothing()
    {
        var solver = new DualSolver();
        double[] gram = [2, 1, 0, 1, 2, -1, 0, -1, 2], b = [-1, 0.5, -2], v = new double[3];
        Assert.Equal(0, Allocation.Least(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                foreach (DualMethod method in (ReadOnlySpan<DualMethod>)[DualMethod.ActiveSet, DualMethod.CoordinateDescent, DualMethod.OneSweep, DualMethod.Diagonal])
                    solver.Solve(new DualProblem(gram, b, [], 3), new DualSettings(method) { WarmStart = true }, v);
            }
        }));
    }
}
