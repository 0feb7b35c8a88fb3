using Engram.ContinualLearning;

namespace Engram.Benchmarking.Families;

/// <summary>
/// Samples that training steps read: a pool of different ones, walked through in order, and memories whose rows are all one sample. So a step of a replay
/// method does the same work as with any memory, and what it draws is known whatever it draws: the twin can compute it.
/// </summary>
internal sealed class StepData
{
    private const int Pool = 4096;

    private readonly float[] _x;
    private readonly int[] _labels;
    private readonly int _features;
    private int _next;

    /// <summary>A pool of samples.</summary>
    /// <param name="features">Features per sample.</param>
    /// <param name="classes">Labels are below this.</param>
    public StepData(int features, int classes)
    {
        Random random = new(1);
        _features = features;
        _x = new float[Pool * features];
        _labels = new int[Pool];
        for (int i = 0; i < _x.Length; i++)
            _x[i] = random.Next(256) / 255f; // as pixels are, which memories keep in a byte
        for (int i = 0; i < Pool; i++)
            _labels[i] = random.Next(classes);
    }

    /// <summary>Where the last batch began.</summary>
    public int Last { get; private set; }

    /// <summary>The next rows of the pool.</summary>
    public Batch Next(int rows)
    {
        Last = _next + rows > Pool ? 0 : _next;
        _next = Last + rows;
        return new Batch(X(Last, rows), Labels(Last, rows));
    }

    /// <summary>Rows of the pool.</summary>
    public ReadOnlySpan<float> X(int first, int rows) => _x.AsSpan(first * _features, rows * _features);

    /// <summary>Labels of rows of the pool.</summary>
    public ReadOnlySpan<int> Labels(int first, int rows) => _labels.AsSpan(first, rows);

    /// <summary>Lets a learner learn one sample of a label over and over, in batches of a few hundred, and ends the task.</summary>
    /// <param name="learner">Its memory is what this is for.</param>
    /// <param name="sample">Row of the pool.</param>
    /// <param name="label">The label it has in the memory.</param>
    /// <param name="rows">Rows that it is repeated in.</param>
    public void Remember(Learner learner, int sample, int label, int rows)
    {
        const int Most = 500;
        float[] copies = new float[Math.Min(rows, Most) * _features];
        int[] labels = new int[Math.Min(rows, Most)];
        Array.Fill(labels, label);
        for (int i = 0; i < labels.Length; i++)
            X(sample, 1).CopyTo(copies.AsSpan(i * _features));
        for (int left = rows; left > 0; left -= Most)
            learner.Observe(new Batch(copies.AsSpan(0, Math.Min(left, Most) * _features), labels.AsSpan(0, Math.Min(left, Most))));
        learner.EndTask();
    }
}
