namespace Engram.Results;

/// <summary>What the JSON types cannot say: lists of equal length, square matrices, images of the size they claim.</summary>
internal static class ResultValidation
{
    /// <summary>Largest side of an image in pixels.</summary>
    private const int LargestSide = 4096;

    /// <summary>Complaints about a document; empty when it is consistent.</summary>
    public static IReadOnlyList<string> Problems(ResultDocument document)
    {
        var problems = new List<string>();
        CheckVersion(document.SchemaVersion, problems);
        for (var i = 0; i < document.Methods.Count; i++)
        {
            var method = document.Methods[i];
            if (method is null)
            {
                problems.Add($"methods[{i}] is null");
                continue;
            }

            Check(method, $"methods[{i}] ({method.Label})", problems);
        }

        CheckImages(document.Images, problems);
        CheckNotes(document.Notes, problems);
        if (document.Missing.Any(missing => missing is null || missing.Seeds.Count == 0))
        {
            problems.Add("missing holds null or an entry without seeds");
        }

        if (document.Environment.InstructionSets.Any(set => set is null))
        {
            problems.Add("environment.instructionSets holds null");
        }

        return problems;
    }

    /// <summary>Complaints about a cell; empty when it is consistent.</summary>
    public static IReadOnlyList<string> Problems(CellResult cell)
    {
        var problems = new List<string>();
        CheckVersion(cell.SchemaVersion, problems);
        CheckMatrix(cell.AccuracyMatrix, "accuracyMatrix", problems);
        CheckMemory(cell.Memory, "memory", problems);
        if (cell.PeakBytes < 0)
        {
            problems.Add($"peakBytes must not be negative, came {cell.PeakBytes}");
        }

        CheckImages(cell.Images, problems);
        CheckNotes(cell.Notes, problems);
        return problems;
    }

    private static void CheckVersion(int version, List<string> problems)
    {
        if (version != ResultDocument.CurrentSchemaVersion)
        {
            problems.Add($"schemaVersion is {version}, this build writes {ResultDocument.CurrentSchemaVersion}");
        }
    }

    private static void Check(MethodResult method, string where, List<string> problems)
    {
        var seeds = method.Seeds.Count;
        if (seeds == 0)
        {
            problems.Add($"{where}: no seeds");
        }

        void CheckStatistic(Statistic? statistic, string name)
        {
            if (statistic is not null && statistic.Values.Count != seeds)
            {
                problems.Add($"{where}: {name} has {statistic.Values.Count} values for {seeds} seeds");
            }
        }

        CheckStatistic(method.Acc, "acc");
        CheckStatistic(method.Bwt, "bwt");
        CheckStatistic(method.Fwt, "fwt");
        CheckStatistic(method.Forgetting, "forgetting");
        CheckStatistic(method.LearningAccuracy, "learningAccuracy");
        CheckStatistic(method.WorstForgetting, "worstForgetting");
        CheckStatistic(method.Lca, "lca");
        CheckStatistic(method.TaskIncrementalAcc, "taskIncrementalAcc");
        foreach (var (name, statistic) in method.Extras ?? new Dictionary<string, Statistic>())
        {
            if (statistic is null)
            {
                problems.Add($"{where}: extras.{name} is null");
            }

            CheckStatistic(statistic, $"extras.{name}");
        }

        if (method.ConstraintGaps is { } gaps && (gaps.Count != seeds || gaps.Any(rows => rows is null || rows.Any(row => row is null || row.Task < 1 || row.Steps < 1))))
        {
            problems.Add($"{where}: constraintGaps needs one list of rows for each of {seeds} seeds, each row with a task and steps from 1 on");
        }

        if (method.OpenSets is { } areas && (areas.Count != seeds || areas.Any(area => area is null || area.Count != areas[0].Count)))
        {
            problems.Add($"{where}: openSets needs as many areas for each of {seeds} seeds");
        }

        if (method.Retrievals is { } retrievals && (retrievals.Count != seeds || retrievals.Any(counts => counts is null
            || counts.DrawnByClass.Count != counts.ReplayedByClass.Count || counts.DrawnByAge.Count != counts.ReplayedByAge.Count)))
        {
            problems.Add($"{where}: retrievals needs one entry for each of {seeds} seeds, with as many counts of replayed rows as of candidates");
        }

        if (method.ProxyPlane is { } plane && plane.Paths.Any(path => path is null || path.X.Count != path.Tasks.Count || path.Y.Count != path.Tasks.Count))
        {
            problems.Add($"{where}: proxyPlane needs as many x and y as tasks for every path");
        }

        if (method.AccuracyMatrices.Count != seeds)
        {
            problems.Add($"{where}: {method.AccuracyMatrices.Count} accuracy matrices for {seeds} seeds");
        }

        for (var s = 0; s < method.AccuracyMatrices.Count; s++)
        {
            CheckMatrix(method.AccuracyMatrices[s], $"{where}: accuracyMatrices[{s}]", problems);
            if (method.AccuracyMatrices[s] is { } matrix && method.AccuracyMatrices[0] is { } first && matrix.Length != first.Length)
            {
                problems.Add($"{where}: accuracyMatrices[{s}] has {matrix.Length} rows, the first seed has {first.Length}");
            }
        }

        CheckMemory(method.Memory, where + ": memory", problems);
        if (method.MemoryBytes != method.Memory.TotalBytes)
        {
            problems.Add($"{where}: memoryBytes is {method.MemoryBytes}, payload and bookkeeping add up to {method.Memory.TotalBytes}");
        }
    }

    private static void CheckMatrix(double[][]? matrix, string where, List<string> problems)
    {
        if (matrix is null || matrix.Length < 2 || matrix.Any(row => row is null || row.Length != matrix.Length - 1))
        {
            var rows = matrix is null ? "null" : $"{matrix.Length} rows of {string.Join(", ", matrix.Take(8).Select(r => r?.Length ?? 0))}";
            problems.Add($"{where}: expected [tasks + 1, tasks] with the untrained row first, came {rows}");
        }
    }

    private static void CheckMemory(MemoryUse memory, string where, List<string> problems)
    {
        if (memory.Scalars < 0 || memory.PayloadBytes < 0 || memory.BookkeepingBytes < 0
            || memory.PayloadBytes > long.MaxValue - memory.BookkeepingBytes)
        {
            problems.Add($"{where}: counts must not be negative, came {memory}");
        }
    }

    private static void CheckImages(IReadOnlyList<ResultImage> images, List<string> problems)
    {
        for (var i = 0; i < images.Count; i++)
        {
            var image = images[i];
            if (image is null)
            {
                problems.Add($"images[{i}] is null");
            }
            else if (image.Height is < 1 or > LargestSide || image.Width is < 1 or > LargestSide || image.Channels is not (1 or 3))
            {
                problems.Add($"images[{i}]: size [{image.Height}, {image.Width}, {image.Channels}] is not an image of 1 or 3 channels up to {LargestSide} a side");
            }
            else if (image.Pixels.Length != image.Height * image.Width * image.Channels)
            {
                problems.Add($"images[{i}]: {image.Pixels.Length} bytes of pixels, expected [{image.Height}, {image.Width}, {image.Channels}]");
            }
        }
    }

    private static void CheckNotes(IReadOnlyList<string> notes, List<string> problems)
    {
        if (notes.Any(note => note is null))
        {
            problems.Add("notes holds null");
        }
    }
}
