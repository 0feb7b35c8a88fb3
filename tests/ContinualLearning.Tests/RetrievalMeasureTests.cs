using Engram.Data;
using Engram.Kernels;
using Engram.Results;

namespace Engram.ContinualLearning.Tests;

public class RetrievalMeasureTests
{
    [Fact]
    public void Candidates_and_replayed_rows_are_counted_by_class_and_by_age()
    {
        using var learner = new Learner(Toy.Options(new BalancedRetrievalOptions { Conflicting = 2, Aligned = 2, Candidates = 12, Replay = new BufferOptions { Capacity = 40 } }));
        Toy.Train(learner, Toy.Task(0, 80, classes: 2), 20);
        RetrievalCounts first = learner.Retrieved!;
        Assert.Equal(4 * 19, first.ReplayedByClass.Sum()); // the memory is empty at the first step
        Assert.Equal(8 + (12 * 18), first.DrawnByClass.Sum()); // and holds one batch at the second
        Assert.Equal([0, 0], first.DrawnByClass.Skip(2));
        Assert.Equal([first.ReplayedByClass.Sum()], first.ReplayedByAge);
        learner.EndTask();
        Toy.Train(learner, Toy.Task(0, 80, classes: 2, firstClass: 2), 20);
        RetrievalCounts both = learner.Retrieved!;
        Assert.Equal(2, both.ReplayedByAge.Count);
        Assert.Equal(both.ReplayedByClass.Sum(), both.ReplayedByAge.Sum());
        Assert.Equal(both.DrawnByClass.Take(2).Sum() - first.DrawnByClass.Sum(), both.DrawnByAge[1]); // old classes drawn since are one task old
        Assert.Null(new Learner(Toy.Options(new FineTuneOptions())).Retrieved);
    }

    [Fact]
    public void Paths_lie_in_the_plane_that_holds_most_of_the_variance_and_keep_their_distances_where_it_holds_all()
    {
        // proxies that move on a circle in a plane of six dimensions
        float[] Point(double angle) => [0, (float)Math.Cos(angle), 0, (float)Math.Sin(angle), 0, 0];
        var paths = new ProxyTrajectories(4);
        for (int task = 0; task < 4; task++)
        {
            using Tensor proxies = Tensor.From(Device.Host, [.. Point(0.1 * task), .. Point(2 + (0.3 * task)), .. Point(4)], 3, 6);
            paths.Take(task == 0 ? [0] : task == 1 ? [1, 0] : [2], proxies);
        }

        ProxyPlane plane = paths.Plane()!;
        Assert.Equal(1, plane.Explained, 1e-4);
        Assert.Equal([0, 1, 2], plane.Paths.Select(path => path.Class));
        Assert.Equal([0, 1, 2, 3], plane.Paths[0].Tasks);
        Assert.Equal([1, 2, 3], plane.Paths[1].Tasks);
        for (int i = 0; i < 3; i++)
        {
            double moved = Math.Sqrt(Math.Pow(plane.Paths[0].X[i + 1] - plane.Paths[0].X[i], 2) + Math.Pow(plane.Paths[0].Y[i + 1] - plane.Paths[0].Y[i], 2));
            Assert.Equal(2 * Math.Sin(0.05), moved, 1e-3); // the chord of a tenth
        }

        Assert.Equal(plane.Paths[2].X[0], plane.Paths[2].X[1], 1e-4); // class 2 stood still
        Assert.Null(new ProxyTrajectories(3).Plane());
    }

    [Fact]
    public void A_long_stream_has_few_classes_and_few_points()
    {
        var paths = new ProxyTrajectories(100);
        using Tensor proxies = Tensor.Uninitialized(Device.Host, 100, 8);
        for (int task = 0; task < 100; task++)
        {
            Device.Host.FillNormal(RandomStream.For(1, "proxies", (ulong)task), proxies.View, 0, 1);
            paths.Take([task, (task + 1) % 100], proxies);
        }

        ProxyPlane plane = paths.Plane()!;
        Assert.InRange(plane.Explained, 0.2, 0.5);
        Assert.Equal(20, plane.Paths.Count);
        Assert.All(plane.Paths, path => Assert.InRange(path.Tasks.Count, 2, 27));
        Assert.All(plane.Paths, path => Assert.Equal(99, path.Tasks[^1]));
        Assert.Equal(Enumerable.Range(0, 20), plane.Paths.Select(path => path.Tasks[0]));
    }
}
