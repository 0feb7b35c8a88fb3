namespace Engram.Kernels.Simt;

/// <summary>
/// Σ(x − s) and Σ(x − s)² of a part of a channel, s its first value, in double precision, and s: the mean may be far from zero, and one pass reads the channel once.
/// </summary>
internal struct BatchMomentsKernel : IGroupKernel
{
    public const int Sums = 3;

    public Floats X;
    public Doubles Parts;
    public ChannelWalk Walk;

    public void Run()
    {
        Doubles shared = Gpu.SharedDoubles(2 * Tree.Length);
        int t = Gpu.Thread;
        double shift = X[Walk.At(0)], sum = 0, squares = 0;
        for (int i = Walk.First; i < Walk.Count; i += Walk.Step)
        {
            Quad x = Walk.Read(X, Walk.At(i));
            double d = x.X - shift;
            sum += d;
            squares += d * d;
            if (Walk.AtOnce == 4)
            {
                double e = x.Y - shift, f = x.Z - shift, g = x.W - shift;
                sum += e + (f + g);
                squares += (e * e) + ((f * f) + (g * g));
            }
        }

        shared[t] = sum;
        shared[Tree.Length + t] = squares;
        Gpu.Barrier();
        Tree.Narrow(shared, 2);
        Gpu.Barrier();
        if (t < 2)
            Parts[Walk.Part(Sums, Gpu.GroupY) + t] = Tree.Total(shared, t);
        if (t == 2)
            Parts[Walk.Part(Sums, Gpu.GroupY) + t] = shift;
    }
}

/// <summary>
/// Batch normalization of a part of a channel, of which, in training, every group adds up the moments of all parts, at most one per thread, in the same order. The first part
/// writes the channel's statistics.
/// </summary>
internal struct BatchNormalizationKernel : IGroupKernel
{
    public Floats X, Residual, Y, Gain, Bias, RunningMean, RunningVariance, Mean, Deviation;
    public Doubles Parts;
    public ChannelWalk Walk;
    public int Training, HasResidual, Relu;
    public float Momentum, Epsilon;

    public void Run()
    {
        Doubles shared = Gpu.SharedDoubles(2 * Tree.Length);
        int t = Gpu.Thread, channel = Gpu.GroupX;
        float mean = 0f, variance = 0f;
        if (Training != 0)
        {
            Tree.Spread(shared, Parts, Walk.Part(BatchMomentsKernel.Sums, 0), Walk.Parts, BatchMomentsKernel.Sums, 2);
            Gpu.Barrier();
            Tree.Narrow(shared, 2);
            Gpu.Barrier();
            double distance = Tree.Total(shared, 0) / Walk.Count, spread = (Tree.Total(shared, 1) / Walk.Count) - (distance * distance);
            mean = (float)(Parts[Walk.Part(BatchMomentsKernel.Sums, 0) + 2] + distance);
            variance = (float)(spread < 0 ? 0 : spread); // NaN stays
        }
        else
        {
            mean = RunningMean[channel];
            variance = RunningVariance[channel];
        }

        float deviation = 1f / MathF.Sqrt(variance + Epsilon), factor = Gain[channel] * deviation, bias = Bias[channel];
        if (t == 0 && Gpu.GroupY == 0)
        {
            Mean[channel] = mean;
            Deviation[channel] = deviation;
            if (Training != 0)
            {
                RunningMean[channel] = ((1f - Momentum) * RunningMean[channel]) + (Momentum * mean);
                RunningVariance[channel] = ((1f - Momentum) * RunningVariance[channel]) + (Momentum * variance * ((float)Walk.Count / (Walk.Count - 1)));
            }
        }

        for (int i = Walk.First; i < Walk.Count; i += Walk.Step)
        {
            int at = Walk.At(i);
            Quad x = Walk.Read(X, at), added = default;
            if (HasResidual != 0)
                added = Walk.Read(Residual, at);
            Walk.Write(Y, at, new Quad
            {
                X = Value(x.X - mean, factor, bias, added.X), Y = Value(x.Y - mean, factor, bias, added.Y),
                Z = Value(x.Z - mean, factor, bias, added.Z), W = Value(x.W - mean, factor, bias, added.W),
            }, 0);
        }
    }

    private float Value(float distance, float factor, float bias, float added)
    {
        float value = Gpu.Fma(distance, factor, bias) + added;
        return Relu != 0 && value < 0f ? 0f : value;
    }
}

/// <summary>Σg and Σg·(x − mean) of a part of a channel, in double precision; g is the gradient, 0 where a rectifier was shut.</summary>
internal struct BatchSlopesKernel : IGroupKernel
{
    public Floats Dy, X, Y, Mean;
    public Doubles Parts;
    public ChannelWalk Walk;
    public int IsRectified;

