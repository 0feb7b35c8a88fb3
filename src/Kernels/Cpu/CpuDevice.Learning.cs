using CrossEntropy = Engram.Kernels.Cpu.SoftmaxCrossEntropy;
using SgdKernel = Engram.Kernels.Cpu.SgdStep;
using AdamKernel = Engram.Kernels.Cpu.AdamStep;

namespace Engram.Kernels.Cpu;

/// <summary>Losses, optimizer steps, random numbers, dot products.</summary>
internal sealed unsafe partial class CpuDevice
{
    private const int LargestStackMask = 1024;

    public override void SoftmaxCrossEntropy(in View logits, in IndexView labels, IndexView? allowedClasses, in View losses, View? gradient, float gradientScale)
    {
        if (logits.Layout.Rank != 2 || logits.Layout.Size(0) != labels.Count || logits.Layout.Size(1) < 1 || (logits.Layout.Size(1) > 1 && logits.Layout.Stride(1) != 1))
            throw new ArgumentException($"softmax cross-entropy: expected logits [batch, classes] with contiguous rows and one label per row, got {logits.Layout} and {labels.Count} labels");
        int rows = logits.Layout.Size(0), classes = logits.Layout.Size(1);
        if (gradient is { } wanted)
            SameSizes("softmax cross-entropy", logits, wanted);
        float* mask = stackalloc float[allowedClasses is null || classes > LargestStackMask ? 0 : classes];
        if (allowedClasses is { } allowed)
        {
            if (allowed.Count != classes || classes > LargestStackMask)
                throw new ArgumentException($"softmax cross-entropy: the mask has {allowed.Count} entries for {classes} classes (at most {LargestStackMask} can be masked)");
            for (int c = 0; c < classes; c++)
                mask[c] = At(allowed)[c] != 0 ? 0f : float.NegativeInfinity;
        }
        CrossEntropy.Run(At(logits), logits.Layout.Stride(0), At(labels), allowedClasses is null ? null : mask, rows, classes,
            Vector("softmax cross-entropy", "the losses", losses, rows), gradient is { } g ? At(g) : null, gradient?.Layout.Stride(0) ?? 0, gradientScale);
    }

    public override void FillUniform(in RandomStream stream, in View y, float low, float high)
    {
        var body = new UniformBody { Stream = stream, Y = Vector("fill uniform", "the target", y, y.Count), Count = y.Count, Low = low, High = high };
        _splitter.Run(Chunks(y.Count), ref body);
    }

    public override void FillNormal(in RandomStream stream, in View y, float mean, float standardDeviation) =>
        RandomFill.Normal(stream, 0, Vector("fill normal", "the target", y, y.Count), y.Count, mean, standardDeviation);

    public override void SgdStep(in View parameters, in View gradient, View? velocity, in SgdParameters settings)
    {
        if (settings.Momentum != 0 && velocity is null)
            throw new ArgumentException("sgd: momentum needs a velocity vector");
        var body = new SgdBody
        {
            Parameters = Vector("sgd", "the parameters", parameters, parameters.Count),
            Gradient = Vector("sgd", "the gradient", gradient, parameters.Count),
            Velocity = velocity is { } v ? Vector("sgd", "the velocity", v, parameters.Count) : null,
            Count = parameters.Count,
            Settings = settings,
        };
        _splitter.Run(Chunks(parameters.Count), ref body);
    }

    public override void AdamStep(in View parameters, in View gradient, in View firstMoment, in View secondMoment, in AdamParameters settings)
    {
        var body = new AdamBody
        {
            Parameters = Vector("adam", "the parameters", parameters, parameters.Count),
            Gradient = Vector("adam", "the gradient", gradient, parameters.Count),
            First = Vector("adam", "the first moment", firstMoment, parameters.Count),
            Second = Vector("adam", "the second moment", secondMoment, parameters.Count),
            Count = parameters.Count,
            Settings = settings,
        };
        _splitter.Run(Chunks(parameters.Count), ref body);
    }

    public override double Dot(in View a, in View b)
    {
        float* x = Vector("dot", "a", a, a.Count), y = Vector("dot", "b", b, a.Count);
        nint blocks = DoubleFold.BlockCount(a.Count);
        if (blocks <= 1 || Threads == 1)
            return DoubleFold.Dot(x, y, a.Count);
        double* partials = (double*)AlignedMemory.Scratch(2 * blocks);
        var body = new DotBody { A = x, B = y, Count = a.Count, Partials = partials };
        _splitter.Run((int)blocks, ref body);
        return DoubleFold.AddBlocks(partials, blocks);
    }

    private struct DotBody : IChunkBody
    {
        public float* A, B;
        public int Count;
        public double* Partials;

        public readonly void Execute(int block) => DoubleFold.Blocks(A, B, Count, block, block + 1, Partials);
    }

    private struct UniformBody : IChunkBody
    {
        public RandomStream Stream;
        public float* Y;
        public int Count;
        public float Low, High;

        public readonly void Execute(int chunk)
        {
            nint start = (nint)chunk * ElementChunk;
            RandomFill.Uniform(Stream, (ulong)start, Y + start, Math.Min(ElementChunk, Count - start), Low, High);
        }
    }

    private struct SgdBody : IChunkBody
    {
        public float* Parameters, Gradient, Velocity;
        public int Count;
        public SgdParameters Settings;

        public readonly void Execute(int chunk)
        {
            nint start = (nint)chunk * ElementChunk;
            SgdKernel.Run(Parameters + start, Gradient + start, Velocity is null ? null : Velocity + start, Math.Min(ElementChunk, Count - start), Settings);
        }
    }

    private struct AdamBody : IChunkBody
    {
        public float* Parameters, Gradient, First, Second;
        public int Count;
        public AdamParameters Settings;

        public readonly void Execute(int chunk)
        {
            nint start = (nint)chunk * ElementChunk;
            AdamKernel.Run(Parameters + start, Gradient + start, First + start, Second + start, Math.Min(ElementChunk, Count - start), Settings);
        }
    }
}
