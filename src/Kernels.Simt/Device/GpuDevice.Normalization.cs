namespace Engram.Kernels.Simt;

internal abstract partial class GpuDevice
{
    private const int ScratchGain = 2, ScratchBias = 3; // of the scratch of floats
    private const int ScratchMoments = 3; // of doubles

    public override void BatchNormalization(
        in View x, View? residual, in View gain, in View bias, in View runningMean, in View runningVariance,
        in BatchNormalizationSettings settings, bool relu, in View mean, in View deviation, in View y)
    {
        const string op = "batch normalization";
        (int batch, int channels, int positions) = Channels(op, x);
        if (settings.Training && (long)batch * positions <= 1)
            throw new ArgumentException($"{op}: training needs more than one value per channel, x is {x.Layout}; take a larger batch or the running statistics");
        SameSizes(op, x, y);
        ChannelWalk walk = Walk(batch, channels, positions, IsAligned(x) && IsAligned(y) && (residual is not { } view || IsAligned(view)));
        Doubles moments = Moments(channels, walk.Parts, BatchMomentsKernel.Sums);
        var kernel = new BatchNormalizationKernel
        {
            X = At(x), Residual = residual is { } r ? Whole(op, "the residual", r, x) : At(x), Y = Whole(op, "the result", y, x),
            Gain = Vector(op, "the gain", gain, channels), Bias = Vector(op, "the bias", bias, channels),
            RunningMean = Vector(op, "the running mean", runningMean, channels), RunningVariance = Vector(op, "the running variance", runningVariance, channels),
            Mean = Vector(op, "the mean", mean, channels), Deviation = Vector(op, "the deviation", deviation, channels),
            Parts = moments, Walk = walk, Training = settings.Training ? 1 : 0, HasResidual = residual is null ? 0 : 1,
            Relu = relu ? 1 : 0, Momentum = settings.Momentum, Epsilon = settings.Epsilon,
        };
        if (channels == 0)
            return;
        if (settings.Training)
            LaunchGroups(new BatchMomentsKernel { X = kernel.X, Parts = moments, Walk = walk }, channels, walk.Parts);
        LaunchGroups(kernel, channels, walk.Parts);
    }

    public override void BatchNormalizationBackward(
        in View dy, in View x, View? y, in View gain, in View mean, in View deviation, bool training,
        in GradientTarget dx, in GradientTarget dGain, in GradientTarget dBias, in GradientTarget dResidual)
    {
        const string op = "batch normalization backward";
        (int batch, int channels, int positions) = Channels(op, x);
        Floats input = At(x);
        bool aligned = IsAligned(x) && IsAligned(dy) && (y is not { } result || IsAligned(result));
        ChannelWalk walk = Walk(
            batch, channels, positions, aligned && (!dx.IsWanted || IsAligned(dx.View)) && (!dResidual.IsWanted || IsAligned(dResidual.View)));
        Doubles slopes = Moments(channels, walk.Parts, 2);
        var kernel = new BatchNormalizationBackwardKernel
        {
            Dy = Whole(op, "the gradient", dy, x), X = input, Y = y is { } output ? Whole(op, "the output", output, x) : input,
            Gain = Vector(op, "the gain", gain, channels), Mean = Vector(op, "the mean", mean, channels), Deviation = Vector(op, "the deviation", deviation, channels),
            Dx = dx.IsWanted ? Whole(op, "the gradient of x", dx.View, x) : input,
            DGain = dGain.IsWanted ? Vector(op, "the gradient of the gain", dGain.View, channels) : input,
            DBias = dBias.IsWanted ? Vector(op, "the gradient of the bias", dBias.View, channels) : input,
            DResidual = dResidual.IsWanted ? Whole(op, "the gradient of the residual", dResidual.View, x) : input,
            Parts = slopes, Walk = walk, Training = training ? 1 : 0, IsRectified = y is null ? 0 : 1,
            WantsX = dx.IsWanted ? 1 : 0, WantsGain = dGain.IsWanted ? 1 : 0, WantsBias = dBias.IsWanted ? 1 : 0, WantsResidual = dResidual.IsWanted ? 1 : 0,
            AccumulateX = dx.Accumulate ? 1 : 0, AccumulateGain = dGain.Accumulate ? 1 : 0, AccumulateBias = dBias.Accumulate ? 1 : 0,
            AccumulateResidual = dResidual.Accumulate ? 1 : 0,
        };
        if (channels == 0)
            return;
        LaunchGroups(
            new BatchSlopesKernel { Dy = kernel.Dy, X = input, Y = kernel.Y, Mean = kernel.Mean, Parts = slopes, Walk = walk, IsRectified = kernel.IsRectified }, channels, walk.Parts);
        LaunchGroups(kernel, channels, walk.Parts);
    }

