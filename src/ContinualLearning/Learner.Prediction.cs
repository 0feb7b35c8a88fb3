using Engram.Data;

namespace Engram.ContinualLearning;

public sealed partial class Learner
{
    private const int EvaluationRows = 512; // a block whose activations stay in the second-level cache

    /// <summary>Logits of some samples.</summary>
    /// <param name="x">Features [count, inputs].</param>
    /// <param name="count">Number of samples.</param>
    /// <param name="logits">Receives [count, outputs].</param>
    /// <exception cref="ArgumentException">A span has the wrong length, or x holds NaN or infinity.</exception>
    public void Predict(ReadOnlySpan<float> x, int count, Span<float> logits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        InputCheck.Features("predict", x, count, Model.Inputs, _options.CheckInputs);
        int outputs = Model.Outputs;
        if (logits.Length != (long)count * outputs)
            throw new ArgumentException($"predict: expected logits [{count}, {outputs}] = {(long)count * outputs} elements, got {logits.Length}");
        for (int start = 0; start < count; start += EvaluationRows)
        {
            int rows = Math.Min(EvaluationRows, count - start);
            _evaluation.Reserve(rows);
            x.Slice(start * Model.Inputs, rows * Model.Inputs).CopyTo(_evaluation.Rows(0, rows));
            Forward(rows, logits.Slice(start * outputs, rows * outputs));
        }
    }

    /// <summary>Most probable class of some samples.</summary>
    /// <param name="x">Features [count, inputs].</param>
    /// <param name="count">Number of samples.</param>
    /// <param name="classes">Receives the index of the largest logit [count].</param>
    /// <param name="among">Outputs to choose from; empty for all.</param>
    public void Classify(ReadOnlySpan<float> x, int count, Span<int> classes, ReadOnlySpan<int> among = default)
    {
        if (classes.Length != count)
            throw new ArgumentException($"classify: expected classes [{count}], got {classes.Length}");
        CheckClasses("classify", among);
        var logits = new float[checked(count * Model.Outputs)];
        Predict(x, count, logits);
        for (int i = 0; i < count; i++)
            classes[i] = Largest(logits.AsSpan(i * Model.Outputs, Model.Outputs), among);
    }

    /// <summary>Accuracy on a test set, over all outputs and over the task's own, in one pass.</summary>
    /// <param name="images">Test images.</param>
    /// <param name="taskClasses">The task's outputs; empty for all.</param>
    public Evaluation Evaluate(ImageSet images, ReadOnlySpan<int> taskClasses = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0)
            throw new ArgumentException($"evaluate: image set '{images.Name}' is empty");
        if (images.PixelCount != Model.Inputs)
            throw new ArgumentException($"evaluate: image set '{images.Name}' has {images.PixelCount} pixels an image, the model reads {Model.Inputs}");
        CheckClasses("evaluate", taskClasses);
        int outputs = Model.Outputs;
        var logits = new float[EvaluationRows * outputs];
        long all = 0, own = 0;
        for (int start = 0; start < images.Count; start += EvaluationRows)
        {
            int rows = Math.Min(EvaluationRows, images.Count - start);
            _evaluation.Reserve(rows);
            PixelConversion.ToUnit(images.AllPixels.Slice(start * Model.Inputs, rows * Model.Inputs), _evaluation.Rows(0, rows));
            Forward(rows, logits.AsSpan(0, rows * outputs));
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<float> row = logits.AsSpan(i * outputs, outputs);
                int label = images.Labels[start + i];
                int best = Largest(row, default);
                all += best == label ? 1 : 0;
                own += (taskClasses.IsEmpty ? best : Largest(row, taskClasses)) == label ? 1 : 0;
            }
        }

        return new Evaluation((double)all / images.Count, (double)own / images.Count, images.Count);
    }

    private void Forward(int rows, Span<float> logits)
    {
        _evaluation.Commit(0, rows);
        Tensor result = _step.Forward(_evaluation.Slice(0, rows)).Contiguous();
        result.Device.Download(result.View.Buffer, result.Layout.Offset, logits);
    }

    private static int Largest(ReadOnlySpan<float> logits, ReadOnlySpan<int> among)
    {
        if (among.IsEmpty)
        {
            int best = 0;
            for (int c = 1; c < logits.Length; c++)
            {
                if (logits[c] > logits[best])
                    best = c;
            }

            return best;
        }

        int chosen = among[0];
        foreach (int c in among)
        {
            if (logits[c] > logits[chosen])
                chosen = c;
        }

        return chosen;
    }
}
