using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Kernels.Tests.Convolutions;

/// <summary>
/// Operands of one convolution in native memory, between guards or between pages that must not be touched, and the comparison with the reference.
/// </summary>
internal sealed unsafe class ConvolutionCase : IDisposable
{
    private const int Fence = 32;
    private const float Guard = 54321.5f;

    private readonly List<(nint Block, int Count)> _blocks = [];
    private readonly List<EdgeFloats> _edges = [];
    private readonly bool? _atEnd;

    /// <summary>Numbers for a shape; with <paramref name="atEnd"/>, every operand ends (or begins) at the edge of mapped memory.</summary>
    public ConvolutionCase(in ConvolutionShape shape, int seed = 1, bool? atEnd = null)
    {
        Shape = shape;
        _atEnd = atEnd;
        var random = new System.Random(HashCode.Combine(shape.Batch, shape.Channels, shape.Height, shape.Width, shape.Outputs) ^ seed);
        CountX = shape.Batch * shape.Channels * shape.Height * shape.Width;
        CountWeight = shape.Outputs * shape.GroupChannels * shape.Taps;
        CountY = shape.Batch * shape.Outputs * shape.OutputHeight * shape.OutputWidth;
        X = Block(CountX, random);
        Weight = Block(CountWeight, random);
        Bias = Block(shape.Outputs, random);
        Y = Block(CountY, random);
    }

    public ConvolutionShape Shape { get; }

    public int CountX { get; }

    public int CountWeight { get; }

    public int CountY { get; }

    public float* X { get; }

    public float* Weight { get; }

    public float* Bias { get; }

    public float* Y { get; }

    /// <summary>Runs one of the three kernels on every rung, with and without its option, and compares every element with the reference.</summary>
    public void Check(string kernel, WorkSplitter splitter, bool both = true)
    {
        foreach (bool option in both ? new[] { false, true } : [true])
        {
            float[] expected = Reference(kernel, option, absolute: false), scale = Reference(kernel, option, absolute: true);
            // Winograd's rounding is of the order of a whole window's products with every tap, also where padding leaves few of them: WinogradTests has the bound
            bool winograd = kernel.StartsWith("winograd", StringComparison.Ordinal);
            (double unit, float least) = winograd && scale.Length > 0 ? (16 * 1.2e-7, scale.Average()) : (2 * 1.2e-7, 0);
            int terms = 4 + (kernel.EndsWith("weight", StringComparison.Ordinal) ? Shape.Batch * Shape.OutputHeight * Shape.OutputWidth : Math.Max(Shape.GroupChannels, Shape.GroupOutputs) * Shape.Taps);
            foreach (GemmRung rung in Enum.GetValues<GemmRung>())
            {
                float[] got = Run(kernel, GemmPlan.For(rung), option, splitter);
                for (int i = 0; i < got.Length; i++)
                {
                    double tolerance = unit * Math.Sqrt(terms) * Math.Max(Math.Max(scale[i], least), 1e-30);
                    if (!(Math.Abs((double)expected[i] - got[i]) <= tolerance))
                        Assert.Fail($"{kernel}, option {option}, {rung}, {Shape}: element {i} is {got[i]}, expected {expected[i]} ± {tolerance:g3}");
                }
            }
        }
    }

    /// <summary>The result of a kernel: forward with or without bias, the gradients overwriting or added to something.</summary>
    public float[] Run(string kernel, GemmPlan plan, bool option, WorkSplitter splitter) => Compute(kernel, option, to =>
    {
        switch (kernel)
        {
            case "forward": Cpu.Convolution.Forward(plan, Shape, X, Weight, option ? Bias : null, (float*)to, splitter); break;
            case "data": Cpu.Convolution.BackwardData(plan, Shape, Y, Weight, (float*)to, option, splitter); break;
            case "winograd forward": Winograd.Forward(plan, Shape, X, Weight, option ? Bias : null, (float*)to, splitter); break;
            case "winograd data": Winograd.BackwardData(plan, Shape, Y, Weight, (float*)to, option, splitter); break;
            case "winograd weight": Winograd.BackwardWeight(plan, Shape, Y, X, (float*)to, option, splitter); break;
            case "columns": ColumnGradient.Run(plan, Shape, Y, Weight, (float*)to, option, splitter); break; // the other way to the same
            default: Cpu.Convolution.BackwardWeight(plan, Shape, Y, X, (float*)to, option, splitter); break;
        }
    });

    private float[] Reference(string kernel, bool option, bool absolute)
    {
        float* x = absolute ? Absolute(X, CountX) : X, weight = absolute ? Absolute(Weight, CountWeight) : Weight;
        float* bias = absolute ? Absolute(Bias, Shape.Outputs) : Bias, y = absolute ? Absolute(Y, CountY) : Y;
        return Compute(kernel, option, to =>
        {
            switch (kernel)
            {
                case "forward" or "winograd forward": ConvolutionReference.Forward(Shape, x, weight, option ? bias : null, (float*)to); break;
                case "data" or "columns" or "winograd data": ConvolutionReference.BackwardData(Shape, y, weight, (float*)to, option); break;
                default: ConvolutionReference.BackwardWeight(Shape, y, x, (float*)to, option); break;
            }
        }, absolute);
    }

    private float[] Compute(string kernel, bool option, Action<nint> run, bool absolute = false)
    {
        int count = kernel switch { "forward" or "winograd forward" => CountY, "data" or "columns" or "winograd data" => CountX, _ => CountWeight };
        // what a gradient is added to; where a result is overwritten, something that must not be read
        float* to = Block(count, new System.Random(5));
        if (absolute)
            to = Absolute(to, count);
        if (!option || kernel.EndsWith("forward", StringComparison.Ordinal))
            new Span<float>(to, count).Fill(float.NaN);
        run((nint)to);
        foreach (var (block, length) in _blocks)
        {
            Assert.True(new Span<float>((float*)block, Fence).IndexOfAnyExcept(Guard) < 0, $"{kernel}: the guard before a buffer was overwritten, {Shape}");
            Assert.True(new Span<float>((float*)block + Fence + length, Fence).IndexOfAnyExcept(Guard) < 0, $"{kernel}: the guard after a buffer was overwritten, {Shape}");
        }
        return new Span<float>(to, count).ToArray();
    }

    public void Dispose()
    {
        foreach (var (block, _) in _blocks)
            AlignedMemory.Free((void*)block);
        _blocks.Clear();
        foreach (EdgeFloats edge in _edges)
            edge.Dispose();
        _edges.Clear();
    }

    private float* Absolute(float* from, int count)
    {
        float* to = Block(count, new System.Random(1));
        for (int i = 0; i < count; i++)
            to[i] = Math.Abs(from[i]);
        return to;
    }

    private float* Block(int count, System.Random random)
    {
        if (_atEnd is { } atEnd)
        {
            var edge = new EdgeFloats(count, atEnd);
            _edges.Add(edge);
            foreach (ref float element in edge.Span)
                element = random.NextSingle() * 2 - 1;
            return edge.Pointer;
        }
        var block = (float*)AlignedMemory.Allocate((nuint)(count + 2 * Fence) * sizeof(float));
        _blocks.Add(((nint)block, count));
        new Span<float>(block, count + 2 * Fence).Fill(Guard);
        for (int i = 0; i < count; i++)
            block[Fence + i] = random.NextSingle() * 2 - 1;
        return block + Fence;
    }
}
