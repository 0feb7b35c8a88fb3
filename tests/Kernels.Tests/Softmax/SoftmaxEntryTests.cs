using Engram.Kernels.Cpu.Reference;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests;

/// <summary>Softmax and log-softmax through the device; the row kernels have their own tests beside the losses.</summary>
public sealed class SoftmaxEntryTests
{
    private static readonly Device TwoThreads = Device.Cpu(2);

    [Fact]
    public void Forward_and_backward_agree_with_the_twin_and_do_not_depend_on_threads()
    {
        var cases =
            from rows in Gen.Choose(1, Tiny.Of(300, 5))
            from columns in Gen.OneOf(Gen.Choose(1, 40), Gen.Choose(1, Tiny.Of(600, 20)))
            from logarithm in Gen.Elements(true, false)
            from accumulate in Gen.Elements(true, false)
            select (rows, columns, logarithm, accumulate);
        Prop.ForAll(Arb.From(cases), c =>
        {
            float[] x = Sample.Numbers(c.rows * c.columns, c.rows, 20f), dy = Sample.Numbers(c.rows * c.columns, c.columns, 1f);
            var (y, dx) = Run(Device.Host, x, dy, c.rows, c.columns, c.logarithm, c.accumulate);
            var (y2, dx2) = Run(TwoThreads, x, dy, c.rows, c.columns, c.logarithm, c.accumulate);
            Assert.Equal(y, y2);
            Assert.Equal(dx, dx2);
            for (int r = 0; r < c.rows; r++)
            {
                var row = new Range(r * c.columns, (r + 1) * c.columns);
                double[] logs = ReferenceSoftmax.LogSoftmax(x[row]), p = ReferenceSoftmax.Softmax(x[row]), g = Operand.Doubles(dy[row]);
                Operand.AssertClose(c.logarithm ? logs : p, y[row], 2e-6, $"{c} y");
                double inner = g.Select((value, i) => value * p[i]).Sum(), sum = g.Sum();
                double[] expected = [.. g.Select((value, i) => (c.accumulate ? 1 : 0) + (c.logarithm ? value - (p[i] * sum) : p[i] * (value - inner)))];
                Operand.AssertClose(expected, dx[row], c.logarithm ? 5e-5 : 2e-6, $"{c} dx");
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(80, 8)));
    }

    [Fact]
    public void A_row_of_one_has_all_the_probability_and_no_gradient()
    {
        var (y, dx) = Run(Device.Host, [3f, -1e30f], [5f, 7f], 2, 1, false, false);
        Assert.Equal([1f, 1f], y);
        Assert.Equal([0f, 0f], dx);
        (y, dx) = Run(Device.Host, [3f, -1e30f], [5f, 7f], 2, 1, true, false);
        Assert.Equal([0f, 0f], y);
        Assert.Equal([0f, 0f], dx);
    }

    [Fact]
    public void A_strided_row_is_refused_by_name()
    {
        float[] x = new float[6];
        View strided = new(Operand.Of(x, 6).Buffer, Layout.RowMajor([2, 3]).Transpose(0, 1));
        Assert.Contains("contiguous rows", Assert.Throws<ArgumentException>(() => Device.Host.Softmax(strided, Operand.Of(new float[6], 3, 2), false)).Message);
    }

    private static (float[] Y, float[] Dx) Run(Device device, float[] x, float[] dy, int rows, int columns, bool logarithm, bool accumulate)
    {
        float[] y = new float[x.Length], dx = new float[x.Length];
        Array.Fill(dx, 1f);
        device.Softmax(Operand.Of(x, rows, columns), Operand.Of(y, rows, columns), logarithm);
        device.SoftmaxBackward(Operand.Of(dy, rows, columns), Operand.Of(y, rows, columns), Operand.Of(dx, rows, columns), logarithm, accumulate);
        return (y, dx);
    }
}
