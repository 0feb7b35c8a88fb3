using Engram.Kernels.Cpu;

namespace Engram.Kernels.Tests.Convolutions;

/// <summary>
/// The exact results of a convolution in double precision, and the scale of the error bound of <see cref="Winograd"/>: its transforms, written as matrices, with every entry and every operand
/// made positive. Written from the definitions, one tile at a time, for one group.
/// </summary>
internal static unsafe class WinogradBound
{
    // stride 2: twenty-five places, of which two rows and columns multiply the same taps
    private static readonly double[,] B2 = { { 1, 0, -1, 0, 0 }, { 0, 0, 1, 0, 0 }, { 0, 0, 1, 0, -1 }, { 0, 1, 0, 0, 0 }, { 0, 0, 0, 1, 0 } };
    private static readonly double[,] G2 = { { 1, 0, 0 }, { 1, 0, 1 }, { 0, 0, 1 }, { 0, 1, 0 }, { 0, 1, 0 } };
    private static readonly double[,] A2 = { { 1, 1, 0, 1, 0 }, { 0, 1, -1, 0, 1 } };

    private static readonly double[,] B = { { 1, 0, -1, 0 }, { 0, 1, 1, 0 }, { 0, -1, 1, 0 }, { 0, 1, 0, -1 } };
    private static readonly double[,] G = { { 1, 0, 0 }, { 0.5, 0.5, 0.5 }, { 0.5, -0.5, 0.5 }, { 0, 0, 1 } };
    private static readonly double[,] A = { { 1, 1, 1, 0 }, { 0, 1, -1, -1 } };

    /// <summary>The direct sums.</summary>
    public static double[] Direct(string kernel, ConvolutionCase c)
    {
        ConvolutionShape s = c.Shape;
        var result = new double[Count(kernel, c)];
        for (int n = 0; n < s.Batch; n++)
        for (int o = 0; o < s.Outputs; o++)
        for (int i = 0; i < s.OutputHeight; i++)
        for (int j = 0; j < s.OutputWidth; j++)
        for (int channel = 0; channel < s.Channels; channel++)
        for (int tap = 0; tap < 9; tap++)
        {
            int row = s.Geometry.StrideHeight * i + tap / 3 - s.Geometry.PaddingHeight, column = s.Geometry.StrideHeight * j + tap % 3 - s.Geometry.PaddingWidth;
            if ((uint)row >= (uint)s.Height || (uint)column >= (uint)s.Width)
                continue;
            int x = ((n * s.Channels + channel) * s.Height + row) * s.Width + column, w = (o * s.Channels + channel) * 9 + tap, y = ((n * s.Outputs + o) * s.OutputHeight + i) * s.OutputWidth + j;
            if (kernel.EndsWith("forward", StringComparison.Ordinal))
                result[y] += (double)c.X[x] * c.Weight[w];
            else if (kernel.EndsWith("data", StringComparison.Ordinal))
                result[x] += (double)c.Y[y] * c.Weight[w];
            else
                result[w] += (double)c.Y[y] * c.X[x];
        }

        return result;
    }

    /// <summary>The same of the algorithm's absolute form.</summary>
    public static double[] Scale(string kernel, ConvolutionCase c)
    {
        ConvolutionShape s = c.Shape;
        if (s.Geometry.StrideHeight == 2)
            return ScaleOfTwo(kernel, c);
        var result = new double[Count(kernel, c)];
        bool weight = kernel.EndsWith("weight", StringComparison.Ordinal), data = kernel.EndsWith("data", StringComparison.Ordinal);
        // data: the convolution of dy with the kernels turned round, outputs and channels in each other's place
        var (channels, outputs) = data ? (s.Outputs, s.Channels) : (s.Channels, s.Outputs);
        var (height, width) = data ? (s.OutputHeight, s.OutputWidth) : (s.Height, s.Width);
        var (outputHeight, outputWidth) = data ? (s.Height, s.Width) : (s.OutputHeight, s.OutputWidth);
        var (top, left) = data ? (2 - s.Geometry.PaddingHeight, 2 - s.Geometry.PaddingWidth) : (s.Geometry.PaddingHeight, s.Geometry.PaddingWidth);
        float* input = data ? c.Y : c.X;
        for (int o = 0; o < outputs; o++)
        for (int channel = 0; channel < channels; channel++)
        {
            var kernelOf = new double[3, 3];
            for (int tap = 0; tap < 9; tap++)
                kernelOf[tap / 3, tap % 3] = Math.Abs((double)(data ? c.Weight[(channel * s.Channels + o) * 9 + 8 - tap] : c.Weight[(o * s.Channels + channel) * 9 + tap]));
            double[,] u = Both(G, kernelOf), sum = new double[4, 4];
            for (int n = 0; n < s.Batch; n++)
            for (int i = 0; i < outputHeight; i += 2)
            for (int j = 0; j < outputWidth; j += 2)
            {
                var d = new double[4, 4];
                for (int a = 0; a < 16; a++)
                {
                    int row = i + a / 4 - top, column = j + a % 4 - left;
                    if ((uint)row < (uint)height && (uint)column < (uint)width)
                        d[a / 4, a % 4] = Math.Abs((double)input[((n * channels + channel) * height + row) * width + column]);
                }

                double[,] v = Both(B, d), y = new double[2, 2];
                if (weight)
                {
                    for (int a = 0; a < 4; a++)
                        y[a / 2, a % 2] = i + a / 2 < outputHeight && j + a % 2 < outputWidth ? Math.Abs((double)c.Y[((n * outputs + o) * outputHeight + i + a / 2) * outputWidth + j + a % 2]) : 0;
                    double[,] p = Both(Turned(A), y);
                    for (int a = 0; a < 16; a++)
                        sum[a / 4, a % 4] += p[a / 4, a % 4] * v[a / 4, a % 4];
                    continue;
                }

                for (int a = 0; a < 16; a++)
                    v[a / 4, a % 4] *= u[a / 4, a % 4];
                y = Both(A, v);
                for (int a = 0; a < 4; a++)
                {
                    if (i + a / 2 < outputHeight && j + a % 2 < outputWidth)
                        result[((n * outputs + o) * outputHeight + i + a / 2) * outputWidth + j + a % 2] += y[a / 2, a % 2];
                }
            }

            if (!weight)
                continue;
            double[,] g = Both(Turned(G), sum);
            for (int tap = 0; tap < 9; tap++)
                result[(o * s.Channels + channel) * 9 + tap] = g[tap / 3, tap % 3];
        }

        return result;
    }

