using Engram.Results;

namespace Engram.Report;

/// <summary>What an experiment has no results of, one line a reason.</summary>
internal static class MissingText
{
    /// <summary>More entries than this are counted and not named.</summary>
    private const int MostNamed = 6;

    /// <summary>The lines; none for a whole result.</summary>
    public static IEnumerable<string> Of(ResultDocument document)
    {
        foreach (var group in document.Missing.GroupBy(missing => missing.Reason, StringComparer.Ordinal))
        {
            int cells = group.Sum(missing => missing.Seeds.Count), entries = group.Count();
            string named = string.Join("; ", group.Take(MostNamed).Select(missing => $"{missing.Label}, {(missing.Seeds.Count == 1 ? "seed" : "seeds")} {string.Join(' ', missing.Seeds)}"));
            yield return $"{cells} {(cells == 1 ? "cell" : "cells")}, {group.Key}: {named}{(entries > MostNamed ? $"; and {entries - MostNamed} more" : "")}";
        }
    }
}
