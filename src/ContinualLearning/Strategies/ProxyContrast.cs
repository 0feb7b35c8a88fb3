namespace Engram.ContinualLearning;

/// <summary>
/// The proxy-based contrastive loss as cross-entropy with offsets. Its denominator runs over the samples of a batch, Σ_j exp(s_{y_j}), so that a class with
/// n_c of them counts n_c times: softmax over the classes present, with log n_c added to class c. Classes that are absent get no gradient.
/// </summary>
/// <param name="classes">Number of classes.</param>
internal sealed class ProxyContrast(int classes)
{
    private readonly int[] _counts = new int[classes];
    private readonly float[] _offsets = new float[classes];

    /// <summary>True for a class that a batch has named so far, for <see cref="ContrastSet.AllSeen"/>; part of a strategy's state.</summary>
    public bool[] Seen { get; } = new bool[classes];

    /// <summary>Notes the classes of a batch.</summary>
    public void See(ReadOnlySpan<int> labels)
    {
        foreach (int label in labels)
            Seen[label] = true;
    }

    /// <summary>The rows from 0 on form one batch.</summary>
    public void Joint(TrainingStep step, int rows)
    {
        Count(step.LabelsOf(0, rows));
        Write();
        step.Offset(0, rows, _offsets);
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
