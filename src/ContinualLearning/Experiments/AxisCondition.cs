using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// Which places on the axes something is run at: <c>only</c> names what is allowed (all its axes must fit), <c>except</c> what is not (it
/// bars a place where all its axes fit). <c>{"dataset": ["cifar10", "svhn"], "model": "mlp"}</c>
/// </summary>
internal sealed record AxisCondition
{
    private readonly Dictionary<string, HashSet<string>> _only = [], _except = [];

    /// <summary>Fits everywhere.</summary>
    public static AxisCondition Everywhere { get; } = new();

    /// <summary>Axes that the condition looks at.</summary>
    public IEnumerable<string> Axes => _only.Keys.Concat(_except.Keys);

    /// <summary>Reads a condition.</summary>
    /// <param name="only">What is allowed; <c>null</c> for everything.</param>
    /// <param name="except">What is not; <c>null</c> for nothing.</param>
    /// <param name="where">Path for complaints: <c>methods[3]</c>.</param>
    /// <param name="axes">Names of the variants by axis.</param>
    /// <param name="problems">Receives what is wrong.</param>
    public static AxisCondition Read(
        JsonNode? only, JsonNode? except, string where, IReadOnlyDictionary<string, IReadOnlyList<string>> axes, List<string> problems)
    {
        AxisCondition condition = new();
        Read(only, where + ".only", condition._only, axes, problems);
        Read(except, where + ".except", condition._except, axes, problems);
        return condition;
    }

    /// <summary>Whether the condition holds at a place.</summary>
    /// <param name="place">The variant's name by axis.</param>
    public bool Fits(IReadOnlyDictionary<string, string> place) =>
        Holds(_only, place) && (_except.Count == 0 || !Holds(_except, place));

    private static bool Holds(Dictionary<string, HashSet<string>> wanted, IReadOnlyDictionary<string, string> place) =>
        wanted.All(pair => place.TryGetValue(pair.Key, out string? variant) && pair.Value.Contains(variant));

    private static void Read(
        JsonNode? node, string where, Dictionary<string, HashSet<string>> into, IReadOnlyDictionary<string, IReadOnlyList<string>> axes, List<string> problems)
    {
        if (node is null)
            return;
        if (node is not JsonObject keys || keys.Count == 0)
        {
            problems.Add($"{where}: expected an object of axes with names of their variants, e.g. {{\"dataset\": [\"cifar10\"]}}, got {node.ToJsonString()}");
            return;
        }

        foreach ((string axis, JsonNode? value) in keys)
        {
            if (!axes.TryGetValue(axis, out IReadOnlyList<string>? variants))
            {
                problems.Add(axes.Count == 0
                    ? $"{where}.{axis}: the experiment has no axes"
                    : $"{where}.{axis}: there is no such axis; {EditDistance.Suggestion(axis, axes.Keys)}");
                continue;
            }

            HashSet<string> names = [];
            foreach (JsonNode? entry in value is JsonArray list ? list : [value?.DeepClone()])
            {
                if (entry is not JsonValue text || !text.TryGetValue(out string? name))
                    problems.Add($"{where}.{axis}: expected the name of a variant or a list of names, got {value?.ToJsonString() ?? "null"}");
                else if (!variants.Contains(name))
                    problems.Add($"{where}.{axis}: there is no variant \"{name}\"; {EditDistance.Suggestion(name, variants)}");
                else
                    names.Add(name);
            }

            into[axis] = names;
        }
    }
}
