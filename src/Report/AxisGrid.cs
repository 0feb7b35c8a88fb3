using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report;

/// <summary>
/// The entries of an experiment with named axes by their place: one table per variant of the axis <c>scenario</c>, one row per combination of the
/// other axes, one column per method; an axis <c>rank</c> is kept apart.
/// </summary>
internal sealed class AxisGrid
{
    private const string TableAxis = "scenario", RankAxis = "rank";

    private readonly JsonObject _axes;
    private readonly Dictionary<(string Table, string Row, string? Rank, string Method), GridEntry> _entries = [];

    public AxisGrid(ResultDocument document)
    {
        _axes = document.Config["axes"] as JsonObject ?? [];
        string[] configured = [.. (document.Config["methods"] as JsonArray ?? []).OfType<JsonObject>().Select(method => method["name"]).OfType<JsonValue>()
            .Select(name => name.TryGetValue(out string? text) ? text : "")];
        var found = document.Methods.Select(method => (method.Name, method.Settings, Method: (MethodResult?)method, Missing: (MissingResult?)null));
        var missing = document.Missing.Select(entry => (entry.Name, entry.Settings, Method: (MethodResult?)null, Missing: (MissingResult?)entry));
        var all = found.Concat(missing).OrderBy(entry => OrderOf(entry.Settings)).ToArray();
        foreach (var entry in all)
        {
            var key = (TableOf(entry.Settings), RowOf(entry.Settings), RankOf(entry.Settings), entry.Name);
            _entries[key] = new GridEntry(entry.Method ?? _entries.GetValueOrDefault(key)?.Method, entry.Missing ?? _entries.GetValueOrDefault(key)?.Missing);
        }

        Tables = [.. _entries.Keys.Select(key => key.Table).Distinct()];
        Ranks = [.. _entries.Keys.Select(key => key.Rank).OfType<string>().Distinct()
            .OrderBy(rank => double.TryParse(rank, System.Globalization.CultureInfo.InvariantCulture, out double number) ? number : double.MaxValue)];
        Methods = [.. configured.Concat(all.Select(entry => entry.Name)).Distinct().Where(name => _entries.Keys.Any(key => key.Method == name))];
        Pairs = [.. (document.Config["methods"] as JsonArray ?? []).OfType<JsonObject>()
            .Select(method => (Method: method["name"]?.ToString() ?? "", Baseline: method["baseline"]?.ToString() ?? ""))
            .Where(pair => Methods.Contains(pair.Method) && Methods.Contains(pair.Baseline))];
    }

    /// <summary>Whether the experiment has axes.</summary>
    public bool HasAxes => _axes.Count > 0;

    /// <summary>Variants of the scenario axis; one empty text without such an axis.</summary>
    public IReadOnlyList<string> Tables { get; }

    /// <summary>Variants of the rank axis, ascending.</summary>
    public IReadOnlyList<string> Ranks { get; }

    /// <summary>Methods, in the order of the configuration.</summary>
    public IReadOnlyList<string> Methods { get; }

    /// <summary>Methods with the arms that they are compared with.</summary>
    public IReadOnlyList<(string Method, string Baseline)> Pairs { get; }

    /// <summary>Names of the axes that the rows combine.</summary>
    public string RowName => string.Join(", ", _axes.Select(axis => axis.Key).Where(axis => axis is not (TableAxis or RankAxis)));

    /// <summary>The rows of a table.</summary>
    public IReadOnlyList<string> RowsOf(string table) => [.. _entries.Keys.Where(key => key.Table == table).Select(key => key.Row).Distinct()];

    /// <summary>The rows of a table that have a result; all of them when none has.</summary>
    public IReadOnlyList<string> FilledRowsOf(string table)
    {
        HashSet<string> filled = [.. _entries.Where(entry => entry.Key.Table == table && entry.Value.Method is not null).Select(entry => entry.Key.Row)];
        return filled.Count == 0 ? RowsOf(table) : [.. RowsOf(table).Where(filled.Contains)];
    }

    /// <summary>Names the rows that <see cref="FilledRowsOf"/> leaves out, with why they are empty; an empty text when it leaves out none.</summary>
    public string EmptyRowsOf(string table)
    {
        string[] empty = [.. RowsOf(table).Except(FilledRowsOf(table))
            .GroupBy(row => _entries.First(entry => entry.Key.Table == table && entry.Key.Row == row).Value.Absence)
            .Select(group => $"{string.Join("; ", group)} ({group.Key})")];
        return empty.Length == 0 ? "" : $" Rows without any result: {string.Join("; ", empty)}.";
    }

    /// <summary>An entry; <c>null</c> where the experiment has none.</summary>
    public GridEntry? this[string table, string row, string? rank, string method] => _entries.GetValueOrDefault((table, row, rank, method));

    private static string TableOf(JsonObject? settings) => settings?[TableAxis]?.ToString() ?? "";

    private static string? RankOf(JsonObject? settings) => settings?[RankAxis]?.ToString();

    private string RowOf(JsonObject? settings) => string.Join(", ", (settings ?? []).Where(pair => pair.Key is not (TableAxis or RankAxis))
        .Select(pair => _axes.ContainsKey(pair.Key) ? CellResult.ValueText(pair.Value) : $"{pair.Key}={CellResult.ValueText(pair.Value)}"));

    /// <summary>Position among the combinations of the axes, the last fastest.</summary>
    private long OrderOf(JsonObject? settings)
    {
        long order = 0;
        foreach ((string axis, JsonNode? node) in _axes)
        {
            string[] variants = [.. (node as JsonObject ?? []).Select(variant => variant.Key)];
            order = (order * (variants.Length + 1)) + Array.IndexOf(variants, settings?[axis]?.ToString()) + 1;
        }

        return order;
    }
}
