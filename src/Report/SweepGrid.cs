using Engram.Results;

namespace Engram.Report;

/// <summary>The entries of a sweep by setting and method, both in the order of their first appearance.</summary>
internal sealed class SweepGrid
{
    private readonly Dictionary<(string Setting, string Method), MethodResult> entries = [];

    public SweepGrid(ResultDocument document)
    {
        var names = new SettingNames(document);
        Methods = [.. document.Methods.Select(method => method.Name).Distinct(StringComparer.Ordinal)];
        Settings = [.. document.Methods.Select(names.SettingOf).Distinct(StringComparer.Ordinal)];
        foreach (var method in document.Methods)
        {
            entries.TryAdd((names.SettingOf(method), method.Name), method);
        }
    }

    /// <summary>Names of the methods.</summary>
    public IReadOnlyList<string> Methods { get; }

    /// <summary>Combinations of settings as text; the empty text stands for none.</summary>
    public IReadOnlyList<string> Settings { get; }

    /// <summary>The entry of a method at a setting; <c>null</c> when it was not run.</summary>
    public MethodResult? this[string setting, string method] => entries.GetValueOrDefault((setting, method));
}
