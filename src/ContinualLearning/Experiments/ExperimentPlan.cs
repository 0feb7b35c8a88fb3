using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>Unfolds an experiment into its cells: places on the axes × methods × combinations of swept settings × seeds.</summary>
public static class ExperimentPlan
{
    /// <summary>Most cells that one experiment may have.</summary>
    public const int MostCells = 100_000;

    /// <summary>A method at one place, with the seeds that it runs with there.</summary>
    private sealed record Arm(ExperimentOptions Options, JsonObject? Settings, SeedList Seeds);

    /// <summary>
    /// The cells, seed by seed (cells of one seed share their tasks' images), in each seed by place on the axes, there by method, and last by settings.
    /// </summary>
    /// <exception cref="ConfigurationException">An axis or a sweep does not fit the configuration.</exception>
    public static IReadOnlyList<ExperimentCell> Cells(ExperimentOptions experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        List<string> problems = [];
        List<Arm> arms = Arms(experiment, problems);
        if (problems.Count > 0)
            throw new ConfigurationException(experiment.Name, problems);
        List<ExperimentCell> cells = [];
        foreach (int seed in experiment.Seeds.Values.Concat(arms.SelectMany(arm => arm.Seeds.Values)).Distinct())
        {
            foreach (Arm arm in arms.Where(arm => arm.Seeds.Values.Contains(seed)))
            {
                ExperimentOptions own = arm.Options with { Seeds = new SeedList(seed) };
                cells.Add(new ExperimentCell { Options = own, Settings = arm.Settings, Fingerprint = FingerprintOf(own) });
            }
        }

        return cells;
    }

    /// <summary>The number of cells that <see cref="Cells"/> gives, without making them.</summary>
    /// <exception cref="ConfigurationException">An axis or a sweep does not fit the configuration.</exception>
    public static int Count(ExperimentOptions experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        List<string> problems = [];
        List<Arm> arms = Arms(experiment, problems);
        return problems.Count == 0 ? arms.Sum(arm => arm.Seeds.Values.Count) : throw new ConfigurationException(experiment.Name, problems);
    }

    /// <summary>Adds what is wrong with the axes and sweeps of an experiment that is itself in order.</summary>
    internal static void Check(ExperimentOptions experiment, List<string> problems)
    {
        List<string> found = [];
        List<Arm> arms = Arms(experiment, found);
        problems.AddRange(found.Where(problem => !problems.Contains(problem)).Distinct());
        if (found.Count == 0 && arms.Count == 0)
            problems.Add("methods: no method runs anywhere; look at only and except");
        if (arms.Sum(arm => (long)arm.Seeds.Values.Count) > MostCells)
            problems.Add($"sweep: {arms.Count} combinations with their seeds are more than {MostCells} cells");
    }

    /// <summary>
    /// Digest of the work that a cell is: two cells of one digest have the same numbers whatever they are called. Beyond the fingerprint it knows
    /// that the experiment's number of replayed images does not touch a method that replays none, or has a number of its own.
    /// </summary>
    internal static string WorkOf(ExperimentCell cell) => CellRunner.UsesReplayBatch(cell.Method.Strategy)
        ? cell.Fingerprint
        : FingerprintOf(cell.Options with { Training = cell.Options.Training with { ReplayBatch = null } });

    private static List<Arm> Arms(ExperimentOptions experiment, List<string> problems)
    {
        List<Arm> arms = [];
        ExperimentAxes axes = ExperimentAxes.Read(experiment, problems);
        JsonObject template = ExperimentFile.ToJson(experiment);
        List<(string Key, string Path, JsonArray Values)> common = Sweeps(experiment.Sweep, "sweep", "", problems);
        foreach ((string key, _, _) in common.Where(sweep => IsFixed(sweep.Key)))
            problems.Add($"sweep.{key}: cannot be swept; settings of one method belong into that method's own sweep");
        for (int m = 0; m < experiment.Methods.Count; m++)
        {
            MethodOptions method = experiment.Methods[m];
            (string Key, string Path, JsonArray Values)[] sweeps =
                [.. common, .. Sweeps(method.Sweep, $"methods[{m}].sweep", "methods[0].", problems)];
            if (problems.Count > 0)
                continue;
            if (experiment.Axes is null && sweeps.Length == 0)
            {
                arms.Add(new Arm(experiment with { Methods = [method] }, null, experiment.Seeds));
                continue;
            }

            long count = sweeps.Aggregate(1L, (product, sweep) => Math.Min(MostCells + 1L, product * sweep.Values.Count));
            foreach ((JsonObject place, IReadOnlyList<AxisVariant> variants) in axes.PlacesOf(method.Name))
            {
                SeedList seeds = variants.Select(variant => variant.Seeds).LastOrDefault(own => own is not null) ?? experiment.Seeds;
                if (count * seeds.Values.Count > MostCells - arms.Count)
                {
                    problems.Add($"sweep: the combinations for method \"{method.Name}\" are more than {MostCells}");
                    break;
                }

                JsonObject keys = Alone(template, m);
                List<(string Path, JsonNode? Value)> changes = [.. variants.SelectMany(variant => variant.For(method.Name))];
                for (long index = 0; index < count; index++)
                {
                    JsonObject settings = place.DeepClone().AsObject();
                    List<(string Path, JsonNode? Value)> swept = Combination(sweeps, index, settings);
                    if (Resolve(keys, [.. changes, .. swept], CellResult.LabelOf(method.Name, settings), problems) is { } options)
                        arms.Add(new Arm(options with { Methods = [options.Methods[0] with { Baseline = method.Baseline }] }, settings.Count == 0 ? null : settings, seeds));
                }
            }
        }

        // Arms that share a place stand together, as the rows of a table.
        return [.. arms.OrderBy(arm => axes.OrderOf(arm.Settings))];
    }

