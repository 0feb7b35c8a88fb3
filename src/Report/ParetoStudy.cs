using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report;

/// <summary>
/// Methods whose memory strength was swept, in the plane of forward transfer (learning accuracy) and backward transfer: frontiers and hypervolumes with the
/// fine-tuned network's learning accuracy minus five points and its backward transfer as the worst corner.
/// </summary>
internal sealed class ParetoStudy
{
    private const string Strength = "strategy.strength";

    private ParetoStudy(IReadOnlyList<(string Name, MethodResult[] Points)> families, (double X, double Y) reference, IReadOnlyList<int> seeds)
    {
        (Families, Reference, Seeds) = (families, reference, seeds);
    }

    /// <summary>A family is a method at all its strengths.</summary>
    public IReadOnlyList<(string Name, MethodResult[] Points)> Families { get; }

    /// <summary>The worst corner.</summary>
    public (double X, double Y) Reference { get; }

    /// <summary>Seeds that every point has; hypervolumes are over these.</summary>
    public IReadOnlyList<int> Seeds { get; }

    /// <summary>The study of a document; <c>null</c> where no strength was swept.</summary>
    public static ParetoStudy? Of(ResultDocument document)
    {
        if (document.Methods.Any(method => method.Settings is { } settings && settings.Any(pair => pair.Key != Strength)))
        {
            return null; // another sweep: strengths at different settings are no frontier
        }

        (string Name, MethodResult[] Points)[] families = [.. document.Methods.Where(method => double.IsFinite(method.Bwt.Mean))
            .GroupBy(method => method.Name, StringComparer.Ordinal).Select(group => (group.Key, group.ToArray()))];
        if (families.Count(family => family.Points.Length > 1) < 2)
        {
            return null;
        }

        int[] seeds = [.. families.SelectMany(family => family.Points).Select(point => (IEnumerable<int>)point.Seeds).Aggregate((a, b) => a.Intersect(b))];
        // the method without a memory, or, where there is none, the worst of what there is
        var free = families.SelectMany(family => family.Points).FirstOrDefault(point => point.MemoryBytes == 0 && KindOf(document, point.Name) == "finetune");
        var reference = free is null
            ? (families.SelectMany(family => family.Points).Min(point => point.LearningAccuracy.Mean), families.SelectMany(family => family.Points).Min(point => point.Bwt.Mean))
            : (free.LearningAccuracy.Mean - 0.05, free.Bwt.Mean);
        return new ParetoStudy(families, reference, seeds);
    }

    /// <summary>What a point's strength was; empty for a method without one.</summary>
    public static string StrengthOf(MethodResult point) =>
        point.Settings is { } settings && settings.TryGetPropertyValue(Strength, out JsonNode? value) ? CellResult.ValueText(value) : "";

    /// <summary>Hypervolume of some points over their mean, and its bootstrap interval over the seeds; NaN without common seeds, or an interval of one seed.</summary>
    public (double Value, double Low, double High) HyperVolume(IReadOnlyList<MethodResult> points)
    {
        if (Seeds.Count == 0)
        {
            return (double.NaN, double.NaN, double.NaN);
        }

        double Volume(int[] drawn) => ParetoFrontier.HyperVolume([.. points.Select(point => Mean(point, drawn))], Reference);
        var value = Volume([.. Enumerable.Range(0, Seeds.Count)]);
        var (low, high) = Seeds.Count > 1 ? ParetoFrontier.Bootstrap(Seeds.Count, Volume) : (double.NaN, double.NaN);
        return (value, low, high);
    }

    // the point over drawn common seeds
    private (double X, double Y) Mean(MethodResult point, int[] drawn)
    {
        double x = 0, y = 0;
        foreach (var s in drawn)
        {
            var at = point.Seeds.ToList().IndexOf(Seeds[s]);
            x += point.LearningAccuracy.Values[at];
            y += point.Bwt.Values[at];
        }

        return (x / drawn.Length, y / drawn.Length);
    }

    private static string? KindOf(ResultDocument document, string name) => document.Config["methods"]?.AsArray()
        .FirstOrDefault(method => method?["name"]?.GetValue<string>() == name)?["strategy"]?["kind"]?.GetValue<string>();
}
