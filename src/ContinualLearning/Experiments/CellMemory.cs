using Engram.Data;
using Engram.Kernels;
using Engram.Results;

namespace Engram.ContinualLearning.Experiments;

/// <summary>What a cell's memory looks like at its end: compression, fit figures, example images.</summary>
internal static class CellMemory
{
    /// <summary>
    /// Scalars of the images that the memory stands for over the scalars it keeps: for generators the images they were fitted on; for raw
    /// images drawn at task ends, the 1,000 images a task that the paper (arXiv 2506.19692) compares with; else NaN.
    /// </summary>
    public static double CompressionFactor(Learner learner, ReplaySourceOptions? memory, CellTasks tasks)
    {
        long kept = learner.Memory.Scalars;
        if (kept == 0)
            return double.NaN;
        long images = learner.Replay switch
        {
            IMemoryDetails details => details.ImagesRepresented,
            ReplayBuffer when memory is BufferOptions { Storage: BufferStorage.TaskEnd } => (long)new SvdGeneratorOptions().FitSamples * tasks.Count,
            _ => 0,
        };
        return images == 0 ? double.NaN : (double)images * tasks.Stream.Inputs / kept;
    }

    /// <summary>Seconds of the fits, images per generator, how often the constraint changed a gradient.</summary>
    public static Dictionary<string, double>? Extras(Learner learner, CellProgress state, RetrievalProbe? retrieval)
    {
        Dictionary<string, double> extras = [];
        (learner.Replay as IMemoryDetails)?.Describe(extras);
        if (learner.Constraint is not null && state.Replayed > 0)
            extras["triggerRate"] = (double)state.Projected / state.Replayed;
        (learner.Constraint as GemProjection)?.Describe(extras);
        learner.Describe(extras);
        retrieval?.Describe(extras);
        if (state.OpenSet is { Count: > 0 } areas)
            extras["openSetAuroc"] = areas.Average();
        foreach ((string name, double value) in state.Gap is { } gap ? ConstraintGapRow.Summary(gap) : new Dictionary<string, double>())
            extras[name] = value;
        return extras.Count == 0 ? null : extras;
    }

    /// <summary>Adds the fewest and the most training images that a class of a task has, where they are wanted.</summary>
    public static Dictionary<string, double>? WithImagesPerClass(Dictionary<string, double>? extras, EvaluationOptions wanted, CellTasks tasks)
    {
        if (!wanted.ImagesPerClass)
            return extras;
        int[] counts = [.. Enumerable.Range(0, tasks.Count).SelectMany(t => tasks[t].Classes.Select(label => tasks[t].Train.Labels.Count(label)))];
        extras ??= [];
        extras["imagesPerClassMin"] = counts.Min();
        extras["imagesPerClassMax"] = counts.Max();
        return extras;
    }

    /// <summary>Fewer images found than a fit asked for, generators of a lower rank than asked for.</summary>
    public static IReadOnlyList<string> Notes(Learner learner, ExperimentCell cell)
    {
        if (learner.Replay is not SvdGeneratorReplay generators || cell.Method.Strategy.Memory is not SvdGeneratorOptions options)
            return [];
        List<string> notes = [];
        if (options.FitScope == FitSampleScope.PerClass && generators.Generators.Any(g => g.Fit.Samples < options.FitSamples))
            notes.Add($"{cell.Method.Name}: some classes have fewer than {options.FitSamples} images in a task; fitImagesMin and fitImagesMax say how many were found.");
        if (generators.Generators.Any(g => g.Rank < options.Rank))
            notes.Add($"{CellResult.LabelOf(cell.Method.Name, cell.Settings)}: some generators have a rank below {options.Rank}, for their images span fewer directions.");
        return notes;
    }

    /// <summary>Real and generated images of the first tasks, a few of each class.</summary>
    public static IReadOnlyList<ResultImage> Images(Learner learner, ExperimentCell cell, CellTasks tasks)
    {
        ImageOptions wanted = cell.Options.Images;
        List<ResultImage> images = [];
        for (int t = 0; t < Math.Min(wanted.Tasks, tasks.Count) && wanted.PerClass > 0; t++)
        {
            ImageSet train = tasks[t].Train;
            float[] pixels = new float[train.PixelCount];
            foreach (int label in tasks[t].Classes)
            {
                foreach (int index in train.IndicesOf(label).Take(wanted.PerClass))
                {
                    train.CopyTo([index], pixels);
                    images.Add(Image(ResultImageKind.Real, t, label, train, pixels));
                }

                RandomCursor random = new(RandomStream.For((ulong)cell.Seed, "images of the report", ((ulong)t << 32) | (uint)label));
                for (int i = 0; i < wanted.PerClass && TrySample(learner.Replay, t, label, ref random, pixels, out int? rank); i++)
                    images.Add(Image(ResultImageKind.Generated, t, label, train, pixels) with { Method = cell.Method.Name, Rank = rank });
            }
        }

        return images;
    }

    // one sample of a class, and the rank of its generator where the memory has one generator per class
    private static bool TrySample(IReplaySource? memory, int task, int label, ref RandomCursor random, Span<float> pixels, out int? rank)
    {
        rank = (memory as SvdGeneratorReplay)?.Generators.FirstOrDefault(g => g.Fit.Task == task && g.Fit.Label == label)?.Rank;
        return (memory as IMemoryDetails)?.TrySample(task, label, ref random, pixels) == true;
    }

    private static ResultImage Image(ResultImageKind kind, int task, int label, ImageSet set, float[] pixels) => new()
    {
        Kind = kind,
        Task = task,
        Class = label,
        Height = set.Height,
        Width = set.Width,
        Channels = set.Channels,
        Pixels = ResultImage.ToPixels(pixels, set.Channels),
    };
}
