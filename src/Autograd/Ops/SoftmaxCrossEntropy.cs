using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// loss = −log softmax(logits)[label], its mean over the batch or one per sample, with the gradient p − onehot made in the same pass.
/// </summary>
public static class SoftmaxCrossEntropy
{
    /// <summary>The mean loss, as a scalar [].</summary>
    /// <param name="logits">[batch, classes].</param>
    /// <param name="labels">One class per row.</param>
    /// <param name="allowedClasses">0/1 per class: a masked head sees only its task's classes; null for all.</param>
    /// <exception cref="ArgumentException">Wrong shapes, an empty batch, or a label outside the allowed classes (named with its row).</exception>
    public static Variable Apply(in Variable logits, in IndexView labels, IndexView? allowedClasses = null)
    {
        Tape tape = logits.Tape;
        bool records = Losses(logits, labels, allowedClasses, 1f / Math.Max(1, labels.Count), out Tensor losses, out Tensor gradient);
        Tensor mean = tape.Allocate(1);
        tape.Device.Fold(FoldKind.Mean, losses.View, mean.View);
        mean = mean.Reshape();
        if (!records)
            return tape.Constant(mean);
        var node = new Node { InputA = logits.Id, SavedA = tape.Saved.Save(tape.Arena, gradient, SavedKind.Gradient) };
        return tape.Record(mean, static (ref BackwardContext context) => Backward(ref context), static (ref TangentContext context) =>
        {
            Tensor weighted = Weighted(context);
            context.Device.Fold(FoldKind.Sum, weighted.View, context.Destination().Reshape(1, 1).View);
        }, ref node);
    }

    /// <summary>The loss of every sample [batch].</summary>
    /// <param name="logits">[batch, classes].</param>
    /// <param name="labels">One class per row.</param>
    /// <param name="allowedClasses">0/1 per class; null for all.</param>
    /// <exception cref="ArgumentException">As for <see cref="Apply"/>.</exception>
    public static Variable PerSample(in Variable logits, in IndexView labels, IndexView? allowedClasses = null)
    {
        Tape tape = logits.Tape;
        bool records = Losses(logits, labels, allowedClasses, 1f, out Tensor losses, out Tensor gradient);
        if (!records)
            return tape.Constant(losses);
        var node = new Node { InputA = logits.Id, SavedA = tape.Saved.Save(tape.Arena, gradient, SavedKind.Gradient) };
        return tape.Record(losses, static (ref BackwardContext context) => Backward(ref context), static (ref TangentContext context) =>
        {
            Tensor weighted = Weighted(context);
            context.Device.Fold(FoldKind.Sum, weighted.View, context.Destination().Reshape(weighted.Size(0), 1).View);
        }, ref node);
    }

    private static bool Losses(in Variable logits, in IndexView labels, IndexView? allowedClasses, float gradientScale, out Tensor losses, out Tensor gradient)
    {
        Tape tape = logits.Tape;
        if (logits.Layout.Rank != 2 || logits.Size(0) != labels.Count || labels.Count == 0)
            throw new ArgumentException($"cross-entropy: expected logits [batch, classes] with one label per row, got logits {logits.Layout} and {labels.Count} labels");
        bool records = tape.Records(logits);
        losses = tape.Allocate(labels.Count);
        gradient = records ? tape.Allocate(logits.Layout.Sizes) : default;
        tape.Device.SoftmaxCrossEntropy(logits.Value.Contiguous().View, labels, allowedClasses, losses.View, records ? gradient.View : null, gradientScale);
        return records;
    }

    // dlogits = (what was saved)·(the loss's gradient, one for all rows or one per row)
    private static void Backward(ref BackwardContext context)
    {
        Tensor unit = context.Saved(0), seed = context.OutputGradient;
        if (seed.Rank == 1)
            seed = seed.Reshape(-1, 1);
        seed = seed.BroadcastTo(unit.Layout.Sizes); // no read-back: a device queue is never drained here
        Tensor destination = context.Destination(0, unit.Layout.Sizes, out bool accumulate);
        Tensor scaled = accumulate ? new Tensor(context.Arena, unit.Layout.Sizes) : destination;
        context.Device.Zip(default(MultiplyOp), unit.View, seed.View, scaled.View);
        if (accumulate)
            context.Device.Zip(default(AddOp), destination.View, scaled.View, destination.View);
    }

    private static Tensor Weighted(in TangentContext context)
    {
        Tensor unit = context.Saved(0), weighted = context.Temporary(unit.Layout.Sizes);
        context.Device.Zip(default(MultiplyOp), unit.View, context.Tangent(0).View, weighted.View);
        return weighted;
    }
}
