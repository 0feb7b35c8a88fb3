using System.Globalization;
using System.Text.Json.Serialization;

namespace Engram.Data;

/// <summary>
/// Classes in groups: task t has the images of classes <c>order[t·k … t·k + k − 1]</c>, k classes per task, all of them unless limited.
/// </summary>
public sealed record ClassSplitScenario : ScenarioOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override string Kind => "class-split";

    /// <summary>The number of classes of a task.</summary>
    public int ClassesPerTask { get; set; } = 2;

    /// <summary>The number of tasks; as many as the classes give when left out.</summary>
    public int? Tasks { get; set; }

    /// <summary>Which outputs the classes use.</summary>
    public LabelMapping LabelMapping { get; set; } = LabelMapping.Modulo;

    /// <summary>The classes in the order in which they come, each at most once; 0, 1, 2, … when left out.</summary>
    public IReadOnlyList<int>? ClassOrder { get; set; }

    /// <summary>Whether the classes come in a random order that depends on the seed; not together with <see cref="ClassOrder"/>.</summary>
    public bool ShuffleClasses { get; set; }

    /// <summary>
    /// The share of every task's training images that come from other tasks' classes, in [0, 1]: boundaries are blurred, classes are shared between tasks. Every
    /// image stays in the stream once. Test images and <see cref="StreamTask.Classes"/> stay the task's own.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Blur { get; set; }

    private protected override void AddProblems(List<string> problems)
    {
        if (!(Blur is >= 0 and <= 1))
        {
            problems.Add($"blur: expected a share in [0, 1], got {Blur}.");
        }

        if (Blur > 0 && LabelMapping != LabelMapping.Keep)
        {
            problems.Add("blur: images of other tasks keep their own labels; set labelMapping to keep.");
        }

        if (Blur > 0 && Tasks == 1)
        {
            problems.Add("blur: one task has nobody to exchange images with; set tasks to 2 or more.");
        }

        if (ClassesPerTask < 1)
        {
            problems.Add($"classesPerTask: expected at least 1, got {ClassesPerTask}.");
        }

        if (Tasks < 1)
        {
            problems.Add($"tasks: expected at least 1, got {Tasks}.");
        }

        if (!Enum.IsDefined(LabelMapping))
        {
            problems.Add($"labelMapping: expected modulo or keep, got {LabelMapping}.");
        }

        if (ClassOrder is { } order)
        {
            foreach (int repeated in order.GroupBy(c => c).Where(g => g.Count() > 1).Select(g => g.Key))
            {
                problems.Add($"classOrder: expected each class at most once, class {repeated} comes more than once.");
            }

            if (ShuffleClasses)
            {
                problems.Add("shuffleClasses: cannot be combined with classOrder; leave one of them out.");
            }
        }
    }

    private protected override void AddProblems(Dataset dataset, List<string> problems)
    {
        int classes = dataset.Train.ClassCount;
        foreach (int outside in (ClassOrder ?? []).Where(c => c < 0 || c >= classes))
        {
            problems.Add($"classOrder: expected classes in [0, {classes}), got {outside}.");
        }

        int available = ClassOrder?.Count ?? classes;
        if (Tasks is { } tasks ? (long)tasks * ClassesPerTask > available : available % ClassesPerTask != 0 || available == 0)
        {
            problems.Add(
                $"classesPerTask: {available} classes of {dataset.Name} do not make " +
                $"{(Tasks is { } n ? $"{n} tasks" : "whole tasks")} of {ClassesPerTask}. Change classesPerTask, or set tasks to use fewer classes.");
        }

        int[] train = dataset.Train.ClassHistogram(), test = dataset.Test.ClassHistogram();
        foreach (int absent in (ClassOrder ?? [.. Enumerable.Range(0, classes)]).Where(c => c >= 0 && c < classes && (train[c] == 0 || test[c] == 0)))
        {
            problems.Add($"classOrder: class {absent} of {dataset.Name} has {train[absent]} training and {test[absent]} test images; leave it out.");
        }
    }

    private protected override TaskStream Stream(Dataset dataset, ulong seed)
    {
        int classes = dataset.Train.ClassCount;
        int[] order = [.. ClassOrder ?? Enumerable.Range(0, classes)];
        if (ShuffleClasses)
        {
            Draws.Classes(seed).Permutation(order);
        }

        int perTask = ClassesPerTask;
        bool keep = LabelMapping == LabelMapping.Keep;
        int outputs = keep ? classes : perTask;
        int[] map = new int[classes];
        for (int place = 0; place < order.Length; place++)
        {
            map[order[place]] = keep ? order[place] : place % perTask;
        }

        int tasks = Tasks ?? (order.Length / perTask);
        Lazy<int[][]> blurred = new(() => BlurredTasks.Exchange([.. Enumerable.Range(0, tasks).Select(OwnTrainingImages)], Blur, seed));
        return StreamOf(dataset, Blur > 0 ? $"{Kind} blurred by {Blur.ToString(CultureInfo.InvariantCulture)}" : Kind, tasks, outputs, index =>
        {
            int[] own = order[(index * perTask)..((index + 1) * perTask)];
            string name = $"classes {string.Join(',', own)}";
            int[] columns = [.. own.Select(c => map[c]).Order()];
            return new StreamTask(
                index, name, columns,
                () => Blur > 0 ? dataset.Train.Subset(blurred.Value[index], $"{dataset.Name}, {name} blurred").Relabel(map, outputs)
                    : Part(dataset.Train, TrainPerTask, own, name, index, train: true),
                () => Part(dataset.Test, TestPerTask, own, name, index, train: false));
        });

        int[] OwnTrainingImages(int index)
        {
            int[] all = dataset.Train.IndicesOf(order.AsSpan(index * perTask, perTask));
            if (TrainPerTask is not { } count || count >= all.Length)
            {
                return all;
            }

            int[] chosen = new int[count];
            Draws.TaskImages(seed, train: true, index).Sample(chosen, all.Length);
            return [.. chosen.Select(i => all[i])];
        }

        ImageSet Part(ImageSet images, int? limit, int[] own, string name, int task, bool train)
        {
            ImageSet part = images.Subset(images.IndicesOf(own), $"{dataset.Name}, {name}");
            return TaskDraw.Sample(part, limit, seed, task, train).Relabel(map, outputs);
        }
    }
}
