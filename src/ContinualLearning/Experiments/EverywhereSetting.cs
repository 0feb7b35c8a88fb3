using System.Text.Json.Nodes;

namespace Engram.ContinualLearning.Experiments;

/// <summary>Settings from the command line that hold in every cell, whatever the variants of the experiment's axes write.</summary>
internal static class EverywhereSetting
{
    /// <summary>Writes a setting into an experiment and takes it out of the variants of its axes.</summary>
    /// <param name="experiment">The experiment, changed in place.</param>
    /// <param name="path">The setting, one or two keys deep.</param>
    /// <param name="value">Its value.</param>
    /// <param name="option">Name of the option in complaints.</param>
    /// <param name="problems">Receives what is wrong.</param>
    public static void Write(JsonObject experiment, string path, JsonNode value, string option, List<string> problems)
    {
        if (experiment["sweep"] is JsonObject sweep && sweep.ContainsKey(path))
            problems.Add($"{option}: the experiment sweeps over {path}; use --set 'sweep[{path}]=[…]'");
        foreach (JsonObject variant in Variants(experiment).Select(pair => pair.Variant))
        {
            variant.Remove(path);
            // A variant that writes the whole part: {"dataset": {"name": "svhn", "fraction": 0.5}}.
            if (path.Split('.') is [string part, string key] && variant[part] is JsonObject whole)
                whole[key] = value.DeepClone();
        }

        if (ConfigurationPath.Set(experiment, path, value) is { } problem)
            problems.Add($"{option}: {problem}");
    }

    /// <summary>What hides a setting of the experiment: an axis whose every variant writes it; <c>null</c> when it takes effect somewhere.</summary>
    public static string? Hidden(JsonObject experiment, string path)
    {
        foreach (IGrouping<string, (string Axis, string Name, JsonObject Variant)> axis in Variants(experiment).GroupBy(pair => pair.Axis))
        {
            if (axis.All(pair => pair.Variant.Any(change => path == change.Key || path.StartsWith(change.Key + ".", StringComparison.Ordinal))))
                return $"{path}: every variant of the axis {axis.Key} writes it; change it there, e.g. axes.{axis.Key}.{axis.First().Name}[{path}]";
        }

        return null;
    }

    private static IEnumerable<(string Axis, string Name, JsonObject Variant)> Variants(JsonObject experiment)
    {
        foreach ((string axis, JsonNode? variants) in experiment["axes"] as JsonObject ?? [])
        {
            foreach ((string name, JsonNode? variant) in variants as JsonObject ?? [])
            {
                if (variant is JsonObject keys)
                    yield return (axis, name, keys);
            }
        }
    }
}
