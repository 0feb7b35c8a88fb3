using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Engram.Results;

/// <summary>Cells of an experiment that have no result: one method at one combination of settings.</summary>
/// <param name="Name">Name of the method.</param>
/// <param name="Settings">Its settings; <c>null</c> without axes and sweeps.</param>
/// <param name="Seeds">The seeds without a result, ascending.</param>
/// <param name="Reason">Why there is none: not run yet, or the files of a dataset are not there.</param>
public sealed record MissingResult(
    [property: JsonRequired] string Name,
    JsonObject? Settings,
    [property: JsonRequired] IReadOnlyList<int> Seeds,
    [property: JsonRequired] string Reason)
{
    /// <summary>Name with the settings.</summary>
    [JsonIgnore]
    public string Label => CellResult.LabelOf(Name, Settings);
}
