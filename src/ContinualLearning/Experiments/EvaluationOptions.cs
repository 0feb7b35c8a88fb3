using System.Text.Json.Serialization;

namespace Engram.ContinualLearning.Experiments;

/// <summary>What is measured after each task. Class-incremental accuracy always is: the largest of all outputs.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Report also the accuracy with the outputs masked to the classes of the image's own task (task-incremental).</summary>
    public bool TaskIncremental { get; set; }

    /// <summary>Measure all tasks before the first batch; forward transfer needs it.</summary>
    public bool UntrainedRow { get; set; } = true;

    /// <summary>
    /// Measure tasks that were not trained yet; forward transfer needs it. Without it, forgetting is measured against the rows from a task's own on.
    /// </summary>
    public bool FutureTasks { get; set; } = true;

    /// <summary>
    /// Choose among the classes of the tasks learned until then (and of the tested one, where that comes later) instead of all outputs. Proxies and weights of classes to come are
    /// as they were drawn, and untrained ones can win against trained ones: accuracies before the last task, forgetting and any-time accuracy then say more. The last row, and
    /// so ACC, is the same. Only with the shared head.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool SeenClasses { get; set; }

    /// <summary>β of the learning curve area LCA_β (A-GEM, arXiv 1812.00420): accuracy after each of the first β batches; not measured when left out.</summary>
    public int? BetaLca { get; set; }

    /// <summary>
    /// Report also average any-time accuracy, retention, and how far class proxies (the head's rows, or the means that a sample is classified by) have drifted since
    /// the task that introduced them, with their paths in a plane.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Drift { get; set; }

    /// <summary>Measure the retrieved sets while training: how far apart they are, how far from their proxies, how they conflict. Not measured when left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RetrievalMeasureOptions? Retrieval { get; set; }

    /// <summary>
    /// Report also open-set recognition: after every task but the last the AUROC of test images of the tasks learned against those of the tasks to come, by the
    /// largest logit among the classes seen (with a cosine head the nearest proxy's cosine). Its mean over the tasks is the extra <c>openSetAuroc</c>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool OpenSet { get; set; }

    /// <summary>Report also how many training images a class of a task has, the fewest and the most: datasets at hand may be parts of the published ones.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ImagesPerClass { get; set; }

    /// <summary>
    /// Measure inner products of the updates with the gradients of old tasks, on the memory and on the tasks' data: the generalization gap of gradient
    /// constraints. Not measured when left out.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ConstraintGapOptions? ConstraintGap { get; set; }

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (BetaLca is < 1 or > 1000)
            yield return $"evaluation.betaLca: expected 1 to 1000 batches, got {BetaLca}";
        foreach (string problem in Retrieval?.Problems() ?? [])
            yield return problem;
        foreach (string problem in ConstraintGap?.Problems() ?? [])
            yield return problem;
    }
}
