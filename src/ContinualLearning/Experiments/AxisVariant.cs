using System.Text.Json.Nodes;

namespace Engram.ContinualLearning.Experiments;

/// <summary>One named place on an axis: the settings that it writes, seeds of its own, and where it is left out.</summary>
/// <param name="Name">Name of the variant, which labels and filters use.</param>
/// <param name="Changes">Key paths and their values, in the order of the file.</param>
/// <param name="Seeds">Seeds in place of the experiment's; <c>null</c> for the experiment's own.</param>
/// <param name="Condition">Places on other axes with which it is combined.</param>
internal sealed record AxisVariant(string Name, IReadOnlyList<(string Path, JsonNode? Value)> Changes, SeedList? Seeds, AxisCondition Condition)
{
    private const string Methods = "methods[";

    /// <summary>The method that a path belongs to, <c>methods[er-gen].strategy…</c>; <c>null</c> for a path of the experiment.</summary>
    public static string? MethodOf(string path)
    {
        int close = path.IndexOf(']');
        return path.StartsWith(Methods, StringComparison.Ordinal) && close > 0 ? path[Methods.Length..close] : null;
    }

    /// <summary>The changes that concern a method, with paths for a configuration in which it is the only one.</summary>
    public IEnumerable<(string Path, JsonNode? Value)> For(string method)
    {
        foreach ((string path, JsonNode? value) in Changes)
        {
            string? owner = MethodOf(path);
            if (owner is null)
                yield return (path, value);
            else if (owner == method)
                yield return ("methods[0]" + path[(path.IndexOf(']') + 1)..], value);
        }
    }
}
