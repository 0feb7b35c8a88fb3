using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report;

/// <summary>
/// Accuracies on different datasets (and at different places of named axes) share no figure: a document becomes one document per place. An axis of ranks is
/// not split, for its values make one curve.
/// </summary>
internal static class DatasetSplit
{
    /// <summary>More places than this are shown by the final tables alone.</summary>
    private const int MostPlaces = 12;

    /// <summary>
    /// The document as it is; or one per value of the setting <see cref="ResultDocument.DatasetSetting"/> and per place on its axes; none where there are more places
    /// than a page can show.
    /// </summary>
    public static IReadOnlyList<ResultDocument> Of(ResultDocument document)
    {
        string[] keys = [ResultDocument.DatasetSetting, .. (document.Config["axes"] as JsonObject ?? []).Select(axis => axis.Key).Where(axis => axis != "rank")];
        string[] places = [.. document.Methods.Select(method => PlaceOf(method.Settings, keys)).Where(place => place.Length > 0).Distinct(StringComparer.Ordinal)];
        if (places.Length > MostPlaces)
            return [];
        if (places.Length < 2)
            return [document];
        return [.. places.Select(place => document with
        {
            Name = $"{document.Name}: {place}",
            Methods = [.. document.Methods.Where(method => PlaceOf(method.Settings, keys) == place)
                .Select(method => method with { Settings = Without(method.Settings!, keys) })],
            Images = [.. document.Images.Where(image => image.Dataset is null || place.Split(", ").Contains(image.Dataset))],
            Missing = [.. document.Missing.Where(missing => PlaceOf(missing.Settings, keys) == place)
                .Select(missing => missing with { Settings = Without(missing.Settings!, keys) })],
        })];
    }

    private static string PlaceOf(JsonObject? settings, string[] keys) =>
        string.Join(", ", keys.Select(key => settings?[key]?.ToString()).OfType<string>());

    private static JsonObject? Without(JsonObject settings, string[] keys)
    {
        JsonObject rest = settings.DeepClone().AsObject();
        foreach (string key in keys)
            rest.Remove(key);
        return rest.Count == 0 ? null : rest;
    }
}
