using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Devices.Tests;

/// <summary>Inner products, Gram matrices, combinations of rows, projection.</summary>
public class VectorTests
{
    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Inner_products_are_summed_in_double_precision(string device)
    {
        var on = new OnDevice(device);
        foreach (int count in new[] { 1, 255, 5000, 40_000 })
        {
            float[] a = OnDevice.Numbers(count, 1), b = OnDevice.Numbers(count, 2);
            double exact = a.Zip(b, (x, y) => (double)x * y).Sum(), scale = a.Zip(b, (x, y) => Math.Abs((double)x * y)).Sum();
            double found = on.Device.Dot(on.Put(a, count), on.Put(b, count));

            // the CPU adds four products in single precision, from 128 elements on
            Assert.Equal(exact, found, (device == "cpu" && count >= 128 ? 3 * Math.Pow(2, -24) : 1e-12) * scale);

            // the same bits wherever they lie
            View elsewhere = on.Put([0f, .. a], count + 1);
            Assert.Equal(found, on.Device.Dot(elsewhere.Range(1, count), on.Put(b, count)));
        }
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void A_Gram_matrix_is_symmetric_and_its_rows_have_the_same_bits(string device)
    {
        var on = new OnDevice(device);
        const int n = 4, p = 3000;
        float[] g = OnDevice.Numbers(n * p, 3);
        View rows = on.Put(g, n, p);
        var gram = new double[n * n];
        var row = new double[n];
        var mixed = new double[n * n];
        on.Device.Gram(rows, mixed, GramPrecision.Mixed);
        on.Device.Gram(rows, gram);
        for (int i = 0; i < n; i++)
        {
            on.Device.GramRow(rows, i, row);
            Assert.Equal(gram[(i * n)..((i + 1) * n)], row);
            for (int j = 0; j < n; j++)
            {
                double exact = 0;
                for (int c = 0; c < p; c++)
                    exact += (double)g[(i * p) + c] * g[(j * p) + c];
                Assert.Equal(exact, gram[(i * n) + j], 1e-9);
                Assert.Equal(gram[(i * n) + j], gram[(j * n) + i]);
                Assert.Equal(exact, mixed[(i * n) + j], Math.ScaleB(Math.Sqrt(gram[i * (n + 1)] * gram[j * (n + 1)]), -19));
                Assert.Equal(mixed[(i * n) + j], mixed[(j * n) + i]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void Rows_are_added_with_their_coefficients(string device) => new OnDevice(device).SameAsCpu(d =>
    {
        View target = d.Random(1, 500);
        d.Device.AddRows([0.5, -2, 1e-3], d.Random(2, 3, 500), target);
        return [d.Get(target)];
    }, 1e-7, "add rows");

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void A_projected_gradient_does_not_conflict_and_one_without_conflict_keeps_its_bits(string device)
    {
        var on = new OnDevice(device);
        var cases = from count in Gen.Choose(1, 3000) from seed in Gen.Choose(1, 1000) select (count, seed);
        Prop.ForAll(Arb.From(cases), c =>
        {
            float[] g = OnDevice.Numbers(c.count, c.seed), r = OnDevice.Numbers(c.count, c.seed + 1);
            View gradient = on.Put(g, c.count), reference = on.Put(r, c.count);
            double exact = g.Zip(r, (x, y) => (double)x * y).Sum(), norms = Norm(g) * Norm(r);
            ProjectionStatus status = on.Device.Project(gradient, reference);
            float[] z = on.Get(gradient);
            // the CPU adds four products in single precision
            Assert.Equal(exact, status.Dot, (device == "cpu" ? 3 * Math.Pow(2, -24) : 1e-9) * norms);
            if (status.Projected)
                Assert.True(Math.Abs(z.Zip(r, (x, y) => (double)x * y).Sum()) <= (device == "cpu" ? Math.Pow(2, -22) : 2e-7) * norms, $"{c}: still conflicts");
            else
                Assert.Equal(g, z);
            Assert.Equal(status.Dot < 0, status.Projected);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));
    }

    [Theory]
    [MemberData(nameof(DevicesFound.All), MemberType = typeof(DevicesFound))]
    public void What_cannot_be_projected_is_told_and_left_alone(string device)
    {
        var on = new OnDevice(device);
        Assert.Equal(ProjectionOutcome.GradientNotFinite, on.Device.Project(on.Put([float.NaN, 1f], 2), on.Ones(2)).Outcome);
        Assert.Equal(ProjectionOutcome.ReferenceNotFinite, on.Device.Project(on.Ones(2), on.Put([float.PositiveInfinity, 1f], 2)).Outcome);
        View g = on.Put([1f, -1f], 2);
        Assert.Equal(ProjectionOutcome.ReferenceVanishes, on.Device.Project(g, on.Put([-1e-20f, 0f], 2)).Outcome);
        Assert.Equal([1f, -1f], on.Get(g));
    }

    private static double Norm(float[] x) => Math.Sqrt(x.Sum(value => (double)value * value));
}
