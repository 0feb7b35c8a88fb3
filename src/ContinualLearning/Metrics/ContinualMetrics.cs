using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>
/// Metrics of an accuracy matrix [T+1, T]: row 0 is the untrained network b, row i the accuracies R[i, ·] after task i; column j is task j.
/// Undefined values (transfer of a single task, rows that were not measured) are NaN, never 0.
/// </summary>
public static class ContinualMetrics
{
    /// <summary>Mean of the last row.</summary>
    public static double Acc(double[][] matrix)
    {
        int tasks = Check(matrix);
        double sum = 0;
        for (int j = 0; j < tasks; j++)
            sum += matrix[tasks][j];
        return sum / tasks;
    }

    /// <summary>Backward transfer: mean over j &lt; T of R[T, j] − R[j, j]; negative means forgetting (arXiv 1706.08840).</summary>
    /// <param name="matrix">[T+1, T].</param>
    /// <param name="publishedDivisor">Divide by T instead of T−1, as GEM's published code does.</param>
    public static double Bwt(double[][] matrix, bool publishedDivisor = false)
    {
        int tasks = Check(matrix);
        double sum = 0;
        for (int j = 0; j < tasks - 1; j++)
            sum += matrix[tasks][j] - matrix[j + 1][j];
        return Mean(sum, tasks, publishedDivisor);
    }

    /// <summary>Forward transfer: mean over j ≥ 2 of R[j−1, j] − b[j].</summary>
    /// <param name="matrix">[T+1, T].</param>
    /// <param name="publishedDivisor">Divide by T instead of T−1, as GEM's published code does.</param>
    public static double Fwt(double[][] matrix, bool publishedDivisor = false)
    {
        int tasks = Check(matrix);
        double sum = 0;
        for (int j = 1; j < tasks; j++)
            sum += matrix[j][j] - matrix[0][j];
        return Mean(sum, tasks, publishedDivisor);
    }

    /// <summary>Forgetting: mean over j &lt; T of max over earlier rows of R[·, j], minus R[T, j] (arXiv 1812.00420).</summary>
    public static double Forgetting(double[][] matrix, ForgettingBaseline baseline = ForgettingBaseline.AllEarlierRows)
    {
        int tasks = Check(matrix);
        double sum = 0;
        for (int j = 0; j < tasks - 1; j++)
            sum += Drop(matrix, j, baseline);
        return Mean(sum, tasks, publishedDivisor: false);
    }

    /// <summary>The largest of the drops that <see cref="Forgetting"/> averages.</summary>
    public static double WorstForgetting(double[][] matrix, ForgettingBaseline baseline = ForgettingBaseline.AllEarlierRows)
    {
        int tasks = Check(matrix);
        double worst = double.NaN;
        for (int j = 0; j < tasks - 1; j++)
        {
            double drop = Drop(matrix, j, baseline);
            worst = j == 0 ? drop : Math.Max(worst, drop);
        }

        return worst;
    }

    /// <summary>Learning accuracy: mean of the diagonal R[j, j].</summary>
    public static double LearningAccuracy(double[][] matrix)
    {
        int tasks = Check(matrix);
        double sum = 0;
        for (int j = 0; j < tasks; j++)
            sum += matrix[j + 1][j];
        return sum / tasks;
    }

    /// <summary>Average any-time accuracy: after every task the mean over the tasks so far, and the mean of those.</summary>
    public static double AnytimeAccuracy(double[][] matrix)
    {
        int tasks = Check(matrix);
        double sum = 0;
        for (int row = 1; row <= tasks; row++)
        {
            double accuracies = 0;
            for (int j = 0; j < row; j++)
                accuracies += matrix[row][j];
            sum += accuracies / row;
        }

        return sum / tasks;
    }

    /// <summary>Retention: mean over j of R[T, j]/R[j, j], what is left of what was learned; tasks never learned (0) are left out.</summary>
    public static double Retention(double[][] matrix)
    {
        int tasks = Check(matrix), counted = 0;
        double sum = 0;
        for (int j = 0; j < tasks; j++)
        {
            if (matrix[j + 1][j] == 0)
                continue;
            sum += matrix[tasks][j] / matrix[j + 1][j];
            counted++;
        }

        return counted == 0 ? double.NaN : sum / counted;
    }

    /// <summary>All metrics of a matrix, as a result file keeps them.</summary>
    /// <param name="matrix">[T+1, T].</param>
    /// <param name="baseline">For forgetting.</param>
    /// <param name="lca">Area under the learning curve where it was measured.</param>
    /// <param name="taskIncrementalAcc">Masked accuracy where it was measured.</param>
    public static CellMetrics Of(
        double[][] matrix, ForgettingBaseline baseline = ForgettingBaseline.AllEarlierRows, double? lca = null, double? taskIncrementalAcc = null) => new()
    {
        Acc = Acc(matrix),
        Bwt = Bwt(matrix),
        Fwt = Fwt(matrix),
        Forgetting = Forgetting(matrix, baseline),
        LearningAccuracy = LearningAccuracy(matrix),
        WorstForgetting = WorstForgetting(matrix, baseline),
        Lca = lca,
        TaskIncrementalAcc = taskIncrementalAcc,
    };

    private static double Drop(double[][] matrix, int task, ForgettingBaseline baseline)
    {
        int tasks = matrix.Length - 1;
        int first = baseline == ForgettingBaseline.AllEarlierRows ? 1 : task + 1;
        double best = matrix[first][task];
        for (int i = first + 1; i < tasks; i++)
            best = Math.Max(best, matrix[i][task]); // Math.Max hands NaN on: an unmeasured row leaves the drop undefined
        return best - matrix[tasks][task];
    }

    private static double Mean(double sum, int tasks, bool publishedDivisor) =>
        tasks < 2 ? double.NaN : sum / (publishedDivisor ? tasks : tasks - 1);

    private static int Check(double[][] matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        int tasks = matrix.Length - 1;
        if (tasks < 1)
            throw new ArgumentException($"metrics: expected an accuracy matrix [T+1, T] with the untrained row first, got {matrix.Length} rows");
        for (int i = 0; i <= tasks; i++)
        {
            if (matrix[i] is null || matrix[i].Length != tasks)
                throw new ArgumentException($"metrics: {tasks + 1} rows need {tasks} columns each, row {i} has {matrix[i]?.Length ?? 0}");
        }

        return tasks;
    }
}
