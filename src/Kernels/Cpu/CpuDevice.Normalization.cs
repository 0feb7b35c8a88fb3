using RowBackward = Engram.Kernels.Cpu.LayerNormalizationBackward;
using RowNormalization = Engram.Kernels.Cpu.LayerNormalization;

namespace Engram.Kernels.Cpu;

/// <summary>Batch and layer normalization.</summary>
internal sealed unsafe partial class CpuDevice
{
    public override void BatchNormalization(
        in View x, View? residual, in View gain, in View bias, in View runningMean, in View runningVariance,
        in BatchNormalizationSettings settings, bool relu, in View mean, in View deviation, in View y)
    {
        const string op = "batch normalization";
        var (channel, channels) = Channel(op, x);
        if (settings.Training && (long)channel.Rows * channel.Columns <= 1)
            throw new ArgumentException($"{op}: training needs more than one value per channel, x is {x.Layout}; take a larger batch or the running statistics");
        SameSizes(op, x, y);
        var body = new BatchNormalizationBody
        {
            Channel = channel,
            Channels = channels,
            PerChunk = ChannelsPerChunk(channel),
            X = At(x),
            Residual = residual is { } r ? Whole(op, "the residual", r, x) : null,
            Y = Whole(op, "the result", y, x),
            Gain = Vector(op, "the gain", gain, channels),
            Bias = Vector(op, "the bias", bias, channels),
            RunningMean = Vector(op, "the running mean", runningMean, channels),
            RunningVariance = Vector(op, "the running variance", runningVariance, channels),
            Mean = Vector(op, "the mean", mean, channels),
            Deviation = Vector(op, "the deviation", deviation, channels),
            Settings = settings,
            Relu = relu,
        };
        _splitter.Run((channels + body.PerChunk - 1) / body.PerChunk, ref body);
    }

    public override void BatchNormalizationBackward(
        in View dy, in View x, View? y, in View gain, in View mean, in View deviation, bool training,
        in GradientTarget dx, in GradientTarget dGain, in GradientTarget dBias, in GradientTarget dResidual)
    {
        const string op = "batch normalization backward";
        var (channel, channels) = Channel(op, x);
        var body = new BatchNormalizationBackwardBody
        {
            Channel = channel,
            Channels = channels,
            PerChunk = ChannelsPerChunk(channel),
            Dy = Whole(op, "the gradient", dy, x),
            X = At(x),
            Y = y is { } output ? Whole(op, "the output", output, x) : null,
            Gain = Vector(op, "the gain", gain, channels),
            Mean = Vector(op, "the mean", mean, channels),
            Deviation = Vector(op, "the deviation", deviation, channels),
            Dx = dx.IsWanted ? Whole(op, "the gradient of x", dx.View, x) : null,
            DGain = dGain.IsWanted ? Vector(op, "the gradient of the gain", dGain.View, channels) : null,
            DBias = dBias.IsWanted ? Vector(op, "the gradient of the bias", dBias.View, channels) : null,
            DResidual = dResidual.IsWanted ? Whole(op, "the gradient of the residual", dResidual.View, x) : null,
            PastCaches = dx.IsWanted && Streams.PassCaches(x.Count, y is null ? 3 : 4, Threads) && Apart(dx.View, dy),
            Training = training,
            AccumulateX = dx.Accumulate,
            AccumulateGain = dGain.Accumulate,
            AccumulateBias = dBias.Accumulate,
            AccumulateResidual = dResidual.Accumulate,
        };
        _splitter.Run((channels + body.PerChunk - 1) / body.PerChunk, ref body);
    }

    public override void LayerNormalization(in View x, in View gain, in View bias, float epsilon, in View mean, in View deviation, in View y)
    {
        const string op = "layer normalization";
        var (rows, features) = Rows(op, x);
        SameSizes(op, x, y);
        var body = new LayerNormalizationBody
        {
            Rows = rows,
            Features = features,
            PerChunk = Math.Max(1, ElementChunk / features),
            X = Whole(op, "x", x, x),
            Y = Whole(op, "the result", y, x),
            Gain = Vector(op, "the gain", gain, features),
            Bias = Vector(op, "the bias", bias, features),
            Means = Vector(op, "the mean", mean, rows),
            Deviations = Vector(op, "the deviation", deviation, rows),
            Epsilon = epsilon,
        };
        _splitter.Run((rows + body.PerChunk - 1) / body.PerChunk, ref body);
    }

