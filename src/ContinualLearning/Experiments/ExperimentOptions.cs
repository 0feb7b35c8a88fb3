using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Engram.Data;
using Engram.Models;
using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>An experiment, as its JSON file states it: data, scenario, model, optimizer, methods, seeds and swept settings.</summary>
/// <remarks>
/// Options of experiments have setters and not init accessors: source-generated JSON hands init-only properties over as constructor arguments, and
/// a key that is left out would then not keep its default.
/// </remarks>
public sealed record ExperimentOptions
{
    /// <summary>A short name; names the folder of the results.</summary>
    public required string Name { get; set; }

    /// <summary>One or two sentences for <c>engram list</c>.</summary>
    public string Description { get; set; } = "";

    /// <summary>Which images.</summary>
    public DatasetOptions Dataset { get; set; } = new();

    /// <summary>How they become tasks.</summary>
    public ScenarioOptions Scenario { get; set; } = new RotationScenario();

    /// <summary>The network; its inputs and outputs come from the data.</summary>
    public ModelOptions Model { get; set; } = new MlpOptions();

    /// <summary>The optimizer.</summary>
    public OptimizerOptions Optimizer { get; set; } = new SgdOptions();

    /// <summary>Epochs and batches.</summary>
    public TrainingOptions Training { get; set; } = new();

    /// <summary>What is measured.</summary>
    public EvaluationOptions Evaluation { get; set; } = new();

    /// <summary>Example images in the result.</summary>
    public ImageOptions Images { get; set; } = new();

    /// <summary>The arms, at least one.</summary>
    public required IReadOnlyList<MethodOptions> Methods { get; set; }

    /// <summary>The seeds; every arm runs with each of them.</summary>
    public SeedList Seeds { get; set; } = new(0);

    /// <summary>
    /// Settings to go through: key paths with lists of values, <c>{"optimizer.learningRate": [0.1, 0.01]}</c>. Every
    /// combination is one cell per method and seed.
    /// </summary>
    public JsonObject? Sweep { get; set; }

    /// <summary>
    /// Named axes, <c>{"model": {"mlp": {"model": {…}, "optimizer.learningRate": 0.01}, "mixer": {…}}}</c>: a variant writes any number of settings (key
    /// paths, <c>methods[NAME].…</c> for one method's), may have <c>seeds</c> of its own and be restricted by <c>only</c> and <c>except</c>. Every
    /// combination of one variant per axis is a place where the methods run; where two axes write the same setting, the later axis counts.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonObject? Axes { get; set; }

    /// <summary>What is wrong with the settings, one sentence each, apart from what only the data can tell.</summary>
    public IEnumerable<string> Problems()
    {
        if (Name.Length is 0 or > 80 || Name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) || Name[0] == '.')
            yield return $"name: expected 1 to 80 letters, digits, '-', '_' or '.', got \"{Name}\"";
        if (Methods.Count == 0)
            yield return "methods: at least one method is needed, the list is empty";
        foreach (string twice in Methods.GroupBy(m => m.Name, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key))
            yield return $"methods: the name \"{twice}\" is used more than once";
        for (int i = 0; i < Methods.Count; i++)
        {
            MethodOptions method = Methods[i];
            if (method.Name.Length is 0 or > 80)
                yield return $"methods[{i}].name: expected 1 to 80 characters, got \"{method.Name}\"";
            if (method.Baseline is { } baseline && Methods.All(other => other.Name != baseline))
            {
                yield return $"methods[{i}].baseline: no method is called \"{baseline}\""
                    + (EditDistance.Nearest(baseline, Methods.Select(m => m.Name)) is { } nearest ? $"; did you mean \"{nearest}\"?" : "");
            }

            foreach (string problem in method.Strategy.Problems())
                yield return $"methods[{i}].{problem}";
        }

        IEnumerable<string> parts = [
            .. Dataset.Problems(), .. Scenario.Validate().Select(problem => "scenario." + problem), .. Model.Problems(), .. Optimizer.Problems(),
            .. Training.Problems(), .. Evaluation.Problems(), .. Images.Problems(), .. Seeds.Problems()];
        foreach (string problem in parts)
            yield return problem;
        if (Scenario is ClassSplitScenario { Blur: > 0 } && Training.Head != HeadPolicy.Shared)
            yield return "training.head: with scenario.blur a task has images of other tasks' classes, which a masked or multi-head would hide; use \"shared\"";
        if (Evaluation.SeenClasses && Training.Head != HeadPolicy.Shared)
            yield return "evaluation.seenClasses: a masked head, or several, choose among a task's own outputs already; use it with training.head \"shared\"";
        if (Evaluation.OpenSet && Training.Head == HeadPolicy.MultiHead)
            yield return "evaluation.openSet: several heads have no common score; use training.head \"shared\" or \"masked\"";
        if (Evaluation.OpenSet && Scenario is not ClassSplitScenario { LabelMapping: LabelMapping.Keep })
            yield return "evaluation.openSet: needs classes that are still to come: scenario.kind \"class-split\" with labelMapping \"keep\"";
        if (Scenario is DriftingRotationScenario)
            yield return "scenario.kind: a stream without an end cannot be an experiment; use rotation with angles \"random\" and a number of tasks";
    }
}
