using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>Unfolds an experiment into its cells: methods × combinations of swept settings × seeds.</summary>
public static class ExperimentPlan
{
    /// <summary>Most cells that one experiment may have.</summary>
    public const int MostCells = 100_000;

    /// <summary>
    /// The cells, seed by seed (cells of one seed share their tasks' images), in each seed by method, in each method by settings.
    /// </summary>
    /// <exception cref="ConfigurationException">A sweep does not fit the configuration.</exception>
    public static IReadOnlyList<ExperimentCell> Cells(ExperimentOptions experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        List<string> problems = [];
        List<(ExperimentOptions Options, JsonObject? Settings)> arms = Arms(experiment, problems);
        if (problems.Count > 0)
            throw new ConfigurationException(experiment.Name, problems);
        List<ExperimentCell> cells = [];
        foreach (int seed in experiment.Seeds.Values)
        {
            foreach ((ExperimentOptions options, JsonObject? settings) in arms)
            {
                ExperimentOptions own = options with { Seeds = new SeedList(seed) };
                cells.Add(new ExperimentCell { Options = own, Settings = settings, Fingerprint = FingerprintOf(own) });
            }
        }

        return cells;
    }

    /// <summary>Adds what is wrong with the sweeps of an experiment that is itself in order.</summary>
    internal static void Check(ExperimentOptions experiment, List<string> problems)
    {
        List<string> found = [];
        int arms = Arms(experiment, found).Count;
        problems.AddRange(found.Where(problem => !problems.Contains(problem)).Distinct());
        if ((long)arms * experiment.Seeds.Values.Count > MostCells)
            problems.Add($"sweep: {arms} combinations × {experiment.Seeds.Values.Count} seeds are more than {MostCells} cells");
    }

    /// <summary>Every method at every combination of its settings, with the experiment's seeds still in place.</summary>
    private static List<(ExperimentOptions, JsonObject?)> Arms(ExperimentOptions experiment, List<string> problems)
    {
        List<(ExperimentOptions, JsonObject?)> arms = [];
        JsonObject template = ExperimentFile.ToJson(experiment);
        List<(string Key, string Path, JsonArray Values)> common = Axes(experiment.Sweep, "sweep", "", problems);
        foreach ((string key, _, _) in common.Where(axis => IsFixed(axis.Key)))
            problems.Add($"sweep.{key}: cannot be swept; settings of one method belong into that method's own sweep");
        for (int m = 0; m < experiment.Methods.Count; m++)
        {
            MethodOptions method = experiment.Methods[m];
            (string Key, string Path, JsonArray Values)[] axes =
                [.. common, .. Axes(method.Sweep, $"methods[{m}].sweep", "methods[0].", problems)];
            if (axes.Length == 0)
            {
                arms.Add((experiment with { Methods = [method] }, null));
                continue;
            }

            if (problems.Count > 0)
                continue;
            long count = axes.Aggregate(1L, (product, axis) => Math.Min(MostCells + 1L, product * axis.Values.Count));
            if (count > MostCells)
            {
                problems.Add($"sweep: the combinations for method \"{method.Name}\" are more than {MostCells}");
                continue;
            }

            for (long index = 0; index < count; index++)
            {
                JsonObject keys = (JsonObject)template.DeepClone(), settings = [];
                keys["sweep"] = null;
                JsonObject own = (JsonObject)keys["methods"]!.AsArray()[m]!.DeepClone();
                own["sweep"] = null;
                own["baseline"] = null;
                keys["methods"] = new JsonArray(own);
                long rest = index;
                // The last axis runs fastest, as in nested loops.
                for (int a = axes.Length - 1; a >= 0; a--)
                {
                    (string key, string path, JsonArray values) = axes[a];
                    JsonNode? value = values[(int)(rest % values.Count)];
                    rest /= values.Count;
                    if (ConfigurationPath.Set(keys, path, value?.DeepClone()) is { } problem)
                        problems.Add("sweep: " + problem);
                    settings.Insert(0, key, value?.DeepClone());
                }

                List<string> found = [];
                ExperimentOptions? options = ExperimentFile.Convert(keys, found);
                // The same thing wrong in a hundred combinations is said once, with the first of them.
                problems.AddRange(found.Where(problem => !problems.Exists(said => said.EndsWith(": " + problem, StringComparison.Ordinal)))
                    .Select(problem => $"sweep ({CellResult.LabelOf(method.Name, settings)}): {problem}"));
                if (options is not null && found.Count == 0)
                    arms.Add((options with { Methods = [options.Methods[0] with { Baseline = method.Baseline }] }, settings));
            }
        }

        return arms;
    }

    private static List<(string Key, string Path, JsonArray Values)> Axes(JsonObject? sweep, string where, string prefix, List<string> problems)
    {
        List<(string, string, JsonArray)> axes = [];
        foreach ((string key, JsonNode? value) in sweep ?? [])
        {
            if (value is JsonArray { Count: > 0 } values)
                axes.Add((key, prefix + key, values));
            else
                problems.Add($"{where}.{key}: expected a list of at least one value, got {value?.ToJsonString() ?? "null"}");
        }

        return axes;
    }

    private static bool IsFixed(string key) => key.Split('.', '[')[0] is "methods" or "seeds" or "sweep" or "name" or "description";

    private static string FingerprintOf(ExperimentOptions cell)
    {
        // The name of the experiment and its comparisons change no number; everything else may.
        ExperimentOptions bare = cell with
        {
            Name = "cell",
            Description = "",
            Sweep = null,
            Methods = [cell.Methods[0] with { Baseline = null, Sweep = null }],
        };
        string text = $"schema {ResultDocument.CurrentSchemaVersion}\n{ExperimentFile.ToJson(bare).ToJsonString()}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
