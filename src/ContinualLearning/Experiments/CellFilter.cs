using System.Globalization;
using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// A choice among the cells of an experiment: <c>dataset=cifar10,model=mixer</c>. Keys are axes, swept settings (their last part is enough where it is
/// unique), <c>method</c> and <c>seed</c>. Values of one key are alternatives (<c>dataset=mnist,cifar10</c>), different keys must all fit.
/// </summary>
public sealed class CellFilter
{
    private readonly Dictionary<string, HashSet<string>> _wanted;

    private CellFilter(Dictionary<string, HashSet<string>> wanted) => _wanted = wanted;

    /// <summary>Reads choices and checks them against the cells that there are.</summary>
    /// <param name="choices">Texts such as <c>dataset=cifar10,model=mixer</c>; all of them must fit.</param>
    /// <param name="cells">The cells of the experiment.</param>
    /// <exception cref="ConfigurationException">A key or value that no cell has, or no cell fits all; the nearest names are offered.</exception>
    public static CellFilter Parse(IReadOnlyList<string> choices, IReadOnlyList<ExperimentCell> cells)
    {
        ArgumentNullException.ThrowIfNull(choices);
        ArgumentNullException.ThrowIfNull(cells);
        List<string> problems = [];
        Dictionary<string, HashSet<string>> known = Known(cells), wanted = [];
        foreach (string choice in choices)
        {
            string? key = null;
            foreach (string part in choice.Split(',', StringSplitOptions.TrimEntries))
            {
                int equals = part.IndexOf('=');
                if (equals > 0)
                    key = KeyOf(part[..equals].TrimEnd(), known.Keys, problems);
                else if (equals == 0 || part.Length == 0 || part == choice)
                    problems.Add($"expected key=value, e.g. method=er-gen, got '{choice}'");
                if (key is null || equals == 0 || part.Length == 0)
                    continue;
                if (!wanted.TryGetValue(key, out HashSet<string>? values))
                    wanted[key] = values = [];
                values.UnionWith(ValuesOf(key, part[(equals + 1)..].TrimStart(), known[key], problems));
            }
        }

        CellFilter filter = new(wanted);
        if (problems.Count == 0 && !cells.Any(filter.Fits))
            problems.Add($"no cell is {string.Join(", ", wanted.Select(pair => $"{pair.Key}={string.Join(" or ", pair.Value)}"))}; see the cells with --dry-run");
        return problems.Count == 0 ? filter : throw new ConfigurationException("--only", [.. problems.Distinct()]);
    }

    /// <summary>Whether a cell is chosen.</summary>
    public bool Fits(ExperimentCell cell)
    {
        ArgumentNullException.ThrowIfNull(cell);
        return _wanted.All(pair => TextOf(cell, pair.Key) is { } text && pair.Value.Contains(text));
    }

    private static string? TextOf(ExperimentCell cell, string key) => key switch
    {
        "method" => cell.Method.Name,
        "seed" => cell.Seed.ToString(CultureInfo.InvariantCulture),
        _ => cell.Settings is { } settings && settings.TryGetPropertyValue(key, out System.Text.Json.Nodes.JsonNode? value) ? CellResult.ValueText(value) : null,
    };

    private static Dictionary<string, HashSet<string>> Known(IReadOnlyList<ExperimentCell> cells)
    {
        Dictionary<string, HashSet<string>> known = new() { ["method"] = [], ["seed"] = [] };
        foreach (ExperimentCell cell in cells)
        {
            foreach (string key in (cell.Settings?.Select(pair => pair.Key) ?? []).Concat(["method", "seed"]))
            {
                if (!known.TryGetValue(key, out HashSet<string>? values))
                    known[key] = values = [];
                values.Add(TextOf(cell, key)!);
            }
        }

        return known;
    }

    private static string? KeyOf(string text, IReadOnlyCollection<string> keys, List<string> problems)
    {
        if (keys.Contains(text))
            return text;
        string[] ends = [.. keys.Where(key => key.EndsWith("." + text, StringComparison.Ordinal))];
        if (ends.Length == 1)
            return ends[0];
        problems.Add(ends.Length > 1
            ? $"{text}: could be {string.Join(" or ", ends)}"
            : $"{text}: cells have no such key; {AxisCondition.Suggestion(text, keys)}");
        return null;
    }

    private static IEnumerable<string> ValuesOf(string key, string text, HashSet<string> values, List<string> problems)
    {
        if (values.Contains(text))
            return [text];
        if (key == "seed")
            return SeedsOf(text, values, problems);
        // 0.10 is 0.1.
        if (double.TryParse(text, CultureInfo.InvariantCulture, out double number)
            && values.FirstOrDefault(value => double.TryParse(value, CultureInfo.InvariantCulture, out double other) && other == number) is { } equal)
            return [equal];
        problems.Add($"{key}: there is no \"{text}\"; {AxisCondition.Suggestion(text, values)}");
        return [];
    }

    private static IEnumerable<string> SeedsOf(string text, HashSet<string> values, List<string> problems)
    {
        try
        {
            string[] seeds = [.. SeedList.Parse(text).Values.Select(seed => seed.ToString(CultureInfo.InvariantCulture))];
            if (seeds.FirstOrDefault(seed => !values.Contains(seed)) is { } unknown)
                problems.Add($"seed: there is no \"{unknown}\"; there are {string.Join(", ", values)}");
            return seeds;
        }
        catch (FormatException e)
        {
            problems.Add(e.Message);
            return [];
        }
    }
}