    public override void LayerNormalization(in View x, in View gain, in View bias, float epsilon, in View mean, in View deviation, in View y)
    {
        const string op = "layer normalization";
        (int rows, int features) = Features(op, x);
        var kernel = new LayerNormalizationKernel
        {
            X = Whole(op, "x", x, x), Y = Whole(op, "the result", y, x), Gain = Vector(op, "the gain", gain, features), Bias = Vector(op, "the bias", bias, features),
            Mean = Vector(op, "the mean", mean, rows), Deviation = Vector(op, "the deviation", deviation, rows), Features = features, Epsilon = epsilon,
        };
        if (rows > 0)
            LaunchGroups(kernel, rows);
    }

    public override void LayerNormalizationBackward(
        in View dy, in View x, in View gain, in View mean, in View deviation, in GradientTarget dx, in GradientTarget dGain, in GradientTarget dBias)
    {
        const string op = "layer normalization backward";
        (int rows, int features) = Features(op, x);
        Floats slope = Whole(op, "the gradient", dy, x), input = Whole(op, "x", x, x), means = Vector(op, "the mean", mean, rows);
        Floats deviations = Vector(op, "the deviation", deviation, rows), gains = Vector(op, "the gain", gain, features);
        if (dGain.IsWanted || dBias.IsWanted)
        {
            // before dx, which may be in dy's place
            int parts = Parts(rows);
            Floats gainParts = Scratch(ScratchGain, parts * features), biasParts = Scratch(ScratchBias, parts * features);
            Each(new LayerGradientKernel
            {
                Dy = slope, X = input, Mean = means, Deviation = deviations, DGain = gainParts, DBias = biasParts, Rows = rows, Features = features, Parts = parts,
            }, (long)parts * features);
            if (dGain.IsWanted)
                AddParts(gainParts, parts, features, Vector(op, "the gradient of the gain", dGain.View, features), dGain.Accumulate);
            if (dBias.IsWanted)
                AddParts(biasParts, parts, features, Vector(op, "the gradient of the bias", dBias.View, features), dBias.Accumulate);
        }

        if (dx.IsWanted && rows > 0)
        {
            LaunchGroups(new LayerNormalizationBackwardKernel
            {
                Dy = slope, X = input, Gain = gains, Mean = means, Deviation = deviations, Dx = Whole(op, "the gradient of x", dx.View, x), Features = features,
                Accumulate = dx.Accumulate ? 1 : 0,
            }, rows);
        }
    }

    private void AddParts(Floats parts, int count, int features, Floats target, bool accumulate)
    {
        var outer = new Space { N1 = 1, N2 = 1, N3 = 1, N4 = 1, N5 = 1 };
        Floats sum = Scratch(0, features);
        Each(new FoldKernel<SumFold>
        {
            X = parts, Y = sum, Kept = outer, Folded = outer, AtKept = new Steps { S5 = 1 }, AtFolded = new Steps { S5 = features },
            Results = features, Elements = count, Parts = 1,
        }, features);
        Each(new FoldEndKernel { X = sum, Y = target, Factor = 1f, Accumulate = accumulate ? 1 : 0, Count = features }, features);
    }

    /// <summary>A channel in parts where that makes groups enough for a GPU; the parts follow from the shape alone.</summary>
    private static ChannelWalk Walk(int batch, int channels, int positions, bool aligned)
    {
        int count = checked(batch * positions);
        return new ChannelWalk
        {
            Channels = channels, Positions = positions, Count = count, AtOnce = IsAligned(positions) ? 4 : 1, Wide = aligned ? 1 : 0,
            Parts = Math.Min(PartsOf(count), Math.Max(1, ManyGroups / Math.Max(1, channels))),
        };
    }

    private Doubles Moments(int channels, int parts, int sums) => DoubleScratch(ScratchMoments, channels * parts * sums).View(0, channels * parts * sums);

    private static (int Batch, int Channels, int Positions) Channels(string op, in View x)
    {
        if (x.Layout.Rank < 2 || !x.Layout.IsContiguous)
            throw new ArgumentException($"{op}: expected contiguous x [batch, channels, ...], got {x.Layout}{(x.Layout.IsContiguous ? "" : ", strided: copy it first")}");
        int positions = 1;
        for (int axis = 2; axis < x.Layout.Rank; axis++)
            positions *= x.Layout.Size(axis);
        return (x.Layout.Size(0), x.Layout.Size(1), positions);
    }

    private static (int Rows, int Features) Features(string op, in View x)
    {
        if (x.Layout.Rank != 2 || x.Layout.Size(1) < 1)
            throw new ArgumentException($"{op}: expected x [rows, features] with at least one feature, got {x.Layout}");
        return (x.Layout.Size(0), x.Layout.Size(1));
    }
}
