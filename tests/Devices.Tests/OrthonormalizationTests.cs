using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using Engram.Kernels.Simt;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Devices.Tests;

/// <summary>Rows are made orthonormal by Cholesky QR where that suffices, and by Householder reflections where it does not, on the device either way.</summary>
public sealed class OrthonormalizationTests : IDisposable
{
    private readonly EmulatorDevice _device = new();

    private static Gen<(string Kind, int Size, int Length, int Seed)> Cases(params string[] kinds) =>
        from kind in Gen.Elements(kinds)
        from size in Gen.Choose(1, 16)
        from more in Gen.Choose(0, 300)
        from seed in Gen.Choose(1, 1000)
        select (kind, size, size + more, seed);

    [Fact]
    public void Any_rows_become_orthonormal_and_span_what_they_spanned() => Prop.ForAll(Arb.From(Cases(HardMatrices.Kinds)), c =>
    {
        float[] x = HardMatrices.Make(c.Kind, c.Size, c.Length, c.Seed);
        double[][] q = Orthonormalized(x, c.Size, c.Length);
        for (int i = 0; i < c.Size; i++)
        {
            double[] row = [.. x[(i * c.Length)..((i + 1) * c.Length)].Select(value => (double)value)], rest = [.. row];
            double norm = Math.Sqrt(Dot(row, row)), allowed = 1.2e-7 * Math.Sqrt(8 * c.Length) * norm;
            for (int j = 0; j < c.Size; j++)
            {
                double expected = i == j ? 1 : 0, found = Dot(q[i], q[j]), share = Dot(row, q[j]);
                Assert.True(Math.Abs(found - expected) < 5e-7, $"{c}: ⟨q{i}, q{j}⟩ = {found}");
                Assert.True(i >= j || Math.Abs(share) <= allowed, $"{c}: x{i} has {share} of q{j}, of {norm}");
                Assert.True(i != j || share >= -allowed, $"{c}: q{i} has the other sign, {share}");
                rest = [.. rest.Zip(q[j], (r, v) => r - (share * v))];
            }

            Assert.True(Math.Sqrt(Dot(rest, rest)) <= allowed, $"{c}: {Math.Sqrt(Dot(rest, rest))} of x{i} is lost, of {norm}");
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Fact]
    public void Rows_of_full_rank_need_no_reflections_however_they_are_scaled()
    {
        Prop.ForAll(Arb.From(Cases("random", "scaled rows").Where(c => c.Length > c.Size + 5)), c => Orthonormalized(HardMatrices.Make(c.Kind, c.Size, c.Length, c.Seed), c.Size, c.Length))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(20));
        Assert.Equal(0, _device.LaunchesOf<HouseholderStepKernel>());
        Assert.Equal(0, _device.LaunchesOf<HouseholderBasisKernel>());
        Assert.True(_device.LaunchesOf<CholeskyStepKernel>() > 0);
    }

    [Fact]
    public void Rows_without_full_rank_go_through_reflections() =>
        Prop.ForAll(Arb.From(Cases("low rank", "duplicated rows", "duplicated columns", "zero").Where(c => c.Size > 3)), c =>
        {
            int steps = _device.LaunchesOf<HouseholderStepKernel>(), bases = _device.LaunchesOf<HouseholderBasisKernel>();
            Orthonormalized(HardMatrices.Make(c.Kind, c.Size, c.Length, c.Seed), c.Size, c.Length);
            Assert.True(_device.LaunchesOf<HouseholderStepKernel>() == steps + c.Size && _device.LaunchesOf<HouseholderBasisKernel>() == bases + 1, $"{c}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10));

    [Theory]
    [InlineData(1e-2, false)]
    [InlineData(1e-4, false)]
    [InlineData(1e-9, true)]
    public void Nearly_equal_rows_go_through_reflections_where_single_precision_cannot_tell_them_apart(double apart, bool reflected)
    {
        const int size = 6, length = 50;
        float[] x = OnDevice.Numbers(length, 1), noise = OnDevice.Numbers(size * length, 2);
        double[][] q = Orthonormalized([.. Enumerable.Range(0, size * length).Select(e => (float)(x[e % length] + (apart * noise[e])))], size, length);
        Assert.Equal(reflected, _device.LaunchesOf<HouseholderStepKernel>() > 0);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
                Assert.Equal(i == j ? 1.0 : 0.0, Dot(q[i], q[j]), 5e-7);
        }
    }

    [Fact]
    public void A_decomposition_reflects_what_is_ill_conditioned_and_nothing_else()
    {
        var options = new RandomizedSvdOptions(5) { Path = SvdPath.Sketch, PowerIterations = 2 };
        int Reflections(string kind)
        {
            var on = new OnDevice(_device);
            int before = _device.LaunchesOf<HouseholderBasisKernel>();
            _device.TruncatedSvd(on.Put(HardMatrices.Make(kind, 30, 26, 4), 30, 26), options, on.Empty(30, 5), on.Empty(5), on.Empty(5, 26));
            return _device.LaunchesOf<HouseholderBasisKernel>() - before;
        }

        Assert.Equal(0, Reflections("random"));
        Assert.Equal(3, Reflections("duplicated columns")); // the first sketch, and twice what comes back of its surplus directions: equal columns again
        Assert.InRange(Reflections("low rank"), 1, 5);
        Assert.InRange(Reflections("graded spectrum"), 1, 5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(2049)]
    public void A_sweep_rotates_every_pair_of_rows_once(int size)
    {
        // of a large matrix two rounds: no pair of rows twice, every row in each
        int rounds = size < 10 ? JacobiRoundKernel.Rounds(size) : 2, pairs = JacobiRoundKernel.Pairs(size);
        var met = new HashSet<(int, int)>();
        for (int round = 0; round < rounds; round++)
        {
            var kernel = new JacobiRoundKernel { Size = size, Round = round };
            var present = new HashSet<int>();
            for (int pair = 0; pair < pairs; pair++)
            {
                (int i, int j) = (kernel.First(pair), kernel.Second(pair));
                Assert.True(i < j && present.Add(i) && present.Add(j) && met.Add((i, j)), $"{i} meets {j} in round {round}");
            }

            Assert.True(Enumerable.Range(0, size).All(present.Contains));
        }

        if (size < 10)
            Assert.Equal(pairs * rounds, met.Count);
    }

    public void Dispose() => _device.Dispose();

    private double[][] Orthonormalized(float[] x, int size, int length)
    {
        var on = new OnDevice(_device);
        View rows = on.Put(x, size, length);
        using DeviceBuffer<float> spare = _device.Allocate<float>(size * length);
        _device.Orthonormalize(rows, spare);
        float[] found = on.Get(rows);
        return [.. Enumerable.Range(0, size).Select(i => found[(i * length)..((i + 1) * length)].Select(value => (double)value).ToArray())];
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
