namespace Engram.Data;

/// <summary>A scenario whose tasks all have the dataset's classes, each with one transform of its own; of known length.</summary>
public abstract record TransformScenario : ScenarioOptions
{
    /// <summary>The number of tasks.</summary>
    public int Tasks { get; set; } = 5;

    /// <summary>How images are dealt out to tasks.</summary>
    public Blocks Blocks { get; set; } = Blocks.Disjoint;

    /// <summary>The order of images before they are cut into disjoint blocks; without meaning for shared ones.</summary>
    public Arrangement Arrangement { get; set; } = Arrangement.FileOrder;

    /// <summary>The transform of one task, a pure function of its arguments.</summary>
    /// <param name="images">Any images of the dataset, for their size.</param>
    /// <param name="seed">The stream's seed.</param>
    /// <param name="task">The task.</param>
    private protected abstract IImageTransform TransformOf(ImageSet images, ulong seed, int task);

    private protected override void AddProblems(List<string> problems)
    {
        if (Tasks < 1)
        {
            problems.Add($"tasks: expected at least 1, got {Tasks}.");
        }

        if (!Enum.IsDefined(Blocks))
        {
            problems.Add($"blocks: expected disjoint or shared, got {Blocks}.");
        }

        if (!Enum.IsDefined(Arrangement))
        {
            problems.Add($"arrangement: expected file-order or shuffled, got {Arrangement}.");
        }
    }

    private protected override void AddProblems(Dataset dataset, List<string> problems)
    {
        int parts = Blocks == Blocks.Disjoint ? Tasks : 1;
        string place = Blocks == Blocks.Disjoint ? $"a block of one of {Tasks} tasks" : "the full set";
        Check("trainPerTask", TrainPerTask, dataset.Train.Count / parts, "training", problems);
        Check("testPerTask", TestPerTask, dataset.Test.Count / parts, "test", problems);

        void Check(string option, int? wanted, int available, string split, List<string> problems)
        {
            if (available < (wanted ?? 1))
            {
                problems.Add($"{option}: {wanted ?? 1} {split} images were asked for, {place} of {dataset.Name} holds {available}. Ask for fewer images or tasks.");
            }
        }
    }

    private protected override TaskStream Stream(Dataset dataset, ulong seed)
    {
        int[] classes = [.. Enumerable.Range(0, dataset.Train.ClassCount)];
        return StreamOf(dataset, Kind, Tasks, classes.Length, index =>
        {
            IImageTransform transform = TransformOf(dataset.Train, seed, index);
            string name = $"{dataset.Name}, {transform.Name}";
            return new StreamTask(
                index, transform.Name, classes,
                () => Part(dataset.Train, TrainPerTask, seed, index, train: true).Transform(transform, name),
                () => Part(dataset.Test, TestPerTask, seed, index, train: false).Transform(transform, name));
        });
    }

    private ImageSet Part(ImageSet images, int? limit, ulong seed, int task, bool train)
    {
        if (Blocks == Blocks.Shared)
        {
            return TaskDraw.Sample(images, limit, seed, task, train);
        }

        int size = images.Count / Tasks;
        int count = Math.Min(size, limit ?? size);
        return Arrangement == Arrangement.FileOrder
            ? images.Slice(task * size, count)
            : images.Subset(TaskDraw.Order(images.Count, seed, train).AsSpan(task * size, count));
    }
}
