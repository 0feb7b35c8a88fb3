namespace Engram.Results;

/// <summary>Finds the word that a mistyped word was probably meant to be.</summary>
public static class EditDistance
{
    /// <summary>
    /// Number of single-letter changes between two words, upper and lower case being equal: insertions, deletions, replacements,
    /// and swaps of neighbours (optimal string alignment).
    /// </summary>
    public static int Between(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        int[] beforeLast = new int[b.Length + 1], last = new int[b.Length + 1], now = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            last[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            now[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                char x = char.ToLowerInvariant(a[i - 1]), y = char.ToLowerInvariant(b[j - 1]);
                now[j] = Math.Min(Math.Min(last[j] + 1, now[j - 1] + 1), last[j - 1] + (x == y ? 0 : 1));
                if (i > 1 && j > 1 && x == char.ToLowerInvariant(b[j - 2]) && y == char.ToLowerInvariant(a[i - 2]))
                    now[j] = Math.Min(now[j], beforeLast[j - 2] + 1);
            }

            (beforeLast, last, now) = (last, now, beforeLast);
        }

        return last[b.Length];
    }

    /// <summary>
    /// The candidate nearest to a word, the first of equals; <c>null</c> when none is near enough to be a typing mistake
    /// (more than a third of the letters, plus one, differ, and neither begins with the other).
    /// </summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string candidate in candidates)
        {
            int distance = Between(word, candidate);
            bool prefix = word.Length >= 3 && candidate.Length >= 3
                && (candidate.StartsWith(word, StringComparison.OrdinalIgnoreCase) || word.StartsWith(candidate, StringComparison.OrdinalIgnoreCase));
            if (distance < bestDistance && (prefix || distance <= 1 + (Math.Max(word.Length, candidate.Length) / 3)))
                (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    /// <summary>The end of a complaint about an unknown name: the nearest of those that there are, or all of them.</summary>
    /// <param name="word">The name that is none of them.</param>
    /// <param name="names">The names that there are.</param>
    public static string Suggestion(string word, IEnumerable<string> names) =>
        Nearest(word, names) is { } nearest ? $"did you mean {nearest}?" : $"there are {string.Join(", ", names)}";
}
