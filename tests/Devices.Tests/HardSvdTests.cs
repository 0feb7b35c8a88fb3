using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.LinearAlgebra.Reference;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Devices.Tests;

/// <summary>
/// Truncated SVD of matrices without full rank in single precision: as many directions as on the CPU, all of them orthonormal, and an error near the optimum of
/// the decomposition in double precision.
/// </summary>
public class HardSvdTests
{
    private const double Epsilon = 1.1920928955078125e-7;

    // a launch costs ILGPU's simulation some milliseconds, and a group with barriers as much again: small cases, or none
    private const string Slow = "ilgpu-cpu", TooSlow = "takes ILGPU's simulation minutes";

    private static readonly Gen<(string Kind, int M, int N, int Rank, SvdPath Path, int Seed)> Cases =
        from kind in Gen.Elements(HardMatrices.Kinds)
        from m in Gen.Choose(1, 30)
        from n in Gen.Choose(1, 30)
        from rank in Gen.Choose(1, 12)
        from path in Gen.Elements(SvdPath.Gram, SvdPath.Sketch)
        from seed in Gen.Choose(1, 1000)
        select (kind, m, n, rank, path, seed);

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Hard_matrices_give_as_many_orthonormal_directions_as_on_the_CPU(string device)
    {
        var on = new OnDevice(device);
        Prop.ForAll(Arb.From(Cases), c => Check(on, c.Kind, c.M, c.N, new RandomizedSvdOptions(c.Rank) { Path = c.Path, Seed = (ulong)c.Seed }, c.Seed))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(device == Slow ? 1 : 15));
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Every_kind_of_hard_matrix_is_decomposed_on_both_paths(string device)
    {
        var on = new OnDevice(device);
        foreach (string kind in HardMatrices.Kinds.Take(device == Slow ? 1 : int.MaxValue))
        {
            // two iterations: barriers take the emulator long
            foreach (SvdPath path in new[] { SvdPath.Gram, SvdPath.Sketch })
                Check(on, kind, device == Slow ? 8 : 20, device == Slow ? 5 : 13, new RandomizedSvdOptions(7) { Path = path, PowerIterations = 2 }, 5);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void A_dominant_direction_hides_none_of_the_others(string device)
    {
        // beside it they are less than a millionth of every vector of a sketch
        var on = new OnDevice(device);
        Skip.If(device == Slow, TooSlow);
        for (int seed = 1; seed <= 2; seed++)
            Check(on, "dominant direction", 24, 20, new RandomizedSvdOptions(18) { Path = SvdPath.Sketch, PowerIterations = 1, DropTolerance = 4e-8 }, seed);
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Rounding_noise_that_is_asked_for_is_orthonormal_too(string device)
    {
        // without a tolerance every positive eigenvalue counts, also those that are nothing but rounding
        var on = new OnDevice(device);
        foreach (string kind in new[] { "low rank", "duplicated columns", "scaled columns", "scaled rows" }.Take(device == Slow ? 1 : 4))
        {
            foreach (SvdPath path in new[] { SvdPath.Gram, SvdPath.Sketch })
                Check(on, kind, device == Slow ? 6 : 16, device == Slow ? 5 : 12, new RandomizedSvdOptions(10) { Path = path, PowerIterations = 1, DropTolerance = 0 }, 7);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void The_same_matrix_gives_the_same_bits(string device)
    {
        var on = new OnDevice(device);
        float[] Once(string kind)
        {
            View u = on.Empty(20, 6), s = on.Empty(6), vt = on.Empty(6, 18);
            on.Device.TruncatedSvd(on.Put(HardMatrices.Make(kind, 20, 18, 3), 20, 18), new RandomizedSvdOptions(6) { Path = SvdPath.Sketch, PowerIterations = 1 }, u, s, vt);
            return [.. on.Get(u), .. on.Get(s), .. on.Get(vt)];
        }

        Skip.If(device == Slow, TooSlow);
        foreach (string kind in new[] { "random", "scaled rows" })
            Assert.Equal(Once(kind), Once(kind));
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void What_is_not_finite_is_named_as_on_the_CPU(string device)
    {
        var on = new OnDevice(device);
        foreach ((float value, int i, int j) in new[] { (float.NaN, 4, 1), (float.PositiveInfinity, 0, 2), (float.NegativeInfinity, 6, 0) })
        {
            foreach (SvdPath path in new[] { SvdPath.Gram, SvdPath.Sketch })
            {
                float[] a = OnDevice.Numbers(7 * 3, 1);
                a[(i * 3) + j] = value;
                a[^1] = float.NaN;
                string Message(OnDevice one) => Assert.Throws<ArgumentException>(
                    () => one.Device.TruncatedSvd(one.Put(a, 7, 3), new RandomizedSvdOptions(2) { Path = path }, one.Empty(7, 2), one.Empty(2), null)).Message;
                string found = Message(on);
                Assert.Contains($"at ({i}, {j})", found);
                Assert.Equal(Message(new OnDevice(Device.Host)), found);
            }
        }
    }

    private static void Check(OnDevice on, string kind, int m, int n, RandomizedSvdOptions options, int seed)
    {
        float[] a = HardMatrices.Make(kind, m, n, seed);
        int rank = options.Rank, small = Math.Min(m, n);
        View u = on.Empty(m, rank), s = on.Empty(rank), vt = on.Empty(rank, n);
        SvdStatus status = on.Device.TruncatedSvd(on.Put(a, m, n), options, u, s, vt);
        int kept = status.EffectiveRank;
        string what = $"{on.Device.Name}: {kind} [{m}, {n}], {options}, seed {seed}, {status}";

        // the count: what is clearly above the tolerance is kept, what is clearly below is not, and where nothing lies between, the CPU agrees
        double[] sigma = Spectrum(a, m, n);
        double drop = options.DropTolerance ?? Epsilon * Math.Sqrt(Math.Max(m, n));
        int least = Math.Min(rank, sigma.Count(x => x > 4 * drop * sigma[0])), most = Math.Min(rank, sigma.Count(x => x > drop / 4 * sigma[0]));
        if (drop > 0)
        {
            Assert.True(kept >= least && kept <= most, $"{what}: {kept} directions, expected {least} to {most}");
            var cpu = new OnDevice(Device.Host);
            int expected = cpu.Device.TruncatedSvd(cpu.Put(a, m, n), options, cpu.Empty(m, rank), cpu.Empty(rank), null).EffectiveRank;
            Assert.True(kept == expected || least < most, $"{what}: {kept} directions, {expected} on the CPU");
        }

        float[] fu = on.Get(u), fs = on.Get(s), fv = on.Get(vt);
        for (int k = 0; k < rank; k++)
        {
            Assert.True(k < kept ? fs[k] > 0 && (k == 0 || fs[k] <= fs[k - 1]) : fs[k] == 0, $"{what}: σ{k} = {fs[k]}");
            for (int l = 0; l <= k; l++)
            {
                double one = k == l && k < kept ? 1 : 0;
                double uu = Enumerable.Range(0, m).Sum(i => (double)fu[(i * rank) + k] * fu[(i * rank) + l]), vv = Enumerable.Range(0, n).Sum(j => (double)fv[(k * n) + j] * fv[(l * n) + j]);
                Assert.True(Math.Abs(uu - one) < 3e-6 && Math.Abs(vv - one) < 3e-6, $"{what}: ⟨u{k}, u{l}⟩ = {uu}, ⟨v{k}, v{l}⟩ = {vv}");
            }
        }

        double error = 0, norm = Math.Sqrt(sigma.Sum(x => x * x)), optimum = Math.Sqrt(sigma.Skip(rank).Sum(x => x * x));
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double rest = a[(i * n) + j];
                for (int k = 0; k < kept; k++)
                    rest -= (double)fu[(i * rank) + k] * fs[k] * fv[(k * n) + j];
                error += rest * rest;
            }
        }

        double bound = ((options.Path == SvdPath.Gram ? 1.0001 : 1.01) * optimum) + (2 * Epsilon * Math.Sqrt(8 * Math.Max(m, n)) * norm);
        Assert.True(Math.Sqrt(error) <= bound, $"{what}: error {Math.Sqrt(error):g6}, optimum {optimum:g6}, bound {bound:g6}");
        Assert.True(kept <= small, what);
    }

    private static double[] Spectrum(float[] a, int m, int n)
    {
        var matrix = new double[Math.Max(m, n), Math.Min(m, n)];
        for (int e = 0; e < a.Length; e++)
            matrix[m >= n ? e / n : e % n, m >= n ? e % n : e / n] = a[e];
        return [.. ReferenceSvd.Decompose(matrix).S];
    }
}
