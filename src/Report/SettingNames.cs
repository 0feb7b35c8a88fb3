using Engram.Results;

namespace Engram.Report;

/// <summary>
/// Short names for the swept settings of a document: of <c>optimizer.learningRate</c> only the last part is shown, unless
/// another setting of the document ends alike.
/// </summary>
internal sealed class SettingNames
{
    private readonly Dictionary<string, string> shortNames = new(StringComparer.Ordinal);

    public SettingNames(ResultDocument document)
    {
        var keys = document.Methods.SelectMany(method => method.Settings?.Select(pair => pair.Key) ?? []).Distinct(StringComparer.Ordinal).ToArray();
        foreach (var group in keys.GroupBy(LastPart, StringComparer.Ordinal))
        {
            foreach (var key in group)
            {
                shortNames[key] = group.Key.Length > 0 && group.Count() == 1 ? group.Key : key;
            }
        }
    }

    /// <summary>The short name of a setting.</summary>
    public string this[string key] => shortNames[key];

    /// <summary>A method with its settings, one of them left out where wanted: <c>er-gen (rank=5)</c>.</summary>
    public string LabelOf(MethodResult method, string? except = null)
    {
        var settings = Text(method, except);
        return settings.Length == 0 ? method.Name : $"{method.Name} ({settings})";
    }

    /// <summary>The settings of a method alone: <c>epochs=3, rank=5</c>; empty without any.</summary>
    public string SettingOf(MethodResult method) => Text(method, except: null);

    private string Text(MethodResult method, string? except) => method.Settings is null
        ? ""
        : string.Join(", ", method.Settings.Where(pair => pair.Key != except).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{shortNames[pair.Key]}={CellResult.ValueText(pair.Value)}"));

    private static string LastPart(string key) => key[(key.LastIndexOf('.') + 1)..];
}
