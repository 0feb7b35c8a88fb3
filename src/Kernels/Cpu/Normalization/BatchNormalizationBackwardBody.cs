namespace Engram.Kernels.Cpu;

/// <summary>The backward pass of a batch normalization, some channels per chunk: the second walk finds the channel in the cache.</summary>
internal unsafe struct BatchNormalizationBackwardBody : IChunkBody
{
    public ChannelArgs Channel;
    public int Channels, PerChunk;
    public float* Dy, X, Y, Gain, Mean, Deviation, Dx, DGain, DBias, DResidual;
    public bool Training, AccumulateX, AccumulateGain, AccumulateBias, AccumulateResidual;

    public readonly void Execute(int chunk)
    {
        int end = Math.Min(Channels, (chunk + 1) * PerChunk);
        double count = (double)Channel.Rows * Channel.Columns;
        for (int c = chunk * PerChunk; c < end; c++)
        {
            nint start = c * Channel.Columns;
            float* dy = Dy + start, x = X + start, y = Y == null ? null : Y + start;
            float deviation = Deviation[c];
            double sum = 0;
            double product = 0;
            if (DGain != null || DBias != null || (Dx != null && Training))
                (sum, product) = ChannelBackward.Sums(Channel, dy, x, y, Mean[c], LaneWidths.Widest);
            if (DGain != null)
                DGain[c] = (float)(product * deviation) + (AccumulateGain ? DGain[c] : 0f);
            if (DBias != null)
                DBias[c] = (float)sum + (AccumulateBias ? DBias[c] : 0f);
            if (Dx == null && DResidual == null)
                continue;
            var terms = new ChannelBackwardTerms(
                Mean[c], Gain[c] * deviation, Training ? (float)(sum / count) : 0f, Training ? (float)(product * deviation * deviation / count) : 0f);
            ChannelBackward.Apply(
                Channel, dy, x, y, terms, Dx == null ? null : Dx + start, AccumulateX,
                DResidual == null ? null : DResidual + start, AccumulateResidual, LaneWidths.Widest);
        }
    }
}
