using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report;

/// <summary>A part of a document: some of its methods, or some of the places that its axes span.</summary>
public static class MethodSelection
{
    /// <summary>The document with some of its methods; the rest of it stays as it is.</summary>
    /// <param name="document">The document.</param>
    /// <param name="names">Names of methods, which take all their settings, or labels as in the tables: <c>gem-0 (perTask=256)</c>.</param>
    /// <exception cref="FormatException">A name is none of the document's, or there is none.</exception>
    public static ResultDocument Of(ResultDocument document, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(names);
        SettingNames settings = new(document);
        string[] labels = [.. document.Methods.Select(method => settings.LabelOf(method))];
        string? unknown = names.FirstOrDefault(name => !labels.Contains(name) && !document.Methods.Any(method => method.Name == name));
        if (names.Count == 0 || unknown is not null)
        {
            string what = unknown is null ? "no method was named" : $"there is no method '{unknown}'";
            throw new FormatException($"report: {what} in '{document.Name}'; it has {string.Join("; ", labels)}");
        }

        return document with { Methods = [.. document.Methods.Where((method, i) => names.Contains(labels[i]) || names.Contains(method.Name))] };
    }

    /// <summary>
    /// The document with those of its entries whose settings fit: <c>scenario=class,domain</c>. An entry without a setting (a baseline that is not swept over it) fits
    /// every value of it.
    /// </summary>
    /// <param name="document">The document.</param>
    /// <param name="choices">Texts as <see cref="SettingChoices"/> reads them; all of them must fit.</param>
    /// <exception cref="FormatException">A key or value that the document does not have, or no entry fits all.</exception>
    public static ResultDocument Where(ResultDocument document, IReadOnlyList<string> choices)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(choices);
        Dictionary<string, HashSet<string>> known = [];
        foreach ((string key, JsonNode? value) in document.Methods.SelectMany(method => method.Settings ?? []).Concat(document.Missing.SelectMany(entry => entry.Settings ?? [])))
        {
            if (!known.TryGetValue(key, out HashSet<string>? values))
                known[key] = values = [];
            values.Add(CellResult.ValueText(value));
        }

        List<string> problems = [];
        Dictionary<string, HashSet<string>> wanted = SettingChoices.Parse(choices, known, problems);
        bool Fits(JsonObject? settings) => wanted.All(pair => settings is null || !settings.TryGetPropertyValue(pair.Key, out JsonNode? value) || pair.Value.Contains(CellResult.ValueText(value)));
        ResultDocument chosen = document with { Methods = [.. document.Methods.Where(method => Fits(method.Settings))], Missing = [.. document.Missing.Where(entry => Fits(entry.Settings))] };
        if (problems.Count == 0 && chosen.Methods.Count == 0)
            problems.Add("no entry fits all of it");
        return problems.Count == 0 ? chosen : throw new FormatException($"report: --where in '{document.Name}': {string.Join("; ", problems.Distinct())}");
    }
}
