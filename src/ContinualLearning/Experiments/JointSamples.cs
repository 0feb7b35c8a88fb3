using Engram.Data;

namespace Engram.ContinualLearning.Experiments;

/// <summary>The training images of several tasks as one set, one task after the other; nothing is copied.</summary>
internal sealed class JointSamples : ITaskSamples
{
    private readonly ImageSet[] _sets;
    private readonly int[] _starts;

    public JointSamples(IEnumerable<ImageSet> sets)
    {
        _sets = [.. sets];
        _starts = new int[_sets.Length];
        for (int i = 1; i < _sets.Length; i++)
            _starts[i] = checked(_starts[i - 1] + _sets[i - 1].Count);
        Count = checked(_starts[^1] + _sets[^1].Count);
    }

    public int Count { get; }

    public int Features => _sets[0].PixelCount;

    public int Label(int index)
    {
        int set = SetOf(index);
        return _sets[set].Label(index - _starts[set]);
    }

    public void CopyTo(ReadOnlySpan<int> indices, Span<float> x, Span<int> y)
    {
        int size = Features;
        for (int i = 0; i < indices.Length; i++)
        {
            int set = SetOf(indices[i]);
            int inSet = indices[i] - _starts[set];
            _sets[set].CopyTo(new ReadOnlySpan<int>(in inSet), x.Slice(i * size, size), y.Slice(i, 1));
        }
    }

    /// <summary>The task that each of some samples belongs to.</summary>
    public void Tasks(ReadOnlySpan<int> indices, Span<int> tasks)
    {
        for (int i = 0; i < indices.Length; i++)
            tasks[i] = SetOf(indices[i]);
    }

    private int SetOf(int index)
    {
        int set = _starts.Length - 1;
        while (index < _starts[set])
            set--;
        return set;
    }
}
