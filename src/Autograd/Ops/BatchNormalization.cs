using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// y = relu?(gain·(x − mean)/√(variance + ε) + bias + residual?) per channel (Ioffe and Szegedy, 2015), fused: of full size only x and, where a ReLU
/// follows, y are kept for backward.
/// </summary>
public static class BatchNormalization
{
    private readonly record struct Mode(bool Training, bool Relu);

    /// <summary>Normalizes the channels of a batch of images, or the columns of a matrix.</summary>
    /// <param name="x">[batch, channels, height, width] or [batch, channels].</param>
    /// <param name="gain">[channels].</param>
    /// <param name="bias">[channels].</param>
    /// <param name="runningMean">[channels], moved towards the batch's mean in training, used as the mean otherwise.</param>
    /// <param name="runningVariance">[channels], moved towards the batch's unbiased variance in training, used as the variance otherwise.</param>
    /// <param name="settings">Mode, momentum, ε.</param>
    /// <param name="residual">Added before the ReLU, x's sizes; null for none.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <exception cref="ArgumentException">Sizes do not fit, or a training batch has a single value per channel.</exception>
    public static Variable Apply(
        in Variable x, in Variable gain, in Variable bias, in Tensor runningMean, in Tensor runningVariance, in BatchNormalizationSettings settings,
        in Variable? residual = null, bool relu = false)
    {
        Check(x, gain, bias, runningMean, runningVariance, residual);
        if (!x.Value.IsContiguous)
            return Apply(Views.Contiguous(x), gain, bias, runningMean, runningVariance, settings, residual, relu);
        if (residual is { } strided && !strided.Value.IsContiguous)
            return Apply(x, gain, bias, runningMean, runningVariance, settings, Views.Contiguous(strided), relu);

        Tape tape = x.Tape;
        bool records = tape.Records(x) | tape.Records(gain) | tape.Records(bias) | (residual is { } r && tape.Records(r));
        int channels = x.Size(1);
        Tensor y = tape.Allocate(x.Layout.Sizes);
        Tensor statistics = tape.Allocate(2, channels);
        tape.Device.BatchNormalization(
            x.Value.View, residual?.Value.View, gain.Value.View, bias.Value.View, runningMean.View, runningVariance.View, settings, relu,
            statistics.Select(0, 0).View, statistics.Select(0, 1).View, y.View);
        if (!records)
            return tape.Constant(y);
        var node = new Node
        {
            InputA = x.Id,
            InputB = gain.Id,
            InputC = bias.Id,
            InputD = residual?.Id ?? -1,
            SavedA = tape.Saved.Save(tape.Arena, x.Value, SavedKind.Elementwise),
            SavedB = tape.Saved.Save(tape.Arena, gain.Value, SavedKind.Parameter),
            SavedC = tape.Saved.Save(tape.Arena, statistics, SavedKind.Elementwise),
            SavedD = relu ? tape.Saved.Save(tape.Arena, y, SavedKind.Elementwise) : -1,
            Payload = OpPayload.Of(new Mode(settings.Training, relu)),
        };
        return tape.Record(y, static (ref BackwardContext context) =>
        {
            Tensor dy = context.OutputGradient, x = context.Saved(0), gain = context.Saved(1), statistics = context.Saved(2);
            GradientTarget dx = default, dGain = default, dBias = default, dResidual = default;
            // whichever is written element for element may take the place of dy
            if (context.Needs(3))
                dResidual = new(context.DestinationInPlace(3, dy.Layout.Sizes, out bool accumulateResidual).View, accumulateResidual);
            if (context.Needs(0))
            {
                Tensor place = context.Needs(3)
                    ? context.Destination(0, dy.Layout.Sizes, out bool accumulateX)
                    : context.DestinationInPlace(0, dy.Layout.Sizes, out accumulateX);
                dx = new(place.View, accumulateX);
            }
            if (context.Needs(1))
                dGain = new(context.Destination(1, gain.Layout.Sizes, out bool accumulateGain).View, accumulateGain);
            if (context.Needs(2))
                dBias = new(context.Destination(2, gain.Layout.Sizes, out bool accumulateBias).View, accumulateBias);
            context.Device.BatchNormalizationBackward(
                dy.Contiguous().View, x.View, context.HasSaved(3) ? context.Saved(3).View : null, gain.View, statistics.Select(0, 0).View,
                statistics.Select(0, 1).View, context.Op<Mode>().Training, dx, dGain, dBias, dResidual);
        }, static (ref TangentContext context) =>
        {
            Tensor destination = context.Destination(), x = context.Saved(0), gain = context.Saved(1), statistics = context.Saved(2);
            int channels = gain.Size(0);
            View mean = statistics.Select(0, 0).View, deviation = statistics.Select(0, 1).View;
            bool parameters = context.Moves(1) || context.Moves(2);
            Tensor through = context.Moves(3) ? context.ContiguousTangent(3) : default;
            if (context.Moves(0))
            {
                // per channel dy/dx is symmetric, with the batch's statistics as with fixed ones: backward is forward's derivative
                Tensor direct = parameters ? context.Temporary(destination.Layout.Sizes) : destination;
                context.Device.BatchNormalizationBackward(context.ContiguousTangent(0).View, x.View, null, gain.View, mean, deviation,
                    context.Op<Mode>().Training, new(direct.View, false), default, default, default);
                if (context.Moves(3))
                    context.Device.Zip(default(AddOp), direct.View, through.View, direct.View);
                through = direct;
            }
            if (parameters)
            {
                // x̂·(the gain's tangent) + the bias's: the normalization itself, its deviation folded into the gain
                Tensor scale = context.Temporary(channels), ones = context.Temporary(channels), unread = context.Temporary(2, channels);
                context.Device.Zip(default(MultiplyOp), context.TangentOrZeros(1, channels).View, deviation, scale.View);
                context.Device.Fill(ones.View, 1f);
                context.Device.BatchNormalization(x.View, through.IsEmpty ? null : through.View, scale.View, context.TangentOrZeros(2, channels).View, mean, ones.View,
                    new BatchNormalizationSettings(Training: false, Epsilon: 0f), false, unread.Select(0, 0).View, unread.Select(0, 1).View, destination.View);
            }
            else if (!context.Moves(0))
            {
                context.Device.Copy(through.View, destination.View);
            }
            if (context.Op<Mode>().Relu)
                context.Device.MapBackward(default(ReluOp), destination.View, destination.View, context.Saved(3).View, destination.View, false);
        }, ref node);
    }

    private static void Check(in Variable x, in Variable gain, in Variable bias, in Tensor runningMean, in Tensor runningVariance, in Variable? residual)
    {
        if (x.Layout.Rank < 2)
            throw new ArgumentException($"batch normalization: expected x [batch, channels, ...], got {x.Layout}");
        Vector("gain", gain.Layout, x.Layout);
        Vector("bias", bias.Layout, x.Layout);
        Vector("running mean", runningMean.Layout, x.Layout);
        Vector("running variance", runningVariance.Layout, x.Layout);
        if (residual is { } r && !r.Layout.SameSizes(x.Layout))
            throw new ArgumentException($"batch normalization: the residual is {r.Layout}, x is {x.Layout}; both must have the same sizes. Is the shortcut's convolution missing?");
    }

    private static void Vector(string name, in Layout vector, in Layout x)
    {
        if (vector.Rank != 1 || vector.Size(0) != x.Size(1))
            throw new ArgumentException($"batch normalization: the {name} must be [{x.Size(1)}] for x {x}, got {vector}");
    }
}
