using Engram.Kernels;

namespace Engram.Benchmarking.Tests;

/// <summary>A library of products laid out by columns, as its manual defines them: three loops in double precision over copies of a device's memory.</summary>
/// <param name="device">Where the operands are.</param>
/// <param name="error">Added to every element: a library that is wrong.</param>
internal sealed class PlainBlas(Device device, float error = 0) : IDeviceBlas
{
    public string Name => "plain 1.0";

    public string Version => "1.0, fp32";

    /// <summary>Products so far.</summary>
    public int Calls { get; private set; }

    public bool IsDisposed { get; private set; }

    public void Sgemm(in BlasProduct product)
    {
        (BlasOperand left, BlasOperand right, BlasOperand result) = (product.A, product.B, product.C);
        Assert.False(IsDisposed || result.IsTransposed);
        // what a BLAS refuses
        Assert.True(left.LeadingDimension >= Math.Max(1, left.IsTransposed ? product.K : product.M));
        Assert.True(right.LeadingDimension >= Math.Max(1, right.IsTransposed ? product.N : product.K));
        Assert.True(result.LeadingDimension >= Math.Max(1, product.M));
        float[] a = Copy(left), b = Copy(right), c = Copy(result);
        for (int batch = 0; batch < product.Batch; batch++)
        {
            for (int j = 0; j < product.N; j++)
            {
                for (int i = 0; i < product.M; i++)
                {
                    double sum = error;
                    for (int p = 0; p < product.K; p++)
                        sum += (double)a[At(left, batch, i, p)] * b[At(right, batch, p, j)];
                    c[At(result, batch, i, j)] = (float)sum;
                }
            }
        }

        device.Upload<float>(c, result.Buffer, 0);
        Calls++;
    }

    public void Dispose() => IsDisposed = true;

    private static long At(in BlasOperand x, int batch, int row, int column)
    {
        (int i, int j) = x.IsTransposed ? (column, row) : (row, column);
        return x.Start + (batch * x.BatchStep) + i + ((long)j * x.LeadingDimension);
    }

    private float[] Copy(in BlasOperand x)
    {
        float[] copy = new float[x.Buffer.Length];
        device.Download(x.Buffer, 0, (Span<float>)copy);
        return copy;
    }
}
