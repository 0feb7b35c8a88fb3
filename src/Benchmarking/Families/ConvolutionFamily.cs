using Engram.Kernels;
using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Benchmarking.Families;

/// <summary>The convolutions of ResNet-18 on 32×32 images: forward, gradient of the images, gradient of the weights.</summary>
public sealed unsafe class ConvolutionFamily : IWorkloadFamily
{
    /// <summary>Multiply-adds that the twin may take for a check: it visits them one by one.</summary>
    private const double CheckedMultiplies = 1 << 22;

    /// <inheritdoc/>
    public string Name => "conv";

    /// <inheritdoc/>
    public string Description => "convolutions of ResNet-18 on 32x32 images, forward and both backward passes, beside PyTorch";

    /// <inheritdoc/>
    public IEnumerable<WorkloadCase> Cases() => ConvolutionCase.All.Select(one => new WorkloadCase(one.Name, workspace => Create(one, workspace), one.IsQuick));

    private static Workload Create(ConvolutionCase one, Workspace workspace)
    {
        ConvolutionShape s = one.Shape;
        ConvolutionGeometry geometry = s.Geometry;
        // the result of a pass goes where none of its operands lies
        View x = one.Pass == "data" ? workspace.Empty(s.Batch, s.Channels, s.Height, s.Width) : workspace.Uniform(1, s.Batch, s.Channels, s.Height, s.Width);
        View weight = one.Pass == "weight" ? workspace.Empty(s.Outputs, s.Channels, s.KernelHeight, s.KernelWidth) : workspace.Uniform(2, s.Outputs, s.Channels, s.KernelHeight, s.KernelWidth);
        View y = one.Pass == "forward" ? workspace.Empty(s.Batch, s.Outputs, s.OutputHeight, s.OutputWidth) : workspace.Uniform(3, s.Batch, s.Outputs, s.OutputHeight, s.OutputWidth);
        View result = one.Pass switch { "forward" => y, "data" => x, _ => weight };
        Device device = workspace.Device;
        return new Workload
        {
            Run = one.Pass switch
            {
                "forward" => () => device.Convolve(x, weight, null, geometry, y),
                "data" => () => device.ConvolveBackwardData(y, weight, geometry, x, false),
                _ => () => device.ConvolveBackwardWeight(y, x, geometry, weight, false),
            },
            Check = () => Compare(one, workspace, workspace.Host(x), workspace.Host(weight), workspace.Host(y)),
            Flops = 2 * one.Multiplies,
            BytesRead = 4.0 * (x.Count + weight.Count + y.Count - result.Count),
            BytesWritten = 4.0 * result.Count,
            Outputs = [result],
            Python = [new PythonRequest("torch_conv.py", FormattableString.Invariant($"{one.Pass} {s.Batch} {s.Channels} {s.Outputs} {s.Height} {s.KernelHeight} {geometry.StrideHeight} {geometry.PaddingHeight} 1"))],
        };
    }

    // whole planes of the result against the twin, the first and the last among them; the elements that a plane depends on are a smaller convolution
    private static Deviation Compare(ConvolutionCase one, Workspace workspace, float[] x, float[] weight, float[] y)
    {
        ConvolutionShape s = one.Shape;
        (int outer, int inner) = one.Pass switch { "forward" => (s.Batch, s.Outputs), "data" => (s.Batch, s.Channels), _ => (s.Outputs, s.Channels) };
        int planes = outer * inner, count = (int)Math.Min(planes, Math.Clamp(CheckedMultiplies * planes / one.Multiplies, 2, 12));
        float[] result = one.Pass switch { "forward" => y, "data" => x, _ => weight };
        int length = result.Length / planes;
        float[] twin = new float[length];
        double worst = 0;
        for (int step = 0; step < count; step++)
        {
            int plane = count == 1 ? 0 : (int)((long)step * (planes - 1) / (count - 1));
            fixed (float* px = x, pw = weight, py = y, to = twin)
            {
                switch (one.Pass)
                {
                    case "forward":
                        ForwardPlane(s, px, pw, plane / inner, plane % inner, to);
                        break;
                    case "data":
                        DataPlane(s, py, pw, plane / inner, plane % inner, to);
                        break;
                    default:
                        WeightPlane(s, py, px, plane / inner, plane % inner, to);
                        break;
                }
            }

            for (int i = 0; i < length; i++)
            {
                double error = Math.Abs((double)twin[i] - result[plane * length + i]);
                worst = error > worst || double.IsNaN(error) ? error : worst;
            }
        }

        // an element of so many products of numbers in [−1, 1] is of the order of their root
        double terms = one.Pass switch { "forward" => s.Channels * s.Taps, "data" => s.Outputs * s.Taps, _ => (double)s.Batch * s.OutputHeight * s.OutputWidth };
        return new Deviation(worst, workspace.ProductTolerance(terms));
    }

    private static void ForwardPlane(in ConvolutionShape s, float* x, float* weight, int image, int output, float* to) =>
        ConvolutionReference.Forward(s with { Batch = 1, Outputs = 1 }, x + (nint)image * s.Channels * s.Height * s.Width, weight + (nint)output * s.Channels * s.Taps, null, to);

    private static void DataPlane(in ConvolutionShape s, float* dy, float* weight, int image, int channel, float* to)
    {
        float[] taps = Planes(weight, s.Outputs, s.Channels, channel, s.Taps);
        fixed (float* w = taps)
            ConvolutionReference.BackwardData(s with { Batch = 1, Channels = 1 }, dy + (nint)image * s.Outputs * s.OutputHeight * s.OutputWidth, w, to, false);
    }

    private static void WeightPlane(in ConvolutionShape s, float* dy, float* x, int output, int channel, float* to)
    {
        float[] gradients = Planes(dy, s.Batch, s.Outputs, output, s.OutputHeight * s.OutputWidth), images = Planes(x, s.Batch, s.Channels, channel, s.Height * s.Width);
        fixed (float* g = gradients, i = images)
            ConvolutionReference.BackwardWeight(s with { Channels = 1, Outputs = 1 }, g, i, to, false);
    }

    // one plane of every item of [items, planes, length]
    private static float[] Planes(float* from, int items, int planes, int plane, int length)
    {
        float[] to = new float[items * length];
        for (int item = 0; item < items; item++)
            new ReadOnlySpan<float>(from + ((nint)item * planes + plane) * length, length).CopyTo(to.AsSpan(item * length));
        return to;
    }
}
