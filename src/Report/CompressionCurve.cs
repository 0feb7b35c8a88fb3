using System.Globalization;
using Engram.Results;

namespace Engram.Report;

/// <summary>One line of the accuracy-against-compression figure: a method at several ranks, all else equal.</summary>
/// <param name="Label">Method and the settings that do not vary along the line.</param>
/// <param name="Points">Entries by rising compression, with the text of their point (<c>r=5</c>).</param>
/// <param name="Knee">Index of the knee among the points, −1 without one.</param>
internal sealed record CompressionCurve(string Label, IReadOnlyList<(MethodResult Method, string Text)> Points, int Knee)
{
    /// <summary>Collects the lines of a document; entries that belong to none are <paramref name="others"/>.</summary>
    public static IReadOnlyList<CompressionCurve> Collect(ResultDocument document, SettingNames names, out IReadOnlyList<MethodResult> others)
    {
        var curves = new List<CompressionCurve>();
        var rest = new List<MethodResult>();
        foreach (var group in document.Methods.GroupBy(method => names.LabelOf(method, except: RankKey(method)), StringComparer.Ordinal))
        {
            var points = group.Where(m => RankKey(m) is not null && double.IsFinite(m.CompressionFactor) && m.CompressionFactor > 0)
                .OrderBy(m => m.CompressionFactor).ToArray();
            if (points.Select(m => m.CompressionFactor).Distinct().Skip(1).Any())
            {
                var knee = KneeFinder.Find([.. points.Select(m => m.CompressionFactor)], [.. points.Select(m => m.Acc.Mean)]);
                curves.Add(new CompressionCurve(group.Key, [.. points.Select(m => (m, PointText(m)))], knee));
                rest.AddRange(group.Except(points));
            }
            else
            {
                rest.AddRange(group);
            }
        }

        others = rest;
        return curves;
    }

    /// <summary>The swept setting that is a rank: a key named <c>rank</c>, alone or at the end of a path.</summary>
    private static string? RankKey(MethodResult method) => method.Settings?.Select(pair => pair.Key).FirstOrDefault(
        key => key.Equals("rank", StringComparison.OrdinalIgnoreCase) || key.EndsWith(".rank", StringComparison.OrdinalIgnoreCase)
            || key.EndsWith("Rank", StringComparison.Ordinal));

    private static string PointText(MethodResult method) =>
        string.Create(CultureInfo.InvariantCulture, $"r={CellResult.ValueText(method.Settings![RankKey(method)!])}");
}
