using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// The named axes of an experiment, <c>{"model": {"mlp": {"model": {…}, "optimizer.learningRate": 0.01}, "mixer": {…}}}</c>: every variant writes
/// any number of settings, and every combination of one variant per axis is a place where the methods run. A setting that two axes write keeps the
/// value of the later axis.
/// </summary>
internal sealed class ExperimentAxes
{
    private const string Only = "only", Except = "except", Seeds = "seeds";

    private readonly List<(string Name, IReadOnlyList<AxisVariant> Variants)> _axes = [];
    private readonly Dictionary<string, AxisCondition> _methods = [];

    /// <summary>Reads and checks the axes of an experiment, and its methods' conditions on them.</summary>
    public static ExperimentAxes Read(ExperimentOptions experiment, List<string> problems)
    {
        ExperimentAxes axes = new();
        Dictionary<string, IReadOnlyList<string>> names = [];
        foreach ((string axis, JsonNode? node) in experiment.Axes ?? [])
        {
            if (!IsName(axis) || axis is "method" or "seed")
                problems.Add($"axes.{axis}: the name of an axis has 1 to 40 letters, digits, '-', '_' or '.', and is neither method nor seed");
            else if (node is not JsonObject { Count: > 0 } variants)
                problems.Add($"axes.{axis}: expected an object of at least one variant, {{ \"name\": {{ \"key.path\": value }} }}, got {node?.ToJsonString() ?? "null"}");
            else
                names[axis] = [.. variants.Select(pair => pair.Key)];
        }

        foreach ((string axis, IReadOnlyList<string> variants) in names)
        {
            JsonObject keys = experiment.Axes![axis]!.AsObject();
            axes._axes.Add((axis, [.. variants.Select(name => Variant($"axes.{axis}.{name}", name, keys[name], experiment, names, problems))]));
            if (experiment.Sweep?.ContainsKey(axis) == true || experiment.Methods.Any(method => method.Sweep?.ContainsKey(axis) == true))
                problems.Add($"axes.{axis}: a sweep has the same name");
        }

        for (int m = 0; m < experiment.Methods.Count; m++)
        {
            MethodOptions method = experiment.Methods[m];
            axes._methods[method.Name] = AxisCondition.Read(method.Only, method.Except, $"methods[{m}]", names, problems);
        }

        return axes;
    }

    /// <summary>
    /// The places where a method runs, the last axis fastest. An axis that writes nothing of the method (every one of its settings is another
    /// method's) does not move it: the method runs at one place of that axis and does not carry its name.
    /// </summary>
    public IEnumerable<(JsonObject Settings, IReadOnlyList<AxisVariant> Variants)> PlacesOf(string method)
    {
        HashSet<string> seen = [];
        HashSet<string> moving = [.. _axes
            .Where(axis => _methods[method].Axes.Contains(axis.Name) || axis.Variants.Any(variant => variant.For(method).Any())
                || axis.Variants.All(variant => variant.Changes.Count == 0))
            .Select(axis => axis.Name)];
        foreach (AxisVariant[] place in Combinations(0))
        {
            Dictionary<string, string> at = [];
            JsonObject settings = [];
            for (int a = 0; a < place.Length; a++)
            {
                at[_axes[a].Name] = place[a].Name;
                if (moving.Contains(_axes[a].Name))
                    settings[_axes[a].Name] = place[a].Name;
            }

            if (_methods[method].Fits(at) && place.All(variant => variant.Condition.Fits(at)) && seen.Add(settings.ToJsonString()))
                yield return (settings, place);
        }
    }

    /// <summary>Position of a place among all combinations; an axis that does not move the method counts as its first variant.</summary>
    public long OrderOf(JsonObject? settings)
    {
        long order = 0;
        foreach ((string name, IReadOnlyList<AxisVariant> variants) in _axes)
        {
            int index = 0;
            while (index < variants.Count && variants[index].Name != settings?[name]?.ToString())
                index++;
            order = (order * variants.Count) + (index % variants.Count);
        }

        return order;
    }

    private IEnumerable<AxisVariant[]> Combinations(int first)
    {
        if (first == _axes.Count)
        {
            yield return [];
            yield break;
        }

        foreach (AxisVariant variant in _axes[first].Variants)
        {
            foreach (AxisVariant[] rest in Combinations(first + 1))
                yield return [variant, .. rest];
        }
    }

    private static AxisVariant Variant(
        string where, string name, JsonNode? node, ExperimentOptions experiment, Dictionary<string, IReadOnlyList<string>> names, List<string> problems)
    {
        if (!IsName(name))
            problems.Add($"{where}: the name of a variant has 1 to 40 letters, digits, '-', '_' or '.'");
        if (node is not JsonObject keys)
        {
            problems.Add($"{where}: expected an object of settings {{ \"key.path\": value }}, got {node?.ToJsonString() ?? "null"}");
            return new AxisVariant(name, [], null, AxisCondition.Everywhere);
        }

        List<(string, JsonNode?)> changes = [];
        SeedList? seeds = null;
        foreach ((string key, JsonNode? value) in keys)
        {
            if (key is Only or Except)
                continue;
            if (key == Seeds)
                seeds = SeedsOf(value, where, problems);
            else if (key.Split('.', '[')[0] is "name" or "description" or "sweep" or "axes")
                problems.Add($"{where}.{key}: a variant cannot change this");
            else if (key.Split('.', '[')[0] == "methods" && AxisVariant.MethodOf(key) is not { Length: > 0 })
                problems.Add($"{where}.{key}: settings of a method are written methods[NAME].…");
            else if (AxisVariant.MethodOf(key) is { } method && experiment.Methods.All(m => m.Name != method))
                problems.Add($"{where}.{key}: there is no method \"{method}\"; {EditDistance.Suggestion(method, experiment.Methods.Select(m => m.Name))}");
            else
                changes.Add((key, value));
        }

        return new AxisVariant(name, changes, seeds, AxisCondition.Read(keys[Only], keys[Except], where, names, problems));
    }

    private static SeedList? SeedsOf(JsonNode? value, string where, List<string> problems)
    {
        try
        {
            SeedList? seeds = value.Deserialize(ExperimentJsonContext.Default.SeedList);
            problems.AddRange((seeds?.Problems() ?? [$"{Seeds}: expected a list of seeds, got null"]).Select(problem => $"{where}.{problem}"));
            return seeds;
        }
        catch (JsonException e)
        {
            problems.Add($"{where}.{Seeds}: {e.Message}");
            return null;
        }
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 40 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
