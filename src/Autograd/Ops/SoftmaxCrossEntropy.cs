using Engram.Kernels;

namespace Engram.Autograd;

/// <summary>
/// loss = mean over the batch of −log softmax(logits)[label], with the gradient (p − onehot)/batch made in the same pass.
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
        if (logits.Layout.Rank != 2 || logits.Size(0) != labels.Count || labels.Count == 0)
            throw new ArgumentException($"cross-entropy: expected logits [batch, classes] with one label per row, got logits {logits.Layout} and {labels.Count} labels");
        int batch = labels.Count;
        bool records = tape.Records(logits);
        Tensor losses = tape.Allocate(batch);
        Tensor gradient = records ? tape.Allocate(logits.Layout.Sizes) : default;
        tape.Device.SoftmaxCrossEntropy(logits.Value.Contiguous().View, labels, allowedClasses, losses.View, records ? gradient.View : null, 1f / batch);
        Tensor mean = tape.Allocate(1);
        tape.Device.Fold(FoldKind.Mean, losses.View, mean.View);
        mean = mean.Reshape();
        if (!records)
            return tape.Constant(mean);
        var node = new Node
        {
            InputA = logits.Id,
            InputB = -1,
            InputC = -1,
            SavedA = tape.Saved.Save(tape.Arena, gradient, SavedKind.Gradient),
            SavedB = -1,
            SavedC = -1,
        };
        return tape.Record(mean, static (ref BackwardContext context) =>
        {
            Tensor unit = context.Saved(0);
            Tensor seed = context.OutputGradient.BroadcastTo(unit.Layout.Sizes); // no read-back: a device queue is never drained here
            Tensor destination = context.Destination(0, unit.Layout.Sizes, out bool accumulate);
            Tensor scaled = accumulate ? new Tensor(context.Arena, unit.Layout.Sizes) : destination;
            context.Device.Zip(default(MultiplyOp), unit.View, seed.View, scaled.View);
            if (accumulate)
                context.Device.Zip(default(AddOp), destination.View, scaled.View, destination.View);
        }, ref node);
    }
}
