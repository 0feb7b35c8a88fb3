using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report.Tests;

/// <summary>A document taken apart and put together again is the same document.</summary>
public sealed class SeparationTests
{
    [Fact]
    public void Sample_documents_survive()
    {
        foreach (ResultDocument document in (ResultDocument[])[SampleDocuments.Rotation(), SampleDocuments.RankAblation(), SampleDocuments.Rotation(tasks: 20)])
            AssertSame(document);
    }

    [Fact]
    public void Seeds_with_different_measures_survive()
    {
        ResultDocument document = CellAggregation.ToDocument("sample", SampleDocuments.Config(), SampleDocuments.Environment,
        [
            Cell("er", 0) with { Extras = new Dictionary<string, double> { ["fitSeconds"] = 2, ["only0"] = 1 }, ConstraintGap = [Row(1), Row(2)] },
            Cell("er", 3) with { Extras = new Dictionary<string, double> { ["fitSeconds"] = 4 }, Metrics = Cell("er", 3).Metrics with { TaskIncrementalAcc = 0.5 } },
            Cell("gem", 3) with { OpenSet = [0.25], Retrieval = Counts(1) },
            Cell("gem", 7) with { OpenSet = [0.75], Retrieval = Counts(2), Notes = ["a remark"] },
        ]);
        CellResult[] cells = [.. CellSeparation.CellsOf(document)];
        Assert.Equal([("er", 0), ("er", 3), ("gem", 3), ("gem", 7)], cells.Select(cell => (cell.Method, cell.Seed)));
        Assert.Equal(2, cells[0].Extras!["fitSeconds"]);
        Assert.False(cells[1].Extras!.ContainsKey("only0"));
        Assert.Null(cells[0].Metrics.TaskIncrementalAcc);
        Assert.Equal(0.5, cells[1].Metrics.TaskIncrementalAcc);
        Assert.Equal(2, cells[0].ConstraintGap!.Count);
        Assert.Null(cells[1].ConstraintGap);
        Assert.Equal([0.75], cells[3].OpenSet);
        Assert.Equal([2L], cells[3].Retrieval!.DrawnByAge);
        AssertSame(document);
    }

    private static void AssertSame(ResultDocument document)
    {
        ResultDocument again = CellAggregation.ToDocument(
            document.Name, document.Config, document.Environment, CellSeparation.CellsOf(document), document.Notes, document.Missing);
        Assert.Equal(ResultJson.Serialize(document with { Images = [] }), ResultJson.Serialize(again with { Images = [] }));
        Assert.Equal(Images(document), Images(again));
    }

    private static IEnumerable<string> Images(ResultDocument document) => document.Images
        .Select(image => $"{image.Kind} {image.Dataset} {image.Method} {image.Rank} {image.Task} {image.Class} {Convert.ToBase64String(image.Pixels)}").Order(StringComparer.Ordinal);

    private static CellResult Cell(string method, int seed) => SampleDocuments.Cell(method, seed, [[0.1, 0.1], [0.9, 0.1], [0.5, 0.75]], new MemoryUse(100, 100, 1));

    private static ConstraintGapRow Row(int task) => new()
    {
        Task = task, Steps = 1, Memory = 1, Data = 2, MemoryCosine = 0.1, DataCosine = 0.2, Batch = 3, New = 4, NewCosine = 0.5, Held = 0.6, Violated = 0.7, Hidden = 0.05,
    };

    private static RetrievalCounts Counts(long count) => new() { DrawnByAge = [count], DrawnByClass = [count], ReplayedByAge = [count], ReplayedByClass = [count] };
}
