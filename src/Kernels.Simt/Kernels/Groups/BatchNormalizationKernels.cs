namespace Engram.Kernels.Simt;

/// <summary>Batch normalization of a channel, a channel per group: mean, then squares around it, then the values.</summary>
internal struct BatchNormalizationKernel : IGroupKernel
{
    public Floats X, Residual, Y, Gain, Bias, RunningMean, RunningVariance, Mean, Deviation;
    public int Batch, Channels, Positions, Training, HasResidual, Relu;
    public float Momentum, Epsilon;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(Tree.Length);
        int t = Gpu.Thread, channel = Gpu.GroupX, count = Batch * Positions;
        float mean = 0f, variance = 0f;
        if (Training != 0)
        {
            float part = 0f;
            for (int i = t; i < count; i += Gpu.Threads)
                part += X[At(channel, i)];
            shared[t] = part;
            Gpu.Barrier();
            Tree.Narrow<SumFold>(shared);
            Gpu.Barrier();
            mean = Tree.Total<SumFold>(shared) / count;
            float squares = 0f, rest = 0f;
            for (int i = t; i < count; i += Gpu.Threads)
            {
                float distance = X[At(channel, i)] - mean;
                squares = Gpu.Fma(distance, distance, squares);
                rest += distance;
            }

            shared[t] = squares;
            Gpu.Barrier();
            Tree.Narrow<SumFold>(shared);
            Gpu.Barrier();
            variance = Tree.Total<SumFold>(shared) / count;

            // what rounding left of the mean
            shared[t] = rest;
            Gpu.Barrier();
            Tree.Narrow<SumFold>(shared);
            Gpu.Barrier();
            float shift = Tree.Total<SumFold>(shared) / count;
            mean += shift;
            variance = Math.Max(0f, variance - (shift * shift));
        }
        else
        {
            mean = RunningMean[channel];
            variance = RunningVariance[channel];
        }

        float deviation = 1f / MathF.Sqrt(variance + Epsilon), factor = Gain[channel] * deviation, bias = Bias[channel];
        if (t == 0)
        {
            Mean[channel] = mean;
            Deviation[channel] = deviation;
            if (Training != 0)
            {
                RunningMean[channel] = ((1f - Momentum) * RunningMean[channel]) + (Momentum * mean);
                RunningVariance[channel] = ((1f - Momentum) * RunningVariance[channel]) + (Momentum * variance * ((float)count / (count - 1)));
            }
        }

        for (int i = t; i < count; i += Gpu.Threads)
        {
            int at = At(channel, i);
            float value = Gpu.Fma(X[at] - mean, factor, bias);
            if (HasResidual != 0)
                value += Residual[at];
            Y[at] = Relu != 0 && value < 0f ? 0f : value;
        }
    }

    private int At(int channel, int i) => (((i / Positions * Channels) + channel) * Positions) + (i % Positions);
}

/// <summary>The backward pass of a channel, a channel per group; the formulas are <see cref="Engram.Kernels.Cpu.ChannelBackward"/>'s.</summary>
internal struct BatchNormalizationBackwardKernel : IGroupKernel
{
    public Floats Dy, X, Y, Gain, Mean, Deviation, Dx, DGain, DBias, DResidual;
    public int Batch, Channels, Positions, Training, IsRectified, WantsX, WantsGain, WantsBias, WantsResidual;
    public int AccumulateX, AccumulateGain, AccumulateBias, AccumulateResidual;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(Tree.Length);
        int t = Gpu.Thread, channel = Gpu.GroupX, count = Batch * Positions;
        float mean = Mean[channel], deviation = Deviation[channel], sum = 0f, product = 0f;
        for (int i = t; i < count; i += Gpu.Threads)
        {
            int at = At(channel, i);
            float g = Slope(at);
            sum += g;
            product = Gpu.Fma(g, X[at] - mean, product);
        }

        shared[t] = sum;
        Gpu.Barrier();
        Tree.Narrow<SumFold>(shared);
        Gpu.Barrier();
        sum = Tree.Total<SumFold>(shared);
        shared[t] = product;
        Gpu.Barrier();
        Tree.Narrow<SumFold>(shared);
        Gpu.Barrier();
        product = Tree.Total<SumFold>(shared);
        if (t == 0 && WantsGain != 0)
            DGain[channel] = (product * deviation) + (AccumulateGain != 0 ? DGain[channel] : 0f);
        if (t == 0 && WantsBias != 0)
            DBias[channel] = sum + (AccumulateBias != 0 ? DBias[channel] : 0f);
        float factor = Gain[channel] * deviation;
        float shift = Training != 0 ? sum / count : 0f, slope = Training != 0 ? product * deviation * deviation / count : 0f;
        for (int i = t; i < count; i += Gpu.Threads)
        {
            int at = At(channel, i);
            float g = Slope(at), x = X[at];
            if (WantsResidual != 0)
                DResidual[at] = AccumulateResidual != 0 ? DResidual[at] + g : g;
            if (WantsX != 0)
            {
                float value = factor * Gpu.Fma(x - mean, -slope, g - shift);
                Dx[at] = AccumulateX != 0 ? Dx[at] + value : value;
            }
        }
    }

    private float Slope(int at) => IsRectified != 0 && !(Y[at] > 0f) ? 0f : Dy[at];

    private int At(int channel, int i) => (((i / Positions * Channels) + channel) * Positions) + (i % Positions);
}