    private static double[] ScaleOfTwo(string kernel, ConvolutionCase c)
    {
        ConvolutionShape s = c.Shape;
        var result = new double[Count(kernel, c)];
        bool weight = kernel.EndsWith("weight", StringComparison.Ordinal), data = kernel.EndsWith("data", StringComparison.Ordinal);
        for (int o = 0; o < s.Outputs; o++)
        for (int channel = 0; channel < s.Channels; channel++)
        {
            var g = new double[3, 3];
            for (int tap = 0; tap < 9; tap++)
                g[tap / 3, tap % 3] = Math.Abs((double)c.Weight[(o * s.Channels + channel) * 9 + tap]);
            double[,] u = Both(G2, g), sum = new double[5, 5];
            for (int n = 0; n < s.Batch; n++)
            for (int i = 0; i < s.OutputHeight; i += 2)
            for (int j = 0; j < s.OutputWidth; j += 2)
            {
                double[,] d = new double[5, 5], y = new double[2, 2];
                int Image(int a) => 2 * i + a / 5 - s.Geometry.PaddingHeight is var row && 2 * j + a % 5 - s.Geometry.PaddingWidth is var column && (uint)row < (uint)s.Height && (uint)column < (uint)s.Width
                    ? ((n * s.Channels + channel) * s.Height + row) * s.Width + column
                    : -1;
                int Result(int a) => i + a / 2 < s.OutputHeight && j + a % 2 < s.OutputWidth ? ((n * s.Outputs + o) * s.OutputHeight + i + a / 2) * s.OutputWidth + j + a % 2 : -1;
                for (int a = 0; a < 25; a++)
                    d[a / 5, a % 5] = Image(a) is >= 0 and var at ? Math.Abs((double)c.X[at]) : 0;
                for (int a = 0; a < 4; a++)
                    y[a / 2, a % 2] = Result(a) is >= 0 and var at ? Math.Abs((double)c.Y[at]) : 0;
                double[,] v = Both(B2, d), q = Both(Turned(A2), y);
                for (int a = 0; a < 25; a++)
                {
                    sum[a / 5, a % 5] += v[a / 5, a % 5] * q[a / 5, a % 5];
                    v[a / 5, a % 5] *= u[a / 5, a % 5];
                    q[a / 5, a % 5] *= u[a / 5, a % 5];
                }

                double[,] image = Both(Turned(B2), q), output = Both(A2, v);
                for (int a = 0; data && a < 25; a++)
                {
                    if (Image(a) is >= 0 and var at)
                        result[at] += image[a / 5, a % 5];
                }

                for (int a = 0; !data && !weight && a < 4; a++)
                {
                    if (Result(a) is >= 0 and var at)
                        result[at] += output[a / 2, a % 2];
                }
            }

            double[,] back = Both(Turned(G2), sum);
            for (int tap = 0; weight && tap < 9; tap++)
                result[(o * s.Channels + channel) * 9 + tap] = back[tap / 3, tap % 3];
        }

        return result;
    }

    private static int Count(string kernel, ConvolutionCase c) =>
        kernel.EndsWith("forward", StringComparison.Ordinal) ? c.CountY : kernel.EndsWith("data", StringComparison.Ordinal) ? c.CountX : c.CountWeight;

    private static double[,] Turned(double[,] m)
    {
        var turned = new double[m.GetLength(1), m.GetLength(0)];
        for (int i = 0; i < m.GetLength(0); i++)
        for (int j = 0; j < m.GetLength(1); j++)
            turned[j, i] = m[i, j];
        return turned;
    }

    // |t| m |t|ᵀ
    private static double[,] Both(double[,] t, double[,] m)
    {
        int rows = t.GetLength(0), inner = t.GetLength(1);
        var result = new double[rows, rows];
        for (int i = 0; i < rows; i++)
        for (int j = 0; j < rows; j++)
        for (int p = 0; p < inner; p++)
        for (int q = 0; q < inner; q++)
            result[i, j] += Math.Abs(t[i, p]) * m[p, q] * Math.Abs(t[j, q]);
        return result;
    }
}