    /// <summary>The values of one combination of swept settings; they are added to the settings too.</summary>
    private static List<(string, JsonNode?)> Combination((string Key, string Path, JsonArray Values)[] sweeps, long index, JsonObject settings)
    {
        List<(string, JsonNode?)> changes = [];
        int before = settings.Count;
        // The last sweep runs fastest, as in nested loops.
        for (int a = sweeps.Length - 1; a >= 0; a--)
        {
            (string key, string path, JsonArray values) = sweeps[a];
            JsonNode? value = values[(int)(index % values.Count)];
            index /= values.Count;
            changes.Add((path, value));
            settings.Insert(before, key, value?.DeepClone());
        }

        return changes;
    }

    /// <summary>The experiment of one method alone, without what unfolds it.</summary>
    private static JsonObject Alone(JsonObject template, int method)
    {
        JsonObject keys = template.DeepClone().AsObject();
        keys["sweep"] = null;
        keys.Remove("axes");
        JsonObject own = keys["methods"]!.AsArray()[method]!.DeepClone().AsObject();
        own["sweep"] = null;
        own["baseline"] = null;
        own.Remove("only");
        own.Remove("except");
        keys["methods"] = new JsonArray(own);
        return keys;
    }

    private static ExperimentOptions? Resolve(
        JsonObject keys, IReadOnlyList<(string Path, JsonNode? Value)> changes, string label, List<string> problems)
    {
        JsonObject whole = keys.DeepClone().AsObject();
        List<string> found = [];
        foreach ((string path, JsonNode? value) in changes)
        {
            if (ConfigurationPath.Set(whole, path, value?.DeepClone()) is { } problem)
                found.Add(problem);
        }

        ExperimentOptions? options = found.Count == 0 ? ExperimentFile.Convert(whole, found) : null;
        // The same thing wrong in a hundred combinations is said once, with the first of them.
        problems.AddRange(found.Where(problem => !problems.Exists(said => said.EndsWith(": " + problem, StringComparison.Ordinal)))
            .Select(problem => $"cell ({label}): {problem}"));
        return found.Count == 0 ? options : null;
    }

    private static List<(string Key, string Path, JsonArray Values)> Sweeps(JsonObject? sweep, string where, string prefix, List<string> problems)
    {
        List<(string, string, JsonArray)> sweeps = [];
        foreach ((string key, JsonNode? value) in sweep ?? [])
        {
            if (value is JsonArray { Count: > 0 } values)
                sweeps.Add((key, prefix + key, values));
            else
                problems.Add($"{where}.{key}: expected a list of at least one value, got {value?.ToJsonString() ?? "null"}");
        }

        return sweeps;
    }

    private static bool IsFixed(string key) => key.Split('.', '[')[0] is "methods" or "seeds" or "sweep" or "axes" or "name" or "description";

    private static string FingerprintOf(ExperimentOptions cell)
    {
        // The name of the experiment and its comparisons change no number; everything else may.
        ExperimentOptions bare = cell with
        {
            Name = "cell",
            Description = "",
            Sweep = null,
            Axes = null,
            Methods = [cell.Methods[0] with { Baseline = null, Sweep = null, Only = null, Except = null }],
        };
        string text = $"schema {ResultDocument.CurrentSchemaVersion}\n{ExperimentFile.ToJson(bare).ToJsonString()}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
