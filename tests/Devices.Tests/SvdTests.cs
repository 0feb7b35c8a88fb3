using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Devices.Tests;

/// <summary>Truncated SVD: orthonormal vectors, singular values and an error near the optimum, for any shape, on both paths.</summary>
public class SvdTests
{
    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Matrices_of_a_known_spectrum_are_decomposed(string device)
    {
        var on = new OnDevice(device);
        var cases =
            from m in Gen.Choose(1, 40)
            from n in Gen.Choose(1, 40)
            from rank in Gen.Choose(1, 8)
            from turned in Gen.Elements(true, false)
            from seed in Gen.Choose(1, 1000)
            select (m, n, rank, turned, seed);
        Prop.ForAll(Arb.From(cases), c => Check(on, c.m, c.n, c.rank, c.turned, c.seed, new RandomizedSvdOptions(c.rank), 1.001, 0.7))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(device == "ilgpu-cpu" ? 3 : 12));
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void A_sketch_comes_within_a_hundredth_of_the_optimum(string device)
    {
        var on = new OnDevice(device);
        if (device == "ilgpu-cpu")
        {
            // barriers cost it a millisecond each
            Check(on, 20, 18, 3, false, 1, new RandomizedSvdOptions(3) { Path = SvdPath.Sketch, PowerIterations = 2 }, 1.01, 0.5);
            return;
        }

        Check(on, 70, 50, 5, false, 1, new RandomizedSvdOptions(5) { Path = SvdPath.Sketch }, 1.01, 0.9);
        Check(on, 60, 50, 6, false, 3, new RandomizedSvdOptions(6) { Path = SvdPath.Sketch, PowerIterations = 2 }, 1.01, 0.3);
        Check(on, 40, 90, 4, true, 2, new RandomizedSvdOptions(4) { Path = SvdPath.Sketch, PowerIterations = 8, Oversampling = 2 }, 1.01, 0.97);
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void What_is_not_there_comes_back_as_zeros(string device)
    {
        var on = new OnDevice(device);
        foreach (SvdPath path in new[] { SvdPath.Gram, SvdPath.Sketch })
        {
            float[] a = new float[20 * 12], x = OnDevice.Numbers(20, 1), y = OnDevice.Numbers(12, 2);
            for (int i = 0; i < a.Length; i++)
                a[i] = x[i / 12] * y[i % 12];
            View u = on.Empty(20, 3), s = on.Empty(3), vt = on.Empty(3, 12);
            SvdStatus status = on.Device.TruncatedSvd(on.Put(a, 20, 12), new RandomizedSvdOptions(3) { Path = path }, u, s, vt);
            Assert.Equal(1, status.EffectiveRank);
            Assert.Equal([0f, 0f], on.Get(s)[1..]);
            Assert.All(on.Get(vt)[12..], value => Assert.Equal(0f, value));
            Assert.All(on.Get(u).Where((_, i) => i % 3 > 0), value => Assert.Equal(0f, value));
            Assert.Equal(0, on.Device.TruncatedSvd(on.Put(new float[6], 2, 3), new RandomizedSvdOptions(2) { Path = path }, on.Empty(2, 2), on.Empty(2), null).EffectiveRank);
        }
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Huge_and_tiny_entries_keep_their_scale_and_what_is_not_finite_is_refused(string device)
    {
        var on = new OnDevice(device);
        foreach (float scale in new[] { 1e30f, 1e-30f })
        {
            View s = on.Empty(1);
            on.Device.TruncatedSvd(on.Put([3f * scale, 0f, 4f * scale, 0f], 2, 2), new RandomizedSvdOptions(1), on.Empty(2, 1), s, on.Empty(1, 2));
            Assert.Equal(5.0, on.Get(s)[0] / (double)scale, 1e-5);
        }

        Assert.Throws<ArgumentException>(() => on.Device.TruncatedSvd(on.Put([1f, float.NaN], 1, 2), new RandomizedSvdOptions(1), on.Empty(1, 1), on.Empty(1), null));
        Assert.Throws<ArgumentException>(() => on.Device.TruncatedSvd(on.Ones(2, 2), new RandomizedSvdOptions(0), on.Empty(2, 1), on.Empty(1), null));
    }

    // A = Q₁·diag(decay⁰, decay¹, …)·Q₂ᵀ; the optimum leaves out all but the first σ
    private static void Check(OnDevice on, int m, int n, int rank, bool turned, int seed, RandomizedSvdOptions options, double factor, double decay)
    {
        int small = Math.Min(m, n);
        double[][] left = HardMatrices.Orthonormal(small, m, seed), right = HardMatrices.Orthonormal(small, n, seed + 1);
        double[] sigma = [.. Enumerable.Range(0, small).Select(k => 3 * Math.Pow(decay, k))];
        float[] a = new float[m * n];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
                a[turned ? (j * m) + i : (i * n) + j] = (float)Enumerable.Range(0, small).Sum(k => left[k][i] * sigma[k] * right[k][j]);
        }

        View view = turned ? on.Put(a, n, m) : on.Put(a, m, n), u = on.Empty(m, rank), s = on.Empty(rank), vt = on.Empty(rank, n);
        SvdStatus status = on.Device.TruncatedSvd(turned ? view.With(view.Layout.Transpose(0, 1)) : view, options, u, s, vt);
        string what = $"{on.Device.Name}: [{m}, {n}] rank {rank} turned {turned} seed {seed}, {status}";
        int kept = Math.Min(rank, small);
        Assert.True(status.EffectiveRank == kept, what);
        float[] fu = on.Get(u), fs = on.Get(s), fv = on.Get(vt);
        double error = 0, optimum = Math.Sqrt(sigma.Skip(kept).Sum(x => x * x));
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double rest = a[turned ? (j * m) + i : (i * n) + j];
                for (int k = 0; k < kept; k++)
                    rest -= (double)fu[(i * rank) + k] * fs[k] * fv[(k * n) + j];
                error += rest * rest;
            }
        }

        Assert.True(Math.Sqrt(error) <= (factor * optimum) + 1e-5, $"{what}: error {Math.Sqrt(error):g6}, optimum {optimum:g6}");
        for (int k = 0; k < kept; k++)
        {
            Assert.True(Math.Abs(fs[k] - sigma[k]) <= (0.02 * (factor - 1) * 100 * sigma[k]) + 1e-5, $"{what}: σ{k} {fs[k]} for {sigma[k]}");
            for (int l = 0; l <= k; l++)
            {
                double uu = Enumerable.Range(0, m).Sum(i => (double)fu[(i * rank) + k] * fu[(i * rank) + l]), vv = Enumerable.Range(0, n).Sum(j => (double)fv[(k * n) + j] * fv[(l * n) + j]);
                Assert.True(Math.Abs(uu - (k == l ? 1 : 0)) < 1e-5 && Math.Abs(vv - (k == l ? 1 : 0)) < 1e-5, $"{what}: ⟨u{k}, u{l}⟩ = {uu}, ⟨v{k}, v{l}⟩ = {vv}");
            }
        }
    }
}
