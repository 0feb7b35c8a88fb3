using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// The candidates with the highest scores, then the ones with the lowest, disjoint. Fewer candidates than asked for is a normal state: all are taken then,
/// the high ones first. Equal scores are told apart by a rule, never by chance.
/// </summary>
public sealed class ScoredSelection
{
    private bool[] _taken = [];
    private int[] _classCounts = [];

    /// <summary>Chooses candidates.</summary>
    /// <param name="scores">One per candidate [n], all finite.</param>
    /// <param name="labels">Class of every candidate [n].</param>
    /// <param name="highest">How many of the highest scores.</param>
    /// <param name="lowest">How many of the lowest of what is left.</param>
    /// <param name="ties">Who goes first among equals.</param>
    /// <param name="chosen">Receives candidates, the highest score first, then the lowest first.</param>
    /// <returns>How many were chosen: highest + lowest, or n when that is less.</returns>
    /// <exception cref="ArgumentException">Lengths do not fit, or a score is not finite.</exception>
    public int Choose(ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, int highest, int lowest, TieBreak ties, Span<int> chosen)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(highest);
        ArgumentOutOfRangeException.ThrowIfNegative(lowest);
        int count = Math.Min(scores.Length, highest + lowest), high = Math.Min(scores.Length, highest);
        if (labels.Length != scores.Length || chosen.Length < count)
            throw new ArgumentException($"selection: {scores.Length} scores need as many labels and room for {count}, got {labels.Length} labels and room for {chosen.Length}");
        int classes = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (!float.IsFinite(scores[i]))
                throw new ArgumentException($"selection: the score of candidate {i} is {scores[i]}; the parameters have diverged, or the sample holds extreme values");
            classes = Math.Max(classes, labels[i] + 1);
        }

        Prepare(scores.Length, classes);
        for (int k = 0; k < count; k++)
        {
            float sign = k < high ? 1f : -1f;
            int best = -1;
            for (int i = 0; i < scores.Length; i++)
            {
                if (!_taken[i] && (best < 0 || Precedes(scores, labels, sign, ties, i, best)))
                    best = i;
            }

            _taken[best] = true;
            _classCounts[labels[best]]++;
            chosen[k] = best;
        }

        return count;
    }

    /// <summary>Candidates that the last <see cref="Choose"/> left, uniformly without replacement.</summary>
    /// <param name="candidates">How many candidates that call saw.</param>
    /// <param name="random">The draws.</param>
    /// <param name="chosen">Receives candidates; filled as far as there are any left.</param>
    /// <returns>How many were chosen.</returns>
    public int ChooseOthers(int candidates, ref RandomCursor random, Span<int> chosen)
    {
        int left = candidates - _taken.AsSpan(0, candidates).Count(true), count = Math.Min(left, chosen.Length);
        for (int k = 0; k < count; k++, left--)
        {
            int skip = random.NextInt32(left), at = 0;
            while (_taken[at] || skip-- > 0)
                at++;
            _taken[at] = true;
            chosen[k] = at;
        }

        return count;
    }

    // candidates are walked in order, so that of equals the first stays
    private bool Precedes(ReadOnlySpan<float> scores, ReadOnlySpan<int> labels, float sign, TieBreak ties, int candidate, int best)
    {
        float difference = sign * (scores[candidate] - scores[best]);
        return difference > 0 || (difference == 0 && ties == TieBreak.ClassBalanced && _classCounts[labels[candidate]] < _classCounts[labels[best]]);
    }

    private void Prepare(int candidates, int classes)
    {
        if (_taken.Length < candidates)
            _taken = new bool[candidates];
        if (_classCounts.Length < classes)
            _classCounts = new int[classes];
        _taken.AsSpan(0, candidates).Clear();
        _classCounts.AsSpan().Clear();
    }
}
