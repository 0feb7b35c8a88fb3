using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>Reads experiments: a JSON file, or one of the presets that this library carries, with single values replaced on request.</summary>
public static class ExperimentFile
{
    private const string Folder = "experiments/";
    private const long LargestFile = 4 << 20;

    /// <summary>Names of the presets, sorted.</summary>
    public static IReadOnlyList<string> Presets { get; } = [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && name.EndsWith(".json", StringComparison.Ordinal))
        .Select(name => name[Folder.Length..^".json".Length]).Order(StringComparer.Ordinal)];

    /// <summary>Reads and checks an experiment.</summary>
    /// <param name="nameOrPath">Name of a preset, or path of a file.</param>
    /// <param name="changes">Values to replace: key path and value as text, e.g. <c>("optimizer.learningRate", "0.1")</c>.</param>
    /// <param name="seeds">Seeds in place of the experiment's own, everywhere.</param>
    /// <param name="budget">How much of the experiment is run, everywhere.</param>
    /// <exception cref="ConfigurationException">There is no such experiment, or something is wrong with it; all problems are listed.</exception>
    public static ExperimentOptions Load(
        string nameOrPath, IReadOnlyList<(string Key, string Value)>? changes = null, SeedList? seeds = null, RunBudget? budget = null)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        string text = Read(nameOrPath);
        return Parse(text, nameOrPath, changes, seeds, budget);
    }

    /// <summary>Checks and reads an experiment from JSON text; comments and trailing commas are allowed.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">Name used in complaints.</param>
    /// <param name="changes">Values to replace, as in <see cref="Load"/>.</param>
    /// <param name="seeds">Seeds in place of the experiment's own, everywhere.</param>
    /// <param name="budget">How much of the experiment is run, everywhere.</param>
    /// <exception cref="ConfigurationException">Something is wrong with it; all problems are listed.</exception>
    public static ExperimentOptions Parse(
        string json, string source = "experiment", IReadOnlyList<(string Key, string Value)>? changes = null, SeedList? seeds = null,
        RunBudget? budget = null)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(json, documentOptions: new JsonDocumentOptions
            {
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
                AllowDuplicateProperties = false,
            });
        }
        catch (JsonException e)
        {
            throw new ConfigurationException(source, [$"not readable as JSON: {e.Message}"]);
        }

        if (root is not JsonObject keys)
            throw new ConfigurationException(source, ["expected an object { … } at the top"]);
        List<string> problems = [];
        foreach ((string key, string value) in changes ?? [])
        {
            if ((ConfigurationPath.Set(keys, key, ConfigurationPath.ValueOf(value)) ?? EverywhereSetting.Hidden(keys, key)) is { } problem)
                problems.Add("--set " + problem);
        }

        if (seeds is not null)
            EverywhereSetting.Write(keys, "seeds", new JsonArray([.. seeds.Values.Select(seed => (JsonNode)JsonValue.Create(seed))]), "--seeds", problems);
        if (budget?.Fraction is { } fraction)
            EverywhereSetting.Write(keys, "dataset.fraction", fraction, "--fraction", problems);
        if (budget?.Epochs is { } epochs)
            EverywhereSetting.Write(keys, "training.epochs", epochs, "--epochs", problems);
        ExperimentOptions? options = Convert(keys, problems);
        if (options is not null)
            ExperimentPlan.Check(options, problems);
        return problems.Count == 0 && options is not null ? options : throw new ConfigurationException(source, problems);
    }

    /// <summary>The experiment as JSON, every default filled in.</summary>
    public static JsonObject ToJson(ExperimentOptions options) =>
        (JsonObject)JsonSerializer.SerializeToNode(options, ExperimentJsonContext.Default.ExperimentOptions)!;

    /// <summary>Checks JSON against the records and the records' own rules; null when too little of it fits.</summary>
    internal static ExperimentOptions? Convert(JsonObject keys, List<string> problems)
    {
        JsonTypeInfo<ExperimentOptions> type = ExperimentJsonContext.Default.ExperimentOptions;
        problems.AddRange(ConfigurationSchema.Check(keys, type, out JsonNode? fitting));
        try
        {
            // What fits is read even when other keys do not, so that wrong values are listed together with wrong keys.
            ExperimentOptions? options = fitting is null ? null : fitting.Deserialize(type);
            if (options is not null)
                problems.AddRange(options.Problems().Where(problem => !problems.Contains(problem)));
            return options;
        }
        catch (JsonException e)
        {
            if (problems.Count == 0)
                problems.Add(e.Message);
            return null;
        }
    }

    private static string Read(string nameOrPath)
    {
        if (Presets.Contains(nameOrPath))
        {
            using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Folder + nameOrPath + ".json")!;
            using StreamReader reader = new(stream);
            return reader.ReadToEnd();
        }

        try
        {
            FileInfo file = new(nameOrPath);
            if (file.Exists)
            {
                return file.Length <= LargestFile
                    ? File.ReadAllText(nameOrPath)
                    : throw new ConfigurationException(nameOrPath, [$"{file.Length} bytes are too many for an experiment (at most {LargestFile})"]);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ConfigurationException(nameOrPath, [$"cannot be read: {e.Message}"]);
        }

        string? nearest = EditDistance.Nearest(nameOrPath, Presets);
        throw new ConfigurationException(nameOrPath, [
            $"there is no such file and no such preset; {(nearest is null ? "" : $"did you mean {nearest}? ")}Presets: {string.Join(", ", Presets)}"]);
    }
}
