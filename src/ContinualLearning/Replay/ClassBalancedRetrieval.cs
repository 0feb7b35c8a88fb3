using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// The same number from every class that is stored, without replacement: rounds over the classes in random order, one random slot of each class
/// a round, until enough are chosen; a class that runs out is left out of later rounds.
/// </summary>
public sealed class ClassBalancedRetrieval : IRetrievalPolicy
{
    private int[] _slots = [];
    private int[] _starts = [];
    private int[] _left = [];
    private int[] _order = [];

    /// <inheritdoc/>
    public void Choose(ReadOnlySpan<int> candidates, ReadOnlySpan<int> labels, ref RandomCursor random, Span<int> chosen)
    {
        int count = candidates.IsEmpty ? labels.Length : candidates.Length;
        int classes = Group(candidates, labels, count);
        int written = 0;
        while (written < chosen.Length)
        {
            int present = 0;
            for (int c = 0; c < classes; c++)
            {
                if (_left[c] > 0)
                    _order[present++] = c;
            }

            random.Shuffle(_order.AsSpan(0, present));
            for (int k = 0; k < present && written < chosen.Length; k++)
            {
                // the chosen slot changes places with the last of its class, which then is one shorter
                int c = _order[k], last = _starts[c] + --_left[c];
                int drawn = _starts[c] + random.NextInt32(_left[c] + 1);
                chosen[written++] = _slots[drawn];
                (_slots[drawn], _slots[last]) = (_slots[last], _slots[drawn]);
            }
        }
    }

    // counting sort of the candidates by label into _slots; class c owns [_starts[c], _starts[c] + _left[c])
    private int Group(ReadOnlySpan<int> candidates, ReadOnlySpan<int> labels, int count)
    {
        int classes = 0;
        foreach (int label in labels)
            classes = Math.Max(classes, label + 1);
        if (_slots.Length < count)
            _slots = new int[Math.Max(count, 2 * _slots.Length)];
        if (_starts.Length < classes)
            (_starts, _left, _order) = (new int[classes], new int[classes], new int[classes]);
        _left.AsSpan(0, classes).Clear();
        for (int i = 0; i < count; i++)
            _left[labels[candidates.IsEmpty ? i : candidates[i]]]++;
        int start = 0;
        for (int c = 0; c < classes; c++)
        {
            _starts[c] = start;
            start += _left[c];
            _left[c] = 0;
        }

        for (int i = 0; i < count; i++)
        {
            int slot = candidates.IsEmpty ? i : candidates[i], c = labels[slot];
            _slots[_starts[c] + _left[c]++] = slot;
        }

        return classes;
    }
}