    public override void LayerNormalizationBackward(
        in View dy, in View x, in View gain, in View mean, in View deviation, in GradientTarget dx, in GradientTarget dGain, in GradientTarget dBias)
    {
        const string op = "layer normalization backward";
        var (rows, features) = Rows(op, x);
        bool parameters = dGain.IsWanted || dBias.IsWanted;
        var body = new LayerNormalizationBackwardBody
        {
            Rows = rows,
            Features = features,
            PerChunk = Math.Clamp(ElementChunk / 2 / features, 1, 128),
            Dy = Whole(op, "the gradient", dy, x),
            X = Whole(op, "x", x, x),
            Gain = Vector(op, "the gain", gain, features),
            Means = Vector(op, "the mean", mean, rows),
            Deviations = Vector(op, "the deviation", deviation, rows),
            Dx = dx.IsWanted ? Whole(op, "the gradient of x", dx.View, x) : null,
            Accumulate = dx.Accumulate,
        };
        int chunks = (rows + body.PerChunk - 1) / body.PerChunk;
        // every chunk of rows sums its own part of the parameters' gradients; the parts are then added in order
        nint parts = parameters ? 2 * (nint)features * chunks : 0;
        if (parameters)
        {
            body.Parts = AlignedMemory.Scratch(parts);
            new Span<float>(body.Parts, (int)parts).Clear();
        }

        _splitter.Run(chunks, ref body);
        if (dGain.IsWanted)
            FoldColumns.Run<SumFold>(body.Parts, 2 * features, chunks, features, Vector(op, "the gradient of the gain", dGain.View, features), dGain.Accumulate);
        if (dBias.IsWanted)
            FoldColumns.Run<SumFold>(body.Parts + features, 2 * features, chunks, features, Vector(op, "the gradient of the bias", dBias.View, features), dBias.Accumulate);
    }

    private static (ChannelArgs Channel, int Channels) Channel(string op, in View x)
    {
        if (x.Layout.Rank < 2 || !x.Layout.IsContiguous)
            throw new ArgumentException($"{op}: expected contiguous x [batch, channels, ...], got {x.Layout}{(x.Layout.IsContiguous ? "" : ", strided: copy it first")}");
        int channels = x.Layout.Size(1);
        nint columns = 1;
        for (int axis = 2; axis < x.Layout.Rank; axis++)
            columns *= x.Layout.Size(axis);
        return (new ChannelArgs(x.Layout.Size(0), channels * columns, columns), channels);
    }

    private static int ChannelsPerChunk(in ChannelArgs channel) => (int)Math.Clamp(ElementChunk / Math.Max(1, channel.Rows * channel.Columns), 1, 1 << 20);

    private static (int Rows, int Features) Rows(string op, in View x)
    {
        if (x.Layout.Rank != 2 || x.Layout.Size(1) < 1)
            throw new ArgumentException($"{op}: expected x [rows, features] with at least one feature, got {x.Layout}");
        return (x.Layout.Size(0), x.Layout.Size(1));
    }

    /// <summary>The pointer of an operand that must be contiguous and as large as another.</summary>
    private static float* Whole(string op, string name, in View view, in View like)
    {
        if (!view.Layout.IsContiguous || !view.Layout.SameSizes(like.Layout))
            throw new ArgumentException($"{op}: {name} must be contiguous and of size {like.Layout}, got {(view.Layout.IsContiguous ? "" : "strided ")}{view.Layout}");
        return At(view);
    }

    private struct LayerNormalizationBody : IChunkBody
    {
        public int Rows, Features, PerChunk;
        public float* X, Y, Gain, Bias, Means, Deviations;
        public float Epsilon;

        public readonly void Execute(int chunk)
        {
            int first = chunk * PerChunk;
            nint start = (nint)first * Features;
            RowNormalization.Run(
                X + start, Math.Min(PerChunk, Rows - first), Features, Gain, Bias, Epsilon, Means + first, Deviations + first, Y + start, LaneWidths.Widest);
        }
    }

    private struct LayerNormalizationBackwardBody : IChunkBody
    {
        public int Rows, Features, PerChunk;
        public float* Dy, X, Gain, Means, Deviations, Dx, Parts;
        public bool Accumulate;

        public readonly void Execute(int chunk)
        {
            int first = chunk * PerChunk;
            nint start = (nint)first * Features;
            float* dGain = Parts == null ? null : Parts + (2 * (nint)Features * chunk);
            RowBackward.Run(
                Dy + start, X + start, Math.Min(PerChunk, Rows - first), Features, Gain, Means + first, Deviations + first,
                Dx == null ? null : Dx + start, Accumulate, dGain, dGain == null ? null : dGain + Features, LaneWidths.Widest);
        }
    }
}
