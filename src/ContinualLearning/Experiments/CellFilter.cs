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
        Dictionary<string, HashSet<string>> known = Known(cells);
        Dictionary<string, HashSet<string>> wanted = SettingChoices.Parse(choices, known, problems, (key, text) => key == "seed" ? SeedsOf(text, known[key], problems) : null);
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
