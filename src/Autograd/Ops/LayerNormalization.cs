using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>y = gain·(x − mean)/√(variance + ε) + bias over the last axis (Ba, Kiros and Hinton, 2016); the variance is the biased one.</summary>
public static class LayerNormalization
{
    /// <summary>Normalizes the last axis.</summary>
    /// <param name="x">[..., features].</param>
    /// <param name="gain">[features].</param>
    /// <param name="bias">[features].</param>
    /// <param name="epsilon">Added to the variance before the square root.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public static Variable Apply(in Variable x, in Variable gain, in Variable bias, float epsilon = 1e-5f)
    {
        if (x.Layout.Rank < 1 || x.Size(-1) < 1 || gain.Layout.Rank != 1 || gain.Size(0) != x.Size(-1) || !bias.Layout.SameSizes(gain.Layout))
            throw new ArgumentException($"layer normalization: expected x [..., features], gain and bias [features], got x {x.Layout}, gain {gain.Layout}, bias {bias.Layout}");
        if (!x.Value.IsContiguous)
            return Apply(Views.Contiguous(x), gain, bias, epsilon);
        Tape tape = x.Tape;
        bool records = tape.Records(x) | tape.Records(gain) | tape.Records(bias);
        int features = x.Size(-1), rows = x.Value.Count / features;
        Tensor y = tape.Allocate(x.Layout.Sizes), statistics = tape.Allocate(2, rows);
        tape.Device.LayerNormalization(
            x.Value.Reshape(rows, features).View, gain.Value.View, bias.Value.View, epsilon, statistics.Select(0, 0).View, statistics.Select(0, 1).View,
            y.Reshape(rows, features).View);
        if (!records)
            return tape.Constant(y);
        var node = new Node
        {
            InputA = x.Id,
            InputB = gain.Id,
            InputC = bias.Id,
            SavedA = tape.Saved.Save(tape.Arena, x.Value, SavedKind.Elementwise),
            SavedB = tape.Saved.Save(tape.Arena, gain.Value, SavedKind.Parameter),
            SavedC = tape.Saved.Save(tape.Arena, statistics, SavedKind.Elementwise),
            Payload = OpPayload.Of(epsilon),
        };
        return tape.Record(y, static (ref BackwardContext context) =>
        {
            Tensor dy = context.OutputGradient, x = context.Saved(0), gain = context.Saved(1), statistics = context.Saved(2);
            int features = gain.Size(0), rows = statistics.Size(1);
            GradientTarget dx = default, dGain = default, dBias = default;
            if (context.Needs(0))
                dx = new(context.DestinationInPlace(0, dy.Layout.Sizes, out bool accumulateX).Reshape(rows, features).View, accumulateX);
            if (context.Needs(1))
                dGain = new(context.Destination(1, gain.Layout.Sizes, out bool accumulateGain).View, accumulateGain);
            if (context.Needs(2))
                dBias = new(context.Destination(2, gain.Layout.Sizes, out bool accumulateBias).View, accumulateBias);
            context.Device.LayerNormalizationBackward(
                dy.Reshape(rows, features).View, x.Reshape(rows, features).View, gain.View, statistics.Select(0, 0).View, statistics.Select(0, 1).View, dx, dGain, dBias);
        }, static (ref TangentContext context) =>
        {
            Tensor destination = context.Destination(), x = context.Saved(0), gain = context.Saved(1), statistics = context.Saved(2);
            int features = gain.Size(0), rows = statistics.Size(1);
            View mean = statistics.Select(0, 0).View, deviation = statistics.Select(0, 1).View;
            Tensor moved = destination.Reshape(rows, features), normalized = x.Reshape(rows, features);
            if (context.Moves(0))
            {
                // d x̂/dx is symmetric, so that backward with a gain of one is forward's derivative
                Tensor ones = context.Temporary(features), direct = context.Temporary(rows, features), scratch = context.Temporary(2, rows);
                context.Device.Fill(ones.View, 1f);
                context.Device.LayerNormalizationBackward(
                    context.ContiguousTangent(0).Reshape(rows, features).View, normalized.View, ones.View, mean, deviation, new(direct.View, false), default, default);
                context.Device.Zip(default(MultiplyOp), direct.View, gain.BroadcastTo(rows, features).View, moved.View);
                if (!context.Moves(1) && !context.Moves(2))
                    return;
                context.Device.LayerNormalization(normalized.View, context.TangentOrZeros(1, features).View, context.TangentOrZeros(2, features).View,
                    context.Op<float>(), scratch.Select(0, 0).View, scratch.Select(0, 1).View, direct.View);
                context.Device.Zip(default(AddOp), moved.View, direct.View, moved.View);
                return;
            }
            Tensor unread = context.Temporary(2, rows);
            context.Device.LayerNormalization(normalized.View, context.TangentOrZeros(1, features).View, context.TangentOrZeros(2, features).View,
                context.Op<float>(), unread.Select(0, 0).View, unread.Select(0, 1).View, moved.View);
        }, ref node);
    }
}
