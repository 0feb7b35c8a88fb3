namespace Engram.ContinualLearning.Experiments;

/// <summary>What a cell has measured so far; with a learner's checkpoint, all that is needed to go on at a task's end.</summary>
internal sealed record CellProgress
{
    /// <summary>Tasks that are trained, ended and measured.</summary>
    public required int TasksDone { get; set; }

    /// <summary>Wall time so far.</summary>
    public required double Seconds { get; set; }

    /// <summary>Steps with replayed rows.</summary>
    public required long Replayed { get; set; }

    /// <summary>Steps whose gradient a constraint changed.</summary>
    public required long Projected { get; set; }

    /// <summary>Accuracies, NaN where not measured. [tasks + 1][tasks]</summary>
    public required double[][] Matrix { get; init; }

    /// <summary>Accuracies among each task's own outputs. [tasks + 1][tasks]</summary>
    public required double[][] Masked { get; init; }

    /// <summary>A sample of step times.</summary>
    public required float[] StepMicroseconds { get; init; }

    /// <summary>Inner products of the updates, one row per task from the second on; null where they are not measured.</summary>
    public List<Results.ConstraintGapRow>? Gap { get; set; }

    /// <summary>AUROC of seen against unseen classes, one entry per task done but the stream's last; null where it is not measured.</summary>
    public List<double>? OpenSet { get; set; }

    /// <summary>Nothing measured yet.</summary>
    public static CellProgress Start(int tasks) => new()
    {
        TasksDone = 0, Seconds = 0, Replayed = 0, Projected = 0, Matrix = Unmeasured(tasks), Masked = Unmeasured(tasks), StepMicroseconds = [],
    };

    private static double[][] Unmeasured(int tasks)
    {
        double[][] matrix = new double[tasks + 1][];
        for (int i = 0; i <= tasks; i++)
        {
            matrix[i] = new double[tasks];
            Array.Fill(matrix[i], double.NaN);
        }

        return matrix;
    }
}
