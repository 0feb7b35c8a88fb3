using Engram.Data;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// How well a learner knows what it does not know: the score of a test image is its largest logit among the classes seen so far (with a cosine head the nearest
/// proxy's cosine), and after every task but the last the images of tasks learned are told from those of tasks to come.
/// </summary>
internal static class OpenSetProbe
{
    private const int BlockRows = 512;

    /// <summary>AUROC of images of seen classes against images of unseen ones.</summary>
    /// <param name="learner">The learner.</param>
    /// <param name="tasks">All tasks.</param>
    /// <param name="last">The task learned last.</param>
    public static double Area(Learner learner, CellTasks tasks, int last)
    {
        int[] seen = [.. Enumerable.Range(0, last + 1).SelectMany(t => tasks[t].Classes).Distinct()];
        // a later task with a class that is known already is no open set
        int[] unseen = [.. Enumerable.Range(last + 1, tasks.Count - last - 1).Where(t => !tasks[t].Classes.Any(seen.Contains))];
        return Auroc.Of(
            [.. Enumerable.Range(0, last + 1).SelectMany(t => Scores(learner, tasks[t].Test, seen))],
            [.. unseen.SelectMany(t => Scores(learner, tasks[t].Test, seen))]);
    }

    private static float[] Scores(Learner learner, ImageSet images, int[] seen)
    {
        int outputs = learner.Model.Outputs, inputs = learner.Model.Inputs;
        float[] scores = new float[images.Count], x = new float[BlockRows * inputs], logits = new float[BlockRows * outputs];
        for (int start = 0; start < images.Count; start += BlockRows)
        {
            int rows = Math.Min(BlockRows, images.Count - start);
            images.CopyTo([.. Enumerable.Range(start, rows)], x.AsSpan(0, rows * inputs));
            learner.Predict(x.AsSpan(0, rows * inputs), rows, logits.AsSpan(0, rows * outputs));
            for (int i = 0; i < rows; i++)
                scores[start + i] = seen.Max(c => logits[(i * outputs) + c]);
        }

        return scores;
    }
}
