using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;
using Engram.Results;

namespace Engram.ContinualLearning;

/// <summary>
/// Follows class proxies from task to task and shows their paths in one plane: that of the two principal components of all snapshots together (Pearson 1901),
/// each brought to length 1 first. A bounded number of classes is followed, as many of each task, and a long stream is thinned out when it is shown.
/// </summary>
/// <param name="tasks">Length of the stream.</param>
public sealed class ProxyTrajectories(int tasks)
{
    private const int MostClasses = 20, MostPoints = 25;

    private readonly List<(int Class, int First, List<float[]> Points)> _paths = [];
    private int _taken;

    /// <summary>Takes a snapshot at a task's end; the first classes of the task that are new are followed from now on.</summary>
    /// <param name="classes">The classes of the task.</param>
    /// <param name="proxies">[classes, features].</param>
    public void Take(ReadOnlySpan<int> classes, in Tensor proxies)
    {
        int most = Math.Max(1, MostClasses / Math.Max(1, tasks)), added = 0;
        foreach (int c in classes)
        {
            if (added < most && _paths.Count < MostClasses && !_paths.Exists(path => path.Class == c))
            {
                _paths.Add((c, _taken, []));
                added++;
            }
        }

        foreach ((int c, _, List<float[]> points) in _paths)
            points.Add(ProxyDrift.Unit(proxies, c));
        _taken++;
    }

    /// <summary>The paths in their plane; null before there are three snapshots of proxies of two features or more.</summary>
    public ProxyPlane? Plane()
    {
        float[][] all = [.. _paths.SelectMany(path => path.Points)];
        if (all.Length < 3 || all[0].Length < 2)
            return null;
        int d = all[0].Length;
        double[] mean = new double[d];
        foreach (float[] point in all)
        {
            for (int k = 0; k < d; k++)
                mean[k] += point[k] / (double)all.Length;
        }

        float[] centred = new float[all.Length * d];
        double squares = 0;
        for (int i = 0; i < centred.Length; i++)
        {
            centred[i] = (float)(all[i / d][i % d] - mean[i % d]);
            squares += (double)centred[i] * centred[i];
        }

        using Tensor rows = Tensor.From(Device.Host, centred, all.Length, d), axes = Tensor.Zeros(Device.Host, d, 2), s = Tensor.Zeros(Device.Host, 2);
        Device.Host.TruncatedSvd(rows.T.View, new RandomizedSvdOptions(2) { Path = SvdPath.Gram }, axes.View, s.View, null);
        float[] directions = axes.ToArray(), lengths = s.ToArray();
        for (int a = 0; a < 2; a++)
        {
            // an axis has no sign of its own: its largest entry is made positive
            float largest = 0;
            for (int k = 0; k < d; k++)
                largest = Math.Abs(directions[(2 * k) + a]) > Math.Abs(largest) ? directions[(2 * k) + a] : largest;
            for (int k = 0; k < d && largest < 0; k++)
                directions[(2 * k) + a] = -directions[(2 * k) + a];
        }

        return new ProxyPlane
        {
            Explained = squares == 0 ? 1 : Math.Min(1, (((double)lengths[0] * lengths[0]) + ((double)lengths[1] * lengths[1])) / squares),
            Paths = [.. _paths.Select(path => PathOf(path.Class, path.First, path.Points, mean, directions))],
        };
    }

    private ProxyPath PathOf(int c, int first, List<float[]> points, double[] mean, float[] directions)
    {
        int[] shown = [.. Enumerable.Range(0, points.Count).Where(i => i == 0 || i == points.Count - 1 || Shown(first + i))];
        return new ProxyPath
        {
            Class = c, Tasks = [.. shown.Select(i => first + i)], X = [.. shown.Select(i => Along(points[i], 0))], Y = [.. shown.Select(i => Along(points[i], 1))],
        };

        double Along(float[] point, int axis)
        {
            double sum = 0;
            for (int k = 0; k < point.Length; k++)
                sum += (point[k] - mean[k]) * directions[(2 * k) + axis];
            return Math.Round(sum, 5);
        }
    }

    // every n-th task, so that a path has few points
    private bool Shown(int task) => task % Math.Max(1, (_taken + MostPoints - 1) / MostPoints) == 0;
}
