using Engram.Results;

namespace Engram.Report;

/// <summary>A part of a document's methods.</summary>
public static class MethodSelection
{
    /// <summary>The document with some of its methods; the rest of it stays as it is.</summary>
    /// <param name="document">The document.</param>
    /// <param name="names">Names of methods, which take all their settings, or labels as in the tables: <c>gem-0 (perTask=256)</c>.</param>
    /// <exception cref="FormatException">A name is none of the document's, or there is none.</exception>
    public static ResultDocument Of(ResultDocument document, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(names);
        SettingNames settings = new(document);
        string[] labels = [.. document.Methods.Select(method => settings.LabelOf(method))];
        string? unknown = names.FirstOrDefault(name => !labels.Contains(name) && !document.Methods.Any(method => method.Name == name));
        if (names.Count == 0 || unknown is not null)
        {
            string what = unknown is null ? "no method was named" : $"there is no method '{unknown}'";
            throw new FormatException($"report: {what} in '{document.Name}'; it has {string.Join("; ", labels)}");
        }

        return document with { Methods = [.. document.Methods.Where((method, i) => names.Contains(labels[i]) || names.Contains(method.Name))] };
    }
}
