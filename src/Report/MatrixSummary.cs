using Engram.Results;

namespace Engram.Report;

/// <summary>What the figures read off the accuracy matrices [tasks + 1, tasks] of the seeds of a method.</summary>
internal static class MatrixSummary
{
    /// <summary>Mean over the seeds, entry by entry; an entry that one seed did not measure is NaN. [tasks + 1][tasks]</summary>
    public static double[][] Mean(MethodResult method)
    {
        var seeds = method.AccuracyMatrices;
        var mean = new double[seeds[0].Length][];
        for (var i = 0; i < mean.Length; i++)
        {
            mean[i] = new double[mean.Length - 1];
            for (var j = 0; j < mean[i].Length; j++)
            {
                mean[i][j] = seeds.Average(matrix => matrix[i][j]);
            }
        }

        return mean;
    }

    /// <summary>Average accuracy over the tasks seen so far, after each task: A_i = mean of R[i, j] over j ≤ i. [tasks]</summary>
    public static Statistic[] CurveOverSeenTasks(MethodResult method)
    {
        var seeds = method.AccuracyMatrices;
        var curve = new Statistic[seeds[0].Length - 1];
        for (var i = 1; i <= curve.Length; i++)
        {
            curve[i - 1] = Statistic.Of([.. seeds.Select(matrix => matrix[i].Take(i).Average())]);
        }

        return curve;
    }
}
