namespace Engram.Kernels.Cpu;

/// <summary>The backward pass of a batch normalization, some channels per chunk and those of short planes together: the second walk finds them in the cache.</summary>
internal unsafe struct BatchNormalizationBackwardBody : IChunkBody
{
    // floats of an image that neighbouring channels make together: a page
    private const int Stretch = 1024;

    public ChannelArgs Channel;
    public int Channels, PerChunk;
    public float* Dy, X, Y, Gain, Mean, Deviation, Dx, DGain, DBias, DResidual;
    public bool PastCaches, Training, AccumulateX, AccumulateGain, AccumulateBias, AccumulateResidual;

    public readonly void Execute(int chunk)
    {
        int end = Math.Min(Channels, (chunk + 1) * PerChunk);
        int group = (int)Math.Clamp(Stretch / Math.Max(1, Channel.Columns), 1, ChannelBackward.MostChannels);
        double* sums = stackalloc double[2 * ChannelBackward.MostChannels];
        ChannelBackwardTerms* terms = stackalloc ChannelBackwardTerms[ChannelBackward.MostChannels];
        for (int c = chunk * PerChunk; c < end; c += group)
        {
            Group(c, Math.Min(group, end - c), sums, terms);
        }

        if (PastCaches)
        {
            Streams.Fence();
        }
    }

    private readonly void Group(int first, int channels, double* sums, ChannelBackwardTerms* terms)
    {
        nint start = first * Channel.Columns;
        float* dy = Dy + start, x = X + start, y = Y == null ? null : Y + start;
        double count = (double)Channel.Rows * Channel.Columns;
        new Span<double>(sums, 2 * channels).Clear();
        if (DGain != null || DBias != null || (Dx != null && Training))
            ChannelBackward.Sums(Channel, channels, dy, x, y, Mean + first, sums, LaneWidths.Widest);
        for (int k = 0; k < channels; k++)
        {
            int c = first + k;
            float deviation = Deviation[c];
            double sum = sums[2 * k], product = sums[(2 * k) + 1];
            if (DGain != null)
                DGain[c] = (float)(product * deviation) + (AccumulateGain ? DGain[c] : 0f);
            if (DBias != null)
                DBias[c] = (float)sum + (AccumulateBias ? DBias[c] : 0f);
            terms[k] = new ChannelBackwardTerms(
                Mean[c], Gain[c] * deviation, Training ? (float)(sum / count) : 0f, Training ? (float)(product * deviation * deviation / count) : 0f);
        }

        if (Dx != null || DResidual != null)
        {
            ChannelBackward.Apply(
                Channel, channels, dy, x, y, terms, Dx == null ? null : Dx + start, AccumulateX,
                DResidual == null ? null : DResidual + start, AccumulateResidual, PastCaches, LaneWidths.Widest);
        }
    }
}
