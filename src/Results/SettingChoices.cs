using System.Globalization;

namespace Engram.Results;

/// <summary>
/// Reads choices among entries that have named settings: <c>dataset=cifar10,model=mixer</c>. Values of one key are alternatives
/// (<c>dataset=mnist,cifar10</c>), different keys must all fit. The last part of a dotted key is enough where it is unique.
/// </summary>
public static class SettingChoices
{
    /// <summary>The wanted values by key.</summary>
    /// <param name="choices">The texts; all of them must fit.</param>
    /// <param name="known">The keys that there are, with their values as text.</param>
    /// <param name="problems">Collects a sentence for every key or value that is not known; the nearest names are offered.</param>
    /// <param name="list">Reads a value that stands for several, such as a range of seeds; <c>null</c> from it, or no such function, takes the value as a single one.</param>
    public static Dictionary<string, HashSet<string>> Parse(
        IReadOnlyList<string> choices, IReadOnlyDictionary<string, HashSet<string>> known, ICollection<string> problems, Func<string, string, IEnumerable<string>?>? list = null)
    {
        ArgumentNullException.ThrowIfNull(choices);
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(problems);
        Dictionary<string, HashSet<string>> wanted = [];
        foreach (string choice in choices)
        {
            string? key = null;
            foreach (string part in choice.Split(',', StringSplitOptions.TrimEntries))
            {
                int equals = part.IndexOf('=');
                if (equals > 0)
                    key = KeyOf(part[..equals].TrimEnd(), [.. known.Keys], problems);
                else if (equals == 0 || part.Length == 0 || part == choice)
                    problems.Add($"expected key=value, e.g. dataset=mnist, got '{choice}'");
                if (key is null || equals == 0 || part.Length == 0)
                    continue;
                if (!wanted.TryGetValue(key, out HashSet<string>? values))
                    wanted[key] = values = [];
                string text = part[(equals + 1)..].TrimStart();
                values.UnionWith(known[key].Contains(text) ? [text] : list?.Invoke(key, text) ?? ValueOf(key, text, known[key], problems));
            }
        }

        return wanted;
    }

    private static string? KeyOf(string text, IReadOnlyCollection<string> keys, ICollection<string> problems)
    {
        if (keys.Contains(text))
            return text;
        string[] ends = [.. keys.Where(key => key.EndsWith("." + text, StringComparison.Ordinal))];
        if (ends.Length == 1)
            return ends[0];
        problems.Add(ends.Length > 1 ? $"{text}: could be {string.Join(" or ", ends)}" : $"{text}: there is no such key; {EditDistance.Suggestion(text, keys)}");
        return null;
    }

    private static IEnumerable<string> ValueOf(string key, string text, HashSet<string> values, ICollection<string> problems)
    {
        // 0.10 is 0.1.
        if (double.TryParse(text, CultureInfo.InvariantCulture, out double number)
            && values.FirstOrDefault(value => double.TryParse(value, CultureInfo.InvariantCulture, out double other) && other == number) is { } equal)
            return [equal];
        problems.Add($"{key}: there is no \"{text}\"; {EditDistance.Suggestion(text, values)}");
        return [];
    }
}
