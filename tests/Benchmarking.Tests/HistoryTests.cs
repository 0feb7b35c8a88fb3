using Engram.Results;

namespace Engram.Benchmarking.Tests;

public sealed class HistoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("engram-history-").FullName;

    private string File => Path.Combine(_folder, "deep", "history.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Runs_are_appended_and_come_back_oldest_first()
    {
        BenchDocument late = Run(1, 9), early = Run(2, 3);
        BenchHistory.Append(late, File);
        BenchHistory.Append(early, File);
        BenchHistory history = BenchHistory.Load(File);
        Assert.Equal([2.0, 1.0], history.Runs.Select(run => run.Rows[0].Milliseconds));
        Assert.Empty(history.Notes);
    }

    [Fact]
    public void A_torn_last_line_is_skipped_and_the_next_run_stands_alone()
    {
        BenchHistory.Append(Run(1, 1), File);
        System.IO.File.AppendAllText(File, BenchJson.Serialize(Run(2, 2))[..80]);
        BenchHistory torn = BenchHistory.Load(File);
        Assert.Single(torn.Runs);
        Assert.Contains("line 2", Assert.Single(torn.Notes));
        BenchHistory.Append(Run(3, 3), File);
        Assert.Equal([1.0, 3.0], BenchHistory.Load(File).Runs.Select(run => run.Rows[0].Milliseconds));
    }

    [Fact]
    public void A_history_that_is_not_there_is_empty() => Assert.Empty(BenchHistory.Load(File).Runs);

    [Fact]
    public void A_foreign_file_is_empty_and_says_so()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, "hello\n\n{}\n");
        BenchHistory history = BenchHistory.Load(File);
        Assert.Empty(history.Runs);
        Assert.Equal(2, history.Notes.Count);
    }

    private static BenchDocument Run(double milliseconds, int day)
    {
        BenchDocument document = Documents.Of(Documents.Row("gemm/a-1", milliseconds));
        return document with { Environment = document.Environment with { StartedAt = new DateTimeOffset(2026, 1, day, 0, 0, 0, TimeSpan.Zero) } };
    }
}