    public void Run()
    {
        Doubles shared = Gpu.SharedDoubles(2 * Tree.Length);
        int t = Gpu.Thread;
        double mean = Mean[Gpu.GroupX], sum = 0, product = 0;
        for (int i = Walk.First; i < Walk.Count; i += Walk.Step)
        {
            int at = Walk.At(i);
            Quad g = Rectifier.Slope(Walk, Dy, Y, at, IsRectified), x = Walk.Read(X, at);
            sum += g.X;
            product += g.X * (x.X - mean);
            if (Walk.AtOnce == 4)
            {
                sum += (double)g.Y + ((double)g.Z + g.W);
                product += (g.Y * (x.Y - mean)) + ((g.Z * (x.Z - mean)) + (g.W * (x.W - mean)));
            }
        }

        shared[t] = sum;
        shared[Tree.Length + t] = product;
        Gpu.Barrier();
        Tree.Narrow(shared, 2);
        Gpu.Barrier();
        if (t < 2)
            Parts[Walk.Part(2, Gpu.GroupY) + t] = Tree.Total(shared, t);
    }
}

/// <summary>
/// The backward pass of a part of a channel, of which every group adds up the slopes of all parts; the formulas are <see cref="Engram.Kernels.Cpu.ChannelBackward"/>'s.
/// </summary>
internal struct BatchNormalizationBackwardKernel : IGroupKernel
{
    public Floats Dy, X, Y, Gain, Mean, Deviation, Dx, DGain, DBias, DResidual;
    public Doubles Parts;
    public ChannelWalk Walk;
    public int Training, IsRectified, WantsX, WantsGain, WantsBias, WantsResidual;
    public int AccumulateX, AccumulateGain, AccumulateBias, AccumulateResidual;

    public void Run()
    {
        Doubles shared = Gpu.SharedDoubles(2 * Tree.Length);
        int t = Gpu.Thread, channel = Gpu.GroupX;
        Tree.Spread(shared, Parts, Walk.Part(2, 0), Walk.Parts, 2, 2);
        Gpu.Barrier();
        Tree.Narrow(shared, 2);
        Gpu.Barrier();
        float mean = Mean[channel], deviation = Deviation[channel], sum = (float)Tree.Total(shared, 0), product = (float)Tree.Total(shared, 1);
        if (t == 0 && Gpu.GroupY == 0 && WantsGain != 0)
            DGain[channel] = (product * deviation) + (AccumulateGain != 0 ? DGain[channel] : 0f);
        if (t == 0 && Gpu.GroupY == 0 && WantsBias != 0)
            DBias[channel] = sum + (AccumulateBias != 0 ? DBias[channel] : 0f);
        float factor = Gain[channel] * deviation;
        float shift = Training != 0 ? sum / Walk.Count : 0f, slope = Training != 0 ? product * deviation * deviation / Walk.Count : 0f;
        int end = WantsX != 0 || WantsResidual != 0 ? Walk.Count : 0;
        for (int i = Walk.First; i < end; i += Walk.Step)
        {
            int at = Walk.At(i);
            Quad g = Rectifier.Slope(Walk, Dy, Y, at, IsRectified), x = Walk.Read(X, at);
            if (WantsResidual != 0)
                Walk.Write(DResidual, at, g, AccumulateResidual);
            if (WantsX != 0)
            {
                Walk.Write(Dx, at, new Quad
                {
                    X = factor * Gpu.Fma(x.X - mean, -slope, g.X - shift), Y = factor * Gpu.Fma(x.Y - mean, -slope, g.Y - shift),
                    Z = factor * Gpu.Fma(x.Z - mean, -slope, g.Z - shift), W = factor * Gpu.Fma(x.W - mean, -slope, g.W - shift),
                }, AccumulateX);
            }
        }
    }
}

/// <summary>Gradients behind a rectifier.</summary>
internal static class Rectifier
{
    /// <summary>The gradient dy, 0 where the result y of a rectifier is not above 0 (or NaN).</summary>
    public static Quad Slope(ChannelWalk walk, Floats dy, Floats y, int at, int isRectified)
    {
        Quad g = walk.Read(dy, at);
        if (isRectified == 0)
            return g;
        Quad result = walk.Read(y, at);
        return new Quad { X = result.X > 0f ? g.X : 0f, Y = result.Y > 0f ? g.Y : 0f, Z = result.Z > 0f ? g.Z : 0f, W = result.W > 0f ? g.W : 0f };
    }
}
