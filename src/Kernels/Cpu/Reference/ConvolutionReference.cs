namespace Engram.Kernels.Cpu.Reference;

/// <summary>
/// The slow, obviously right twin of <see cref="Convolution"/>: every window of every image, summed in double precision and rounded once.
/// </summary>
public static unsafe class ConvolutionReference
{
    /// <summary>y ← x ⋆ weight + bias.</summary>
    /// <param name="s">Sizes.</param>
    /// <param name="x">Images.</param>
    /// <param name="weight">Weights.</param>
    /// <param name="bias">One value per output, or null.</param>
    /// <param name="y">Results.</param>
    public static void Forward(in ConvolutionShape s, float* x, float* weight, float* bias, float* y)
    {
        var sums = new double[s.Batch * s.Outputs * s.OutputHeight * s.OutputWidth];
        Meet(s, (a, w, b) => sums[b] += (double)x[a] * weight[w]);

        for (var i = 0; i < sums.Length; i++)
        {
            var output = i / (s.OutputHeight * s.OutputWidth) % s.Outputs;
            y[i] = (float)(sums[i] + (bias == null ? 0 : bias[output]));
        }
    }

    /// <summary>dx (+)= what dy makes of the images.</summary>
    /// <param name="s">Sizes.</param>
    /// <param name="dy">Gradient of the results.</param>
    /// <param name="weight">Weights.</param>
    /// <param name="dx">Gradient of the images.</param>
    /// <param name="accumulate">Add to what dx holds.</param>
    public static void BackwardData(in ConvolutionShape s, float* dy, float* weight, float* dx, bool accumulate)
    {
        var sums = new double[s.Batch * s.Channels * s.Height * s.Width];
        Meet(s, (a, w, b) => sums[a] += (double)dy[b] * weight[w]);

        Store(sums, dx, accumulate);
    }

    /// <summary>dweight (+)= Σ dy · x.</summary>
    /// <param name="s">Sizes.</param>
    /// <param name="dy">Gradient of the results.</param>
    /// <param name="x">Images.</param>
    /// <param name="dweight">Gradient of the weights.</param>
    /// <param name="accumulate">Add to what dweight holds.</param>
    public static void BackwardWeight(in ConvolutionShape s, float* dy, float* x, float* dweight, bool accumulate)
    {
        var sums = new double[s.Outputs * s.GroupChannels * s.Taps];
        Meet(s, (a, w, b) => sums[w] += (double)dy[b] * x[a]);

        Store(sums, dweight, accumulate);
    }

    // every product that the convolution sums: which elements of x, weight and y meet in it
    private static void Meet(ConvolutionShape s, Action<int, int, int> visit)
    {
        int outputHeight = s.OutputHeight, outputWidth = s.OutputWidth, channels = s.GroupChannels, outputs = s.GroupOutputs;
        var g = s.Geometry;
        for (var n = 0; n < s.Batch; n++)
        {
            for (var o = 0; o < s.Outputs; o++)
            {
                var group = o / outputs;
                for (var i = 0; i < outputHeight; i++)
                {
                    for (var j = 0; j < outputWidth; j++)
                    {
                        var y = ((n * s.Outputs + o) * outputHeight + i) * outputWidth + j;
                        for (var c = 0; c < channels; c++)
                        {
                            for (var a = 0; a < s.KernelHeight; a++)
                            {
                                for (var b = 0; b < s.KernelWidth; b++)
                                {
                                    var row = i * g.StrideHeight + a * g.DilationHeight - g.PaddingHeight;
                                    var column = j * g.StrideWidth + b * g.DilationWidth - g.PaddingWidth;
                                    if (row < 0 || row >= s.Height || column < 0 || column >= s.Width)
                                        continue;
                                    visit(((n * s.Channels + group * channels + c) * s.Height + row) * s.Width + column,
                                        ((o * channels + c) * s.KernelHeight + a) * s.KernelWidth + b, y);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private static void Store(double[] sums, float* to, bool accumulate)
    {
        for (var i = 0; i < sums.Length; i++)
        {
            to[i] = (float)(sums[i] + (accumulate ? to[i] : 0));
        }
    }
}
