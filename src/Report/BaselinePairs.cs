using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report;

/// <summary>Which method is to be compared with which: the <c>baseline</c> that an experiment's configuration names for a method.</summary>
public static class BaselinePairs
{
    /// <summary>Every method with a baseline, at the same settings where both have them, else at those settings that the baseline has too.</summary>
    /// <param name="document">The document; its configuration is the experiment as run.</param>
    public static IReadOnlyList<(MethodResult Method, MethodResult Baseline)> Of(ResultDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var names = new Dictionary<string, string>();
        foreach (JsonNode? entry in document.Config["methods"] as JsonArray ?? [])
        {
            if (entry is JsonObject method && Text(method, "name") is { } name && Text(method, "baseline") is { } baseline)
                names[name] = baseline;
        }

        var pairs = new List<(MethodResult, MethodResult)>();
        foreach (MethodResult method in document.Methods)
        {
            if (names.TryGetValue(method.Name, out string? name) && Find(document, method, name) is { } baseline)
                pairs.Add((method, baseline));
        }

        return pairs;
    }

    /// <summary>The entry whose settings are all the method's too; of several, the one that has most.</summary>
    private static MethodResult? Find(ResultDocument document, MethodResult method, string name) => document.Methods
        .Where(m => m.Name == name && (m.Settings ?? []).All(pair => method.Settings is { } own && own.TryGetPropertyValue(pair.Key, out JsonNode? value)
            && CellResult.ValueText(value) == CellResult.ValueText(pair.Value)))
        .MaxBy(m => m.Settings?.Count ?? 0);

    private static string? Text(JsonObject entry, string key) => entry[key] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
