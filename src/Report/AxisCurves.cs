using System.Globalization;
using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report;

/// <summary>
/// What an experiment with numbers along an axis is run for: how methods gain or lose, against the arms that the configuration compares them with, as the number grows. A
/// point is a difference of ACC paired by seed. There is a panel per axis of numbers and place on the other axes, one line a method; and one panel for balanced
/// retrieval whose mixes of conflicting and aligned samples are methods of their own, along the share of aligned ones, one line a place.
/// </summary>
internal static class AxisCurves
{
    private const string RankAxis = "rank"; // has its own tables and curves

    /// <summary>A difference at a number; its interval is NaN for a single seed.</summary>
    internal readonly record struct Point(double X, PairedDifference Difference);

    /// <summary>The points of a line, ascending.</summary>
    internal sealed record Line(string Name, IReadOnlyList<Point> Points);

    /// <summary>Lines over one axis.</summary>
    internal sealed record Panel(string Title, string Axis, IReadOnlyList<Line> Lines)
    {
        /// <summary>The numbers on the axis, ascending.</summary>
        public IReadOnlyList<double> Numbers { get; } = [.. Lines.SelectMany(line => line.Points).Select(point => point.X).Distinct().Order()];
    }

    /// <summary>The panels of a document; none where no axis holds numbers and no mixes are compared.</summary>
    public static IReadOnlyList<Panel> Of(ResultDocument document)
    {
        JsonObject axes = document.Config["axes"] as JsonObject ?? [];
        var pairs = BaselinePairs.Of(document);
        List<Panel> panels = [];
        foreach ((string axis, JsonNode? variants) in axes)
        {
            if (axis != RankAxis && variants is JsonObject { Count: > 1 } named && named.All(variant => Number(variant.Key) is not null))
                panels.AddRange(Along(axis, pairs));
        }

        Dictionary<string, double> mixes = Mixes(document);
        if (mixes.Values.Distinct().Count() > 2)
            panels.AddRange(Mixed(mixes, pairs));
        return panels;
    }

    private static IEnumerable<Panel> Along(string axis, IReadOnlyList<(MethodResult Method, MethodResult Baseline)> pairs)
    {
        foreach (var place in pairs.Where(pair => pair.Method.Settings?.ContainsKey(axis) == true).GroupBy(pair => PlaceOf(pair.Method.Settings, axis)))
        {
            Line[] lines = [.. place.GroupBy(pair => $"{pair.Method.Name} − {pair.Baseline.Name}")
                .Select(group => LineOf(group.Key, group, pair => Number(CellResult.ValueText(pair.Method.Settings![axis]))!.Value)).Where(line => line.Points.Count > 1)];
            if (lines.Length > 0)
                yield return new Panel($"Differences along {axis}{(place.Key.Length == 0 ? "" : ": " + place.Key)}", axis, lines);
        }
    }

    private static IEnumerable<Panel> Mixed(Dictionary<string, double> mixes, IReadOnlyList<(MethodResult Method, MethodResult Baseline)> pairs)
    {
        foreach (var baseline in pairs.Where(pair => mixes.ContainsKey(pair.Method.Name)).GroupBy(pair => pair.Baseline.Name))
        {
            Line[] lines = [.. baseline.GroupBy(pair => PlaceOf(pair.Method.Settings, ""))
                .Select(group => LineOf(group.Key.Length == 0 ? "all" : group.Key, group, pair => mixes[pair.Method.Name])).Where(line => line.Points.Count > 2)];
            if (lines.Length > 0)
                yield return new Panel($"Mixes of conflicting and aligned samples, difference to {baseline.Key}", "aligned samples among the replayed, share", lines);
        }
    }

    private static Line LineOf(string name, IEnumerable<(MethodResult Method, MethodResult Baseline)> pairs, Func<(MethodResult Method, MethodResult Baseline), double> number) => new(
        name, [.. pairs.Select(pair => new Point(number(pair), PairedDifference.Between(pair.Method, pair.Baseline, m => m.Acc)))
            .Where(point => double.IsFinite(point.Difference.Mean)).OrderBy(point => point.X)]);

    // methods without a sweep that replay conflicting and aligned samples and no others: the share of aligned ones
    private static Dictionary<string, double> Mixes(ResultDocument document)
    {
        Dictionary<string, double> mixes = [];
        foreach (JsonObject method in (document.Config["methods"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (method["sweep"] is null && method["strategy"] is JsonObject strategy && strategy["kind"]?.ToString() == "balanced-retrieval"
                && Count(strategy, "conflicting", 5) is { } conflicting && Count(strategy, "aligned", 5) is { } aligned && Count(strategy, "random", 0) is 0
                && conflicting + aligned > 0 && method["name"]?.ToString() is { } name)
                mixes[name] = aligned / (conflicting + aligned);
        }

        return mixes;
    }

    private static double? Count(JsonObject strategy, string key, double otherwise) => strategy[key] is { } value ? Number(value.ToString()) : otherwise;

    private static string PlaceOf(JsonObject? settings, string axis) =>
        string.Join(", ", (settings ?? []).Where(pair => pair.Key != axis).Select(pair => CellResult.ValueText(pair.Value)));

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;
}
