using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report;

/// <summary>Accuracies on different datasets share no axis: a document that swept over datasets becomes one document per dataset.</summary>
internal static class DatasetSplit
{
    /// <summary>The documents as they are, or, where the setting <see cref="ResultDocument.DatasetSetting"/> has several values, one per value.</summary>
    public static IEnumerable<ResultDocument> Of(ResultDocument document)
    {
        string[] datasets = [.. document.Methods.Select(method => NameOf(method.Settings)).OfType<string>().Distinct(StringComparer.Ordinal)];
        if (datasets.Length < 2)
            return [document];
        return datasets.Select(dataset => document with
        {
            Name = $"{document.Name}: {dataset}",
            Methods = [.. document.Methods.Where(method => NameOf(method.Settings) == dataset).Select(method => method with { Settings = Without(method.Settings!) })],
            Images = [.. document.Images.Where(image => image.Dataset == dataset)],
        });
    }

    private static string? NameOf(JsonObject? settings) => settings?[ResultDocument.DatasetSetting]?.ToString();

    private static JsonObject? Without(JsonObject settings)
    {
        JsonObject rest = settings.DeepClone().AsObject();
        rest.Remove(ResultDocument.DatasetSetting);
        return rest.Count == 0 ? null : rest;
    }
}
