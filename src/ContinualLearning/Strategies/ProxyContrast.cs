namespace Engram.ContinualLearning;

/// <summary>
/// The proxy-based contrastive loss as cross-entropy with offsets. Its denominator runs over the samples of a batch, Σ_j exp(s_{y_j}), so that a class with
/// n_c of them counts n_c times: softmax over the classes present, with log n_c added to class c. Its numerator has no n_y: cross-entropy is smaller by
/// log n_y, a constant, so that gradients and loss changes are the same. Classes that are absent get no gradient.
/// </summary>
/// <param name="classes">Number of classes.</param>
internal sealed class ProxyContrast(int classes)
{
    private readonly int[] _counts = new int[classes];
    private readonly float[] _offsets = new float[classes];

    /// <summary>The classes of all batches so far, for <see cref="ContrastSet.AllSeen"/>.</summary>
    public SeenClasses Seen { get; } = new(classes);

    /// <summary>The rows from 0 on form one batch.</summary>
    /// <returns>What the loss is more than its cross-entropy: the mean of log n_y.</returns>
    public float Joint(TrainingStep step, int rows)
    {
        ReadOnlySpan<int> labels = step.LabelsOf(0, rows);
        Count(labels);
        Write();
        step.Offset(0, rows, _offsets);
        double sum = 0;
        foreach (int label in labels)
            sum += _offsets[label];
        return (float)(sum / rows);
    }

    /// <summary>Every one of the rows behind the current ones is scored as if it alone joined them.</summary>
    public void Candidates(TrainingStep step, int current, int rows, ContrastSet set)
    {
        Count(step.LabelsOf(0, current));
        Write();
        step.Offset(0, current, _offsets);
        if (set == ContrastSet.AllSeen)
        {
            for (int c = 0; c < classes; c++)
                _offsets[c] = Seen[c] ? 0f : TrainingStep.Hidden;
        }

        ReadOnlySpan<int> labels = step.LabelsOf(current, rows);
        for (int i = 0; i < rows; i++)
        {
            int label = labels[i];
            float kept = _offsets[label];
            _offsets[label] = set == ContrastSet.AllSeen ? 0f : MathF.Log(_counts[label] + 1);
            step.Offset(current + i, 1, _offsets);
            _offsets[label] = kept;
        }
    }

    private void Count(ReadOnlySpan<int> labels)
    {
        _counts.AsSpan().Clear();
        foreach (int label in labels)
            _counts[label]++;
    }

    private void Write()
    {
        for (int c = 0; c < classes; c++)
            _offsets[c] = _counts[c] == 0 ? TrainingStep.Hidden : MathF.Log(_counts[c]);
    }
}
