using Engram.Kernels;

namespace Engram.Data;

/// <summary>
/// Tasks whose boundaries are blurred (after i-Blurry, Koh et al. 2022, arXiv 2110.10031): every task gives a share of its images away and gets as many of
/// other tasks' images. Every image stays in the stream exactly once, and every task keeps its size.
/// </summary>
internal static class BlurredTasks
{
    private const int Sweeps = 4;

    /// <summary>Exchanges images between tasks.</summary>
    /// <param name="own">Images of every task. [tasks][images]</param>
    /// <param name="share">The share of a task's images, rounded to whole images, that come from other tasks, in [0, 1]. A task that would give more than all
    /// others together give exchanges as many as those.</param>
    /// <param name="seed">Decides which images, and where they go.</param>
    /// <returns>Images of every task: its own that it kept, in their order, then those it got. [tasks][images]</returns>
    public static int[][] Exchange(int[][] own, double share, ulong seed)
    {
        int[] counts = [.. own.Select(images => (int)Math.Round(share * images.Length))];
        int largest = Array.IndexOf(counts, counts.Max());
        counts[largest] = Math.Min(counts[largest], counts.Sum() - counts[largest]);
        int most = counts.Max(), all = counts.Sum();
        int[] given = new int[all], from = new int[all], at = new int[all];
        int[][] kept = new int[own.Length][];
        for (int task = 0, place = 0; task < own.Length; task++)
        {
            RandomCursor random = Draws.Blur(seed, task);
            int[] order = [.. Enumerable.Range(0, own[task].Length)];
            random.Permutation(order);
            foreach (int i in order.AsSpan(0, counts[task]))
            {
                (given[place], from[place], at[place]) = (own[task][i], task, task);
                place++;
            }

            kept[task] = [.. order.Skip(counts[task]).Order().Select(i => own[task][i])];
        }

        // places lie task by task: all images moved on by the largest number that a task gives, none comes back to its own task
        int[] source = [.. Enumerable.Range(0, all).Select(place => (place + most) % all)];
        RandomCursor swaps = Draws.Blur(seed, own.Length);
        for (int step = 0; step < Sweeps * all; step++)
        {
            int a = step % all, b = swaps.NextInt32(all);
            if (from[source[b]] != at[a] && from[source[a]] != at[b])
                (source[a], source[b]) = (source[b], source[a]);
        }

        return [.. kept.Select((images, task) => (int[])[.. images, .. Enumerable.Range(0, all).Where(place => at[place] == task).Select(place => given[source[place]])])];
    }
}
