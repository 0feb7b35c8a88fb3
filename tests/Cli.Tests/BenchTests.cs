using System.Diagnostics;
using Engram.Results;

namespace Engram.Cli.Tests;

public sealed class BenchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("engram-bench-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_quick_run_prints_its_document_compares_keeps_and_draws_it()
    {
        string history = File("history.jsonl"), page = File("page.html"), stored = File("run.json");
        EngramProcess.Result first = EngramProcess.Run("bench", "--filter", "map-exp,all-max", "--quick", "--json", "--rungs", "--history", history, "--out", stored);
        Assert.Equal(0, first.ExitCode);
        BenchDocument document = BenchJson.Deserialize(first.Output);
        Assert.Equal(["elementwise/map-exp-1M", "folds/all-max-1M"], document.Rows.Select(row => row.Name));
        Assert.All(document.Rows, row => Assert.True(row is { Milliseconds: > 0, RoofShare: > 0, Rungs.Count: > 0, Peers.Count: 0 }));
        Assert.True(document.Complete);
        Assert.Equal(document.Rows.Count, BenchJson.Load(stored).Rows.Count);

        // a baseline a thousand times as fast makes everything a regression
        BenchJson.SaveAtomically(document with { Rows = [.. document.Rows.Select(row => row with { Milliseconds = row.Milliseconds / 1000, Noise = 0 })] }, stored);
        EngramProcess.Result second = EngramProcess.Run("bench", "--filter", "all-max", "--quick", "--history", history, "--against", stored, "--html", page);
        Assert.Equal(4, second.ExitCode);
        Assert.Contains("SLOWER folds/all-max-1M", second.Output);
        Assert.Contains("1 slower, 0 faster, 0 within the noise, 0 new, 1 not timed this time", second.Output);
        Assert.Equal(2, BenchHistory.Load(history).Runs.Count);
        Assert.Contains("History of folds/all-max-1M", System.IO.File.ReadAllText(page));
    }

    [Theory]
    [InlineData("no workload's name contains 'nonsense'", "--filter", "nonsense")]
    [InlineData("--threads: expected counts", "--threads", "one")]
    [InlineData("--clock: expected wall or cpu", "--clock", "sun")]
    [InlineData("--rounds: expected 3", "--rounds", "1")]
    [InlineData("calling thread alone", "--clock", "cpu", "--threads", "2")]
    [InlineData("no-such-file.json", "--against", "no-such-file.json")]
    [InlineData("there is: cpu, emulator", "--device", "tpu")]
    [InlineData("--precision: there is no 'fp16'; there are fp32, tf32, bf16", "--precision", "fp16")]
    [InlineData("--precision: cpu computes in fp32; tf32 needs the tensor cores of an NVIDIA GPU (--device cuda)", "--precision", "tf32")]
    public void Bad_options_end_with_2_before_anything_is_timed(string complaint, params string[] options)
    {
        EngramProcess.Result result = EngramProcess.Run(["bench", "--quick", .. options]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(complaint, result.Error);
    }

    [Fact]
    public void A_damaged_baseline_is_refused_with_its_name_and_a_remedy()
    {
        string damaged = File("old.json");
        System.IO.File.WriteAllText(damaged, "{\"kind\": \"engram-bench\", \"schemaVersion\": 1, \"rows\": [");
        EngramProcess.Result result = EngramProcess.Run("bench", "--quick", "--against", damaged);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains("old.json", result.Error);
        Assert.Contains("engram bench --json", result.Error);
    }

    [Fact]
    public void The_names_can_be_listed()
    {
        EngramProcess.Result result = EngramProcess.Run("bench", "--list", "--filter", "gemm/square");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("gemm/square-2048", result.Output);
        Assert.DoesNotContain("elementwise", result.Output);
    }

    [SkippableFact]
    public void An_interrupted_run_keeps_its_finished_rows()
    {
        EngramProcess.NeedsInterrupts();
        string stored = File("stopped.json");
        using Process process = EngramProcess.Start(null, "bench", "--filter", "elementwise", "--history", "none", "--out", stored);
        // the first row stands there when its line is printed
        for (string? line = process.StandardOutput.ReadLine(); line is not null && !line.StartsWith("elementwise/", StringComparison.Ordinal); line = process.StandardOutput.ReadLine())
        {
        }

        EngramProcess.Interrupt(process);
        EngramProcess.Result result = EngramProcess.Wait(process);
        Assert.Equal(3, result.ExitCode);
        BenchDocument document = BenchJson.Load(stored);
        Assert.False(document.Complete);
        Assert.NotEmpty(document.Rows);
    }

    private string File(string name) => Path.Combine(_folder, name);
}
