using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.LinearAlgebra.Reference;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests.LinearAlgebra;

public sealed class GradientProjectionTests
{
    private const double Epsilon = TestMatrix.FloatEpsilon;

    public sealed record Pair(int Count, string Kind, int GradientExponent, int ReferenceExponent, int Seed)
    {
        internal (float[] Gradient, float[] Reference) Build()
        {
            var random = new Random(Seed);
            float[] Draw() => Enumerable.Range(0, Count).Select(_ => (float)TestMatrix.Gaussian(random, 1, 1)[0, 0]).ToArray();
            float[] g = Draw(), r = Draw();
            for (int i = 0; i < Count; i++)
            {
                g[i] = Kind switch
                {
                    "sparse" => random.Next(8) == 0 ? g[i] : 0,
                    "opposed" => -r[i],
                    "nearly opposed" => -r[i] * (1 + 1e-4f * g[i]),
                    "conflict" => g[i] - r[i],
                    _ => g[i],
                };
            }

            float gs = MathF.Pow(10, GradientExponent), rs = MathF.Pow(10, ReferenceExponent);
            return (g.Select(x => x * gs).ToArray(), r.Select(x => x * rs).ToArray());
        }
    }

    private static void ForAll(Func<Pair, bool> property)
    {
        Gen<Pair> pairs =
            from count in Gen.Choose(1, MatrixCase.Size(200, 20))
            from kind in Gen.Elements("gaussian", "sparse", "opposed", "nearly opposed", "conflict")
            from gradient in Gen.Choose(-8, 8)
            from reference in Gen.Choose(-8, 8)
            from seed in Gen.Choose(0, 1 << 20)

            // pairs at the guard's edge have their own tests: there the projection is skipped on purpose
            where reference - gradient > -11 && reference > -11
            select new Pair(count, kind, gradient, reference, seed);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(MatrixCase.Size(300, 30)), Prop.ForAll(pairs.ToArbitrary(), property));
    }

    [Fact]
    public void T1_without_conflict_the_gradient_is_untouched_bit_for_bit() => ForAll(pair =>
    {
        (float[] g, float[] r) = pair.Build();
        float[] z = (float[])g.Clone();
        ProjectionStatus status = GradientProjection.Project(z, r);
        return status.Projected == status.Dot < 0 && (status.Projected || z.SequenceEqual(g));
    });

    [Fact]
    public void T2_the_result_does_not_oppose_the_reference() => ForAll(pair =>
    {
        (float[] g, float[] r) = pair.Build();
        float[] z = Project(g, r);
        return Dot(z, r) >= -2 * Epsilon * Norm(g) * Norm(r);
    });

    [Fact]
    public void T3_the_result_is_the_closed_form_and_closer_than_any_other_feasible_vector() => ForAll(pair =>
    {
        (float[] g, float[] r) = pair.Build();
        float[] z = Project(g, r);
        double[] expected = ReferenceProjection.Project(Wide(g), Wide(r));
        double tolerance = Epsilon * Norm(g);
        if (z.Zip(expected).Any(x => Math.Abs(x.First - x.Second) > tolerance))
        {
            return false;
        }

        // y = random vector pushed into the half-space ⟨y, r⟩ ≥ 0
        var random = new Random(pair.Seed + 1);
        double[] y = ReferenceProjection.Project(g.Select(x => x + Norm(g) * (random.NextDouble() - 0.5)).ToArray(), Wide(r));
        return Distance(Wide(z), Wide(g)) <= Distance(y, Wide(g)) + tolerance * Math.Sqrt(g.Length);
    });

    [Fact]
    public void T5_projecting_twice_changes_nothing_more_and_a_positive_factor_passes_through() => ForAll(pair =>
    {
        (float[] g, float[] r) = pair.Build();
        float[] once = Project(g, r), twice = Project(once, r), eight = Project(g.Select(x => 8 * x).ToArray(), r);
        double tolerance = Epsilon * Norm(g) * Math.Sqrt(g.Length);
        return Distance(Wide(twice), Wide(once)) <= tolerance && eight.Zip(once).All(x => x.First == 8 * x.Second);
    });

    [Fact]
    public void T6_scaling_the_reference_by_a_positive_factor_changes_nothing() => ForAll(pair =>
    {
        (float[] g, float[] r) = pair.Build();
        return Project(g, r.Select(x => x * 1024).ToArray()).SequenceEqual(Project(g, r));
    });

    [Fact]
    public void T7_the_result_is_orthogonal_to_the_change_no_longer_than_g_and_the_map_does_not_expand() => ForAll(pair =>
    {
        (float[] g, float[] r) = pair.Build();
        var random = new Random(pair.Seed + 2);
        float[] h = g.Select(x => (float)(x + Norm(g) * (random.NextDouble() - 0.5))).ToArray(), z = Project(g, r), w = Project(h, r);
        double norm = Norm(g), tolerance = 4 * Epsilon * Math.Sqrt(g.Length);
        return Math.Abs(Dot(z, z) - Dot(z, g)) <= tolerance * norm * norm
            && Norm(z) <= norm * (1 + tolerance)
            && Distance(Wide(z), Wide(w)) <= Distance(Wide(g), Wide(h)) + tolerance * (norm + Norm(h));
    });

    [Theory]
    [InlineData(1f, 0f, ProjectionOutcome.NoConflict)]
    [InlineData(0f, 1f, ProjectionOutcome.NoConflict)]
    [InlineData(0f, 0f, ProjectionOutcome.NoConflict)]
    [InlineData(1f, -1f, ProjectionOutcome.Projected)]
    [InlineData(1f, -1e-20f, ProjectionOutcome.ReferenceVanishes)]
    [InlineData(float.NaN, 1f, ProjectionOutcome.GradientNotFinite)]
    [InlineData(1f, float.NegativeInfinity, ProjectionOutcome.ReferenceNotFinite)]
    public void T9_degenerate_pairs_stay_finite_and_say_what_happened(float gradient, float reference, ProjectionOutcome expected)
    {
        float[] g = Enumerable.Repeat(gradient, 37).ToArray(), r = Enumerable.Repeat(reference, 37).ToArray();
        ProjectionStatus status = GradientProjection.Project(g, r);
        Assert.Equal(expected, status.Outcome);
        float left = expected == ProjectionOutcome.Projected ? 0 : gradient;
        Assert.All(g, x => Assert.Equal(left, x));
        Assert.Equal(expected == ProjectionOutcome.Projected ? -1 : 0, status.Coefficient);
    }

    [Fact]
    public void The_guard_grows_with_the_gradient()
    {
        float[] g = Enumerable.Repeat(1e8f, 64).ToArray(), r = Enumerable.Repeat(-1e-5f, 64).ToArray();
        Assert.Equal(ProjectionOutcome.ReferenceVanishes, GradientProjection.Project(g, r).Outcome);
        g = Enumerable.Repeat(1f, 64).ToArray();
        Assert.Equal(ProjectionOutcome.Projected, GradientProjection.Project(g, r).Outcome);
    }

    [Fact]
    public void The_number_of_threads_does_not_change_a_bit()
    {
        int count = 5 * GradientProjection.Block + 1237;
        (float[] g, float[] r) = new Pair(count, "conflict", 0, 0, 5).Build();
        float[] alone = (float[])g.Clone();
        ProjectionStatus expected = GradientProjection.Project(alone, r);
        Assert.True(expected.Projected);
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using var splitter = new WorkSplitter(threads);
            float[] z = (float[])g.Clone();
            Assert.Equal(expected, GradientProjection.Project(z, r, splitter));
            Assert.Equal(alone, z);
        }
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(1e25f)] // products overflow single precision
    [InlineData(1e-25f)] // products vanish in it
    public unsafe void Lane_widths_do_not_change_a_bit_and_the_sums_keep_the_range_of_double_precision(float scale)
    {
        foreach (int count in new[] { 1, 31, 63, 64, 65, 127, 1024, 1087, 4096 + 17, Tiny.Of(GradientProjection.Block + 100, 200) })
        {
            (float[] g, float[] r) = new Pair(count, "conflict", 0, 0, count).Build();
            r = [.. r.Select(x => x * scale)];
            double dot = g.Zip(r, (x, y) => (double)x * y).Sum(), terms = g.Zip(r, (x, y) => Math.Abs((double)x * y)).Sum();
            ProjectionStatus? first = null;
            float[] expected = [];
            foreach (LaneWidth width in Sample.Widths)
            {
                float[] z = (float[])g.Clone();
                fixed (float* at = z, to = r)
                {
                    ProjectionStatus status = GradientProjection.Project(at, to, count, null, width);
                    Assert.Equal(first ?? status, status);
                    Assert.Equal(first == null ? z : expected, z);
                    (first, expected) = (status, z);
                }
            }

            Assert.Equal(dot, first!.Value.Dot, 3.1 * Math.Pow(2, -24) * terms);
            Assert.Equal(1, first.Value.ReferenceNormSquared / Dot(r, r), 4e-7);
            Assert.Equal(1, first.Value.GradientNormSquared / Dot(g, g), 4e-7);
        }
    }

    [Fact]
    public void More_blocks_than_one_run_takes_are_summed_whole()
    {
        float[] g = Enumerable.Repeat(1f, 130 * GradientProjection.Block + 3).ToArray(), r = Enumerable.Repeat(-2f, g.Length).ToArray();
        ProjectionStatus status = GradientProjection.Project(g, r);
        Assert.Equal(-2.0 * g.Length, status.Dot);
        Assert.Equal(4.0 * g.Length, status.ReferenceNormSquared);
        Assert.Equal(1.0 * g.Length, status.GradientNormSquared);
        Assert.All(g, x => Assert.Equal(0f, x));
    }

    [Fact]
    public void Different_lengths_are_refused_with_both()
    {
        var error = Assert.Throws<ArgumentException>(() => GradientProjection.Project(new float[3], new float[4]));
        Assert.Contains("[3]", error.Message);
        Assert.Contains("[4]", error.Message);
    }

    private static float[] Project(float[] g, float[] r)
    {
        float[] z = (float[])g.Clone();
        GradientProjection.Project(z, r);
        return z;
    }

    private static double[] Wide(float[] x) => x.Select(v => (double)v).ToArray();

    private static double Dot(float[] x, float[] y) => x.Zip(y).Sum(p => (double)p.First * p.Second);

    private static double Norm(float[] x) => Math.Sqrt(Dot(x, x));

    private static double Distance(double[] x, double[] y) => Math.Sqrt(x.Zip(y).Sum(p => (p.First - p.Second) * (p.First - p.Second)));
}
