using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>Which training samples of a task the fits of its classes may use; the same for every kind of generator, so that kinds can be compared.</summary>
internal static class FitSampleChoice
{
    /// <summary>Samples wanted at a task's end: s, or s for every class.</summary>
    public static int Wanted(FitSampleScope scope, int fitSamples, in TaskContext task) =>
        scope == FitSampleScope.PerTask ? fitSamples : checked(fitSamples * task.ClassCount);

    /// <summary>s random samples of the task grouped by class, or up to s of each class: indices [outputs][…].</summary>
    public static int[][] ByClass(ITaskSamples samples, int outputs, FitSampleScope scope, int fitSamples, ref RandomCursor random)
    {
        var order = new int[samples.Count];
        random.Permutation(order);
        var byClass = new List<int>[outputs];
        for (int label = 0; label < outputs; label++)
            byClass[label] = [];
        int taken = 0;
        foreach (int index in order)
        {
            List<int> group = byClass[samples.Label(index)];
            if (scope == FitSampleScope.PerTask ? taken++ < fitSamples : group.Count < fitSamples)
                group.Add(index);
        }

        return [.. byClass.Select(group => group.ToArray())];
    }

    /// <summary>The features of chosen samples as rows [indices.Length, features].</summary>
    public static float[] Rows(ITaskSamples samples, int[] indices)
    {
        var x = new float[checked(indices.Length * samples.Features)];
        samples.CopyTo(indices, x, new int[indices.Length]);
        return x;
    }
}
