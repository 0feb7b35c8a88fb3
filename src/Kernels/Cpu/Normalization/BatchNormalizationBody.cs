namespace Engram.Kernels.Cpu;

/// <summary>A batch normalization, some channels per chunk: a channel's statistics are taken and used while it is in the cache.</summary>
internal unsafe struct BatchNormalizationBody : IChunkBody
{
    public ChannelArgs Channel;
    public int Channels, PerChunk;
    public float* X, Residual, Y, Gain, Bias, RunningMean, RunningVariance, Mean, Deviation;
    public BatchNormalizationSettings Settings;
    public bool Relu;

    public readonly void Execute(int chunk)
    {
        int end = Math.Min(Channels, (chunk + 1) * PerChunk);
        for (int c = chunk * PerChunk; c < end; c++)
        {
            nint start = c * Channel.Columns;
            double mean = RunningMean[c];
            double variance = RunningVariance[c];
            if (Settings.Training)
            {
                (mean, variance) = Moments.Run(X + start, Channel.Rows, Channel.RowStride, Channel.Columns);
                double count = (double)Channel.Rows * Channel.Columns;
                double momentum = Settings.Momentum;
                RunningMean[c] = (float)(((1 - momentum) * RunningMean[c]) + (momentum * mean));
                RunningVariance[c] = (float)(((1 - momentum) * RunningVariance[c]) + (momentum * variance * count / (count - 1)));
            }

            Mean[c] = (float)mean;
            Deviation[c] = (float)(1 / Math.Sqrt(variance + Settings.Epsilon));
            ChannelForward.Run(
                Channel, X + start, Residual == null ? null : Residual + start, Y + start, Mean[c], Gain[c] * Deviation[c], Bias[c], Relu);
        }
    }
}
