using Engram.Kernels;

namespace Engram.ContinualLearning.Tests;

public class GeneratorTests
{
    private const int P = 40;

    // columns with a decaying spectrum and a mean that is not zero, as images have
    private static float[] Samples(int n, int rank, ulong seed = 1, double noise = 0.0)
    {
        var random = new RandomCursor(RandomStream.For(seed, "generator test"));
        var directions = new double[rank * P];
        for (int i = 0; i < directions.Length; i++)
            directions[i] = random.NextNormal();
        var x = new float[n * P];
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < rank; k++)
            {
                double c = (k == 0 ? 3 : 0) + random.NextNormal() / (k + 1);
                for (int p = 0; p < P; p++)
                    x[i * P + p] += (float)(c * directions[k * P + p]);
            }

            for (int p = 0; p < P; p++)
                x[i * P + p] += (float)(noise * random.NextNormal());
        }

        return x;
    }

    private static SvdGenerator Fit(float[] x, int rank, GeneratorForm form = GeneratorForm.Paper, GeneratorPayload payload = GeneratorPayload.Float32) =>
        SvdFitter.Fit(Device.Host, x, P, 0, 0, new SvdGeneratorOptions { Rank = rank, Form = form, Payload = payload }, 9);

    [Fact]
    public void Classes_fitted_together_are_those_fitted_one_by_one_bit_for_bit()
    {
        var options = new SvdGeneratorOptions { Rank = 4 };
        float[][] classes = [.. Enumerable.Range(0, 7).Select(c => Enumerable.Range(0, (20 + 15 * c) * P).Select(i => (float)((i * 7919L + c * 104729) % 1013) / 1013).ToArray())];
        int[] labels = [.. Enumerable.Range(0, 7)];
        ulong[] seeds = [.. labels.Select(label => (ulong)(100 + label))];
        foreach (int threads in new[] { 1, 3 })
        {
            using Device? several = threads == 1 ? null : Device.Cpu(threads);
            SvdGenerator[] together = SvdFitter.FitAll(several ?? Device.Host, classes, P, 2, labels, options, seeds);
            for (int c = 0; c < 7; c++)
            {
                SvdGenerator alone = SvdFitter.Fit(Device.Host, classes[c], P, 2, c, options, seeds[c]);
                Assert.Equal(alone.Fit, together[c].Fit);
                Assert.Equal(alone.Mean.ToArray(), together[c].Mean.ToArray());
                Assert.Equal(Basis(alone), Basis(together[c]));
            }
        }

        Assert.Contains("7 classes", Assert.Throws<ArgumentException>(() => SvdFitter.FitAll(Device.Host, classes, P, 2, [1], options, seeds)).Message);
    }

    private static double[,] Basis(SvdGenerator g)
    {
        var u = new double[g.Rank, P];
        var row = new float[P];
        for (int k = 0; k < g.Rank; k++)
        {
            g.BasisRow(k, row);
            for (int p = 0; p < P; p++)
                u[k, p] = row[p];
        }

        return u;
    }

    private static double[,] Coefficients(SvdGenerator g, float[] x)
    {
        double[,] u = Basis(g);
        int n = x.Length / P;
        var z = new double[g.Rank, n];
        for (int k = 0; k < g.Rank; k++)
        {
            for (int i = 0; i < n; i++)
            {
                for (int p = 0; p < P; p++)
                    z[k, i] += u[k, p] * x[i * P + p];
            }
        }

        return z;
    }

    [Theory]
    [InlineData(GeneratorForm.Paper)]
    [InlineData(GeneratorForm.Lean)]
    public void Mean_and_covariance_are_those_of_the_coefficients(GeneratorForm form)
    {
        float[] x = Samples(60, 12, noise: 0.05);
        SvdGenerator g = Fit(x, 5, form);
        double[,] z = Coefficients(g, x);
        float[] covariance = g.Covariance();
        double scale = Enumerable.Range(0, 5).Max(k => Math.Abs(covariance[k * 6]));
        for (int k = 0; k < 5; k++)
        {
            double mean = Enumerable.Range(0, 60).Average(i => z[k, i]);
            Assert.Equal(mean, g.Mean[k], 1e-4 * Math.Abs(g.Mean[0]));
            for (int l = 0; l < 5; l++)
            {
                double other = Enumerable.Range(0, 60).Average(i => z[l, i]);
                double expected = Enumerable.Range(0, 60).Sum(i => (z[k, i] - mean) * (z[l, i] - other)) / 59;
                Assert.Equal(expected, covariance[k * 5 + l], 1e-3 * scale);
            }
        }
    }

    [Fact]
    public void Covariance_plus_mean_is_diagonal_because_rows_of_V_are_orthonormal()
    {
        const int n = 60;
        float[] x = Samples(n, 12, noise: 0.05);
        SvdGenerator g = Fit(x, 5);
        float[] covariance = g.Covariance();
        double first = covariance[0] * (n - 1.0) / n + (double)g.Mean[0] * g.Mean[0];
        for (int k = 0; k < 5; k++)
        {
            for (int l = 0; l < 5; l++)
            {
                double second = covariance[k * 5 + l] * (n - 1.0) / n + (double)g.Mean[k] * g.Mean[l];
                if (k != l)
                    Assert.Equal(0, second, 1e-4 * first);
            }
        }
    }

    [Fact]
    public void Basis_is_orthonormal_and_residual_is_the_energy_left_out()
    {
        float[] x = Samples(80, 12, noise: 0.05);
        double total = x.Sum(v => (double)v * v), last = double.MaxValue;
        for (int rank = 1; rank <= 12; rank += 3)
        {
            SvdGenerator g = Fit(x, rank);
            double[,] u = Basis(g), z = Coefficients(g, x);
            for (int k = 0; k < rank; k++)
            {
                for (int l = 0; l < rank; l++)
                    Assert.Equal(k == l ? 1 : 0, Enumerable.Range(0, P).Sum(p => u[k, p] * u[l, p]), 1e-5);
            }

            double captured = z.Cast<double>().Sum(v => v * v), residual = 0;
            for (int i = 0; i < 80; i++)
            {
                for (int p = 0; p < P; p++)
                {
                    double back = Enumerable.Range(0, rank).Sum(k => u[k, p] * z[k, i]);
                    residual += (x[i * P + p] - back) * (x[i * P + p] - back);
                }
            }

            Assert.Equal(total - captured, residual, 1e-5 * total);
            Assert.True(residual < last, $"rank {rank}: {residual} is not below {last}");
            last = residual;
        }
    }

    [Fact]
    public void Rank_of_the_data_reproduces_it_and_more_is_not_kept()
    {
        float[] x = Samples(50, 3);
        SvdGenerator g = Fit(x, 8);
        Assert.Equal(3, g.Rank);
        double[,] u = Basis(g), z = Coefficients(g, x);
        double scale = x.Max(MathF.Abs);
        for (int i = 0; i < 50; i++)
        {
            for (int p = 0; p < P; p++)
                Assert.Equal(x[i * P + p], Enumerable.Range(0, 3).Sum(k => u[k, p] * z[k, i]), 1e-4 * scale);
        }
    }

    [Theory]
    [InlineData(GeneratorForm.Paper)]
    [InlineData(GeneratorForm.Lean)]
    public void A_single_image_is_always_given_back(GeneratorForm form)
    {
        float[] x = Samples(1, 3);
        SvdGenerator g = Fit(x, 5, form);
        Assert.Equal(1, g.Rank);
        Assert.Equal(0, g.Covariance()[0], 1e-6);
        var sample = new float[P];
        var random = new RandomCursor(RandomStream.For(1, "single"));
        for (int draw = 0; draw < 3; draw++)
        {
            g.Sample(ref random, sample);
            for (int p = 0; p < P; p++)
                Assert.Equal(x[p], sample[p], 1e-4 * x.Max(MathF.Abs));
        }
    }

    [Fact]
    public void Fewer_images_than_components_give_a_covariance_of_rank_n_minus_1_and_finite_samples()
    {
        foreach (GeneratorForm form in Enum.GetValues<GeneratorForm>())
        {
            SvdGenerator g = Fit(Samples(4, 12, noise: 0.1), 10, form);
            Assert.Equal(4, g.Rank);
            Assert.Equal(4, g.Fit.Samples);
            var sample = new float[P];
            var random = new RandomCursor(RandomStream.For(1, "few"));
            g.Sample(ref random, sample);
            Assert.All(sample, v => Assert.True(float.IsFinite(v)));
            Assert.Equal(0, Determinant(g.Covariance(), 4), 1e-3 * Math.Pow(g.Covariance()[0], 4));
        }
    }

    [Fact]
    public void A_class_of_black_images_gives_black_images()
    {
        SvdGenerator g = Fit(new float[10 * P], 3);
        var sample = new float[P];
        var random = new RandomCursor(RandomStream.For(1, "black"));
        g.Sample(ref random, sample);
        Assert.All(sample, v => Assert.Equal(0f, v));
    }

    [Theory]
    [InlineData(GeneratorForm.Paper, GeneratorPayload.Float32)]
    [InlineData(GeneratorForm.Lean, GeneratorPayload.Float32)]
    [InlineData(GeneratorForm.Paper, GeneratorPayload.Float16)]
    [InlineData(GeneratorForm.Lean, GeneratorPayload.Int8)]
    public void A_hundred_thousand_samples_have_the_moments_and_stay_in_the_span(GeneratorForm form, GeneratorPayload payload)
    {
        const int draws = 100_000, r = 4;
        SvdGenerator g = Fit(Samples(60, 12, noise: 0.05), r, form, payload);
        double[,] u = Basis(g);
        float[] covariance = g.Covariance();
        var random = new RandomCursor(RandomStream.For(21, "moments"));
        var x = new float[P];
        var sum = new double[P];
        var products = new double[P];
        for (int i = 0; i < draws; i++)
        {
            g.Sample(ref random, x);
            for (int p = 0; p < P; p++)
            {
                sum[p] += x[p];
                products[p] += (double)x[p] * x[(p + 1) % P];
            }

        }

        for (int p = 0; p < P; p++)
        {
            // E[x_p] = (Uμ)_p and Cov[x_p, x_q] = (UΣUᵀ)_pq for the neighbour q
            int q = (p + 1) % P;
            (double mean, double variance, _) = Moments(p, p);
            (double otherMean, double otherVariance, _) = Moments(q, q);
            double cross = Moments(p, q).Cross;
            Assert.InRange(sum[p] / draws, mean - 5 * Math.Sqrt(variance / draws) - 1e-4, mean + 5 * Math.Sqrt(variance / draws) + 1e-4);
            double found = products[p] / draws - mean * (sum[q] / draws) - otherMean * (sum[p] / draws) + mean * otherMean;
            double error = Math.Sqrt((variance * otherVariance + cross * cross) / draws);
            Assert.InRange(found, cross - 5 * error - 1e-4, cross + 5 * error + 1e-4);
        }

        (double Mean, double Variance, double Cross) Moments(int p, int q)
        {
            double mean = 0, cross = 0;
            for (int k = 0; k < r; k++)
            {
                mean += u[k, p] * g.Mean[k];
                for (int l = 0; l < r; l++)
                    cross += u[k, p] * covariance[k * r + l] * u[l, q];
            }

            return (mean, cross, cross);
        }

        // in the span: what the (orthonormal) exact basis does not explain is nothing
        if (payload != GeneratorPayload.Float32)
            return;
        double left = 0;
        for (int p = 0; p < P; p++)
            left += Math.Pow(x[p] - Enumerable.Range(0, r).Sum(k => u[k, p] * Enumerable.Range(0, P).Sum(q => u[k, q] * x[q])), 2);
        Assert.Equal(0, left, 1e-6 * x.Sum(v => v * v));
    }

    [Fact]
    public void Ten_rows_at_once_are_two_times_five_rows()
    {
        var replay = Memory();
        var random = new RandomCursor(RandomStream.For(4, "grouping"));
        var again = new RandomCursor(RandomStream.For(4, "grouping"));
        (float[] x, int[] y, int[] t) = (new float[10 * Toy.Features], new int[10], new int[10]);
        (float[] x2, int[] y2, int[] t2) = (new float[10 * Toy.Features], new int[10], new int[10]);
        Assert.Equal(10, replay.Draw(ReplayScope.All, ref random, x, y, t));
        replay.Draw(ReplayScope.All, ref again, x2.AsSpan(0, 5 * Toy.Features), y2.AsSpan(0, 5), t2.AsSpan(0, 5));
        replay.Draw(ReplayScope.All, ref again, x2.AsSpan(5 * Toy.Features), y2.AsSpan(5), t2.AsSpan(5));
        Assert.Equal(x, x2);
        Assert.Equal(y, y2);
        Assert.Equal(t, t2);
    }

    [Fact]
    public void Rows_come_uniformly_from_every_task_and_class()
    {
        var replay = Memory();
        var random = new RandomCursor(RandomStream.For(4, "uniform"));
        const int draws = 8000;
        (float[] x, int[] y, int[] t) = (new float[draws * Toy.Features], new int[draws], new int[draws]);
        replay.Draw(ReplayScope.FinishedTasks, ref random, x, y, t);
        var counts = new int[8];
        for (int i = 0; i < draws; i++)
            counts[t[i] * 4 + y[i]]++;
        Assert.All(counts, count => Assert.InRange(count, 1000 - 160, 1000 + 160));
    }

    [Fact]
    public void Payloads_differ_little_and_clamping_keeps_the_unit_interval()
    {
        float[] x = Samples(60, 12, noise: 0.05);
        var exact = new float[P];
        var packed = new float[P];
        foreach ((GeneratorPayload payload, double tolerance) in new[] { (GeneratorPayload.Float16, 2e-3), (GeneratorPayload.Int8, 3e-2) })
        {
            var one = new RandomCursor(RandomStream.For(6, "payload"));
            var two = new RandomCursor(RandomStream.For(6, "payload"));
            Fit(x, 4).Sample(ref one, exact);
            Fit(x, 4, payload: payload).Sample(ref two, packed);
            double norm = Math.Sqrt(exact.Sum(v => (double)v * v));
            Assert.InRange(Math.Sqrt(exact.Zip(packed, (a, b) => (double)(a - b) * (a - b)).Sum()), 1e-9 * norm, tolerance * norm);
        }

        SvdGeneratorReplay clamped = Memory(new SvdGeneratorOptions { Rank = 3, Clamp = true }), free = Memory();
        (float[] rows, int[] y, int[] t) = (new float[500 * Toy.Features], new int[500], new int[500]);
        var random = new RandomCursor(RandomStream.For(6, "clamp"));
        clamped.Draw(ReplayScope.All, ref random, rows, y, t);
        Assert.True(rows.Min() >= 0 && rows.Max() <= 1);
        random = new RandomCursor(RandomStream.For(6, "clamp"));
        free.Draw(ReplayScope.All, ref random, rows, y, t);
        Assert.True(rows.Min() < 0 || rows.Max() > 1);
    }

    [Theory]
    [InlineData(FitSampleScope.PerTask, 40, 10)]
    [InlineData(FitSampleScope.PerClass, 40, 40)]
    [InlineData(FitSampleScope.PerClass, 1000, 100)]
    public void Fit_scope_says_what_the_sample_count_means_and_found_images_are_recorded(FitSampleScope scope, int samples, int perClass)
    {
        var replay = new SvdGeneratorReplay(new SvdGeneratorOptions { Rank = 2, FitSamples = samples, FitScope = scope }, Toy.Features, Device.Host);
        replay.EndTask(new TaskContext(0, new TaskInfo(), Toy.Features, Toy.Classes, 1), new ImageSetSamples(Toy.Task(0, 400)));
        Assert.Equal([0, 1, 2, 3], replay.Generators.Select(g => g.Fit.Label));
        if (scope == FitSampleScope.PerTask)
            Assert.Equal(samples, replay.Generators.Sum(g => g.Fit.Samples));
        else
            Assert.All(replay.Generators, g => Assert.Equal(perClass, g.Fit.Samples));
    }

    [Fact]
    public void Classes_that_do_not_occur_get_no_generator()
    {
        var replay = new SvdGeneratorReplay(new SvdGeneratorOptions { Rank = 2 }, Toy.Features, Device.Host);
        replay.EndTask(new TaskContext(0, new TaskInfo(), Toy.Features, Toy.Classes, 1), new ImageSetSamples(Toy.Task(0, 40, classes: 2, firstClass: 1)));
        Assert.Equal([1, 2], replay.Generators.Select(g => g.Fit.Label));
    }

    private static SvdGeneratorReplay Memory(SvdGeneratorOptions? options = null)
    {
        var replay = new SvdGeneratorReplay(options ?? new SvdGeneratorOptions { Rank = 3 }, Toy.Features, Device.Host);
        for (int task = 0; task < 2; task++)
            replay.EndTask(new TaskContext(task, new TaskInfo(), Toy.Features, Toy.Classes, 1), new ImageSetSamples(Toy.Task(task, 200)));
        return replay;
    }

    private static double Determinant(float[] a, int n)
    {
        double[] m = [.. a.Select(v => (double)v)];
        double determinant = 1;
        for (int i = 0; i < n; i++)
        {
            double pivot = m[i * n + i];
            determinant *= pivot;
            if (pivot == 0)
                return 0;
            for (int j = i + 1; j < n; j++)
            {
                double factor = m[j * n + i] / pivot;
                for (int k = i; k < n; k++)
                    m[j * n + k] -= factor * m[i * n + k];
            }
        }

        return determinant;
    }
}
