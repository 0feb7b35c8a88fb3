using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Engram.Cli.Tests;

public class RunTests
{
    private static readonly string Grid = RunFolder.Tiny.TrimEnd()[..^1]
        + """, "axes": { "model": { "narrow": { "model.hidden": [4] }, "wide": { "model.hidden": [9], "training.epochs": 3 } } } }""";

    [Fact]
    public void A_run_prints_its_table_on_stdout_its_talk_on_stderr_and_ends_with_0()
    {
        using RunFolder folder = new();
        EngramProcess.Result result = folder.Run("--threads", "1");
        Assert.Equal((0, ""), (result.ExitCode, result.ExitCode == 0 ? "" : result.Error));
        Assert.Contains("ACC, %", result.Output);
        Assert.Contains("gen − raw", result.Output);
        Assert.DoesNotContain("steps", result.Output);
        Assert.Contains("4 cells", result.Error);
        Assert.Contains("estimate:", result.Error);
        Assert.DoesNotContain("\u001b[", result.Output + result.Error);
        Assert.True(File.Exists(Path.Combine(folder.Out, "result.json")));
        Assert.Equal(4, folder.Cells.Length);
    }

    [Fact]
    public void A_run_on_another_device_says_so_and_learns_what_the_CPU_learns()
    {
        using RunFolder here = new(), there = new();
        string[] little = ["--seed", "0", "--set", "dataset.train=40", "--set", "dataset.test=40", "--json"];
        EngramProcess.Result expected = here.Run(little), found = there.Run([.. little, "--device", "emulator"]);
        Assert.Equal((0, 0), (expected.ExitCode, found.ExitCode));
        JsonNode document = JsonNode.Parse(found.Output)!;
        Assert.StartsWith("emulator", document["environment"]!["machineNote"]!.GetValue<string>(), StringComparison.Ordinal);
        for (int method = 0; method < 2; method++)
        {
            double acc = JsonNode.Parse(expected.Output)!["methods"]![method]!["acc"]!["mean"]!.GetValue<double>();
            Assert.Equal(acc, document["methods"]![method]!["acc"]!["mean"]!.GetValue<double>(), 0.05);
        }

        EngramProcess.Result absent = here.Run("--device", "tpu");
        Assert.Equal(2, absent.ExitCode);
        Assert.Contains("--device: there is no 'tpu' here", absent.Error);
        EngramProcess.Result rounded = here.Run("--device", "emulator", "--precision", "bf16");
        Assert.Equal(2, rounded.ExitCode);
        Assert.Contains("--precision: emulator computes in fp32; bf16 needs the tensor cores", rounded.Error);
    }

    [Fact]
    public void Json_is_the_only_thing_on_stdout_and_has_the_fields_of_the_schema()
    {
        using RunFolder folder = new();
        EngramProcess.Result result = folder.Run("--json");
        Assert.Equal(0, result.ExitCode);
        JsonNode document = JsonNode.Parse(result.Output)!;
        Assert.Equal(1, document["schemaVersion"]!.GetValue<int>());
        Assert.Equal("tiny", document["config"]!["name"]!.GetValue<string>());
        Assert.NotEmpty(document["environment"]!["cpuModel"]!.GetValue<string>());
        JsonArray methods = document["methods"]!.AsArray();
        Assert.Equal(["raw", "gen"], methods.Select(m => m!["name"]!.GetValue<string>()));
        foreach (JsonNode? method in methods)
        {
            foreach (string metric in new[] { "acc", "bwt", "fwt", "forgetting" })
            {
                Assert.Equal(2, method![metric]!["values"]!.AsArray().Count);
                Assert.InRange(method[metric]!["mean"]!.GetValue<double>(), -1, 1);
                Assert.True(method[metric]!["ci95"]!.GetValue<double>() >= 0);
            }

            Assert.True(method!["memoryBytes"]!.GetValue<long>() > 0);
            Assert.True(method["seconds"]!.GetValue<double>() > 0);
            Assert.True(method["stepMicroseconds"]!.GetValue<double>() > 0);
            Assert.Equal(2, method["accuracyMatrices"]!.AsArray().Count);
            Assert.Equal(3, method["accuracyMatrices"]![0]!.AsArray().Count);
        }

        JsonArray images = document["images"]!.AsArray();
        Assert.Contains(images, i => i!["kind"]!.GetValue<string>() == "real");
        Assert.Contains(images, i => i!["kind"]!.GetValue<string>() == "generated" && Convert.FromBase64String(i["pixels"]!.GetValue<string>()).Length == 784);
    }

    [Fact]
    public void With_one_seed_the_interval_is_null()
    {
        using RunFolder folder = new();
        EngramProcess.Result result = folder.Run("--json", "--seed", "3");
        Assert.Equal(0, result.ExitCode);
        JsonNode method = JsonNode.Parse(result.Output)!["methods"]![0]!;
        Assert.Null(method["acc"]!["ci95"]);
        Assert.Equal([3], method["seeds"]!.AsArray().Select(s => s!.GetValue<int>()));
    }

    [Fact]
    public void Numbers_do_not_depend_on_the_threads_and_seeds_include_both_ends()
    {
        using RunFolder one = new(), two = new();
        JsonNode a = JsonNode.Parse(one.Run("--json", "--threads", "1", "--seeds", "0..2").Output)!;
        JsonNode b = JsonNode.Parse(two.Run("--json", "--threads", "2", "--seeds", "0..2").Output)!;
        for (int m = 0; m < 2; m++)
        {
            Assert.Equal([0, 1, 2], a["methods"]![m]!["seeds"]!.AsArray().Select(s => s!.GetValue<int>()));
            Assert.Equal(a["methods"]![m]!["accuracyMatrices"]!.ToJsonString(), b["methods"]![m]!["accuracyMatrices"]!.ToJsonString());
        }

        Assert.Equal(a["images"]!.ToJsonString(), b["images"]!.ToJsonString());
    }

    [Fact]
    public void Stored_cells_are_skipped_unless_fresh_ones_are_asked_for()
    {
        using RunFolder folder = new();
        JsonNode first = JsonNode.Parse(folder.Run("--json").Output)!;
        DateTime written = folder.Cells.Max(File.GetLastWriteTimeUtc);
        EngramProcess.Result again = folder.Run("--json");
        Assert.Contains("4 stored already and skipped", again.Error);
        Assert.Equal(written, folder.Cells.Max(File.GetLastWriteTimeUtc));
        JsonNode second = JsonNode.Parse(again.Output)!;
        Assert.Equal(first["methods"]!.ToJsonString(), second["methods"]!.ToJsonString());

        EngramProcess.Result fresh = folder.Run("--fresh");
        Assert.DoesNotContain("skipped", fresh.Error);
        Assert.True(folder.Cells.Min(File.GetLastWriteTimeUtc) > written);
    }

    [Fact]
    public void A_damaged_or_foreign_cell_is_run_again_and_the_rest_is_kept()
    {
        using RunFolder folder = new();
        JsonNode first = JsonNode.Parse(folder.Run("--json").Output)!;
        string[] cells = [.. folder.Cells.Order()];
        File.WriteAllText(cells[0], File.ReadAllText(cells[0])[..100]);
        File.Copy(cells[2], cells[1], overwrite: true);
        EngramProcess.Result again = folder.Run("--json");
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("2 stored already and skipped", again.Error);
        JsonNode second = JsonNode.Parse(again.Output)!;
        Assert.Equal(Matrices(first), Matrices(second));
    }

    [Fact]
    public void Parts_of_a_grid_are_listed_run_and_added_up()
    {
        using RunFolder folder = new(Grid);
        EngramProcess.Result dry = folder.Run("--dry-run");
        Assert.Equal(0, dry.ExitCode);
        Assert.Contains("to run  gen (model=wide), seed 1", dry.Output);
        Assert.Contains("8 of 8 cells, 0 stored", dry.Output);
        Assert.False(Directory.Exists(folder.Out));

        EngramProcess.Result wide = folder.Run("--only", "model=wide,method=gen");
        Assert.Equal(0, wide.ExitCode);
        Assert.Contains("gen (model=wide)", wide.Output);
        Assert.Contains("6 of 8 cells of the experiment have no result yet", wide.Output);
        EngramProcess.Result narrow = folder.Run("--only", "model=narrow", "--only", "seed=0");
        Assert.Contains("2 cells", narrow.Error);
        Assert.DoesNotContain("wide", narrow.Output);
        Assert.Contains("about", folder.Run("--dry-run", "--only", "model=wide,method=gen").Output + folder.Run("--dry-run").Output);
        EngramProcess.Result rest = folder.Run("--json");
        Assert.Contains("4 stored already and skipped", rest.Error);
        JsonNode document = JsonNode.Parse(rest.Output)!;
        Assert.Empty(document["missing"]!.AsArray());
        Assert.Equal(4, document["methods"]!.AsArray().Count);
        Assert.All(document["methods"]!.AsArray(), method => Assert.True(method!["peakBytes"]!.GetValue<long>() > 0));

        // another folder, which might be another machine's, needs nothing but the document
        string elsewhere = Path.Combine(folder.Out, "elsewhere");
        string from = Path.Combine(folder.Out, "result.json");
        Assert.Contains("8 of 8 cells, 8 stored", EngramProcess.Run(["run", folder.Experiment, "--out", elsewhere, "--from", from, "--dry-run"]).Output);
        Assert.False(Directory.Exists(elsewhere));
        EngramProcess.Result taken = EngramProcess.Run(["run", folder.Experiment, "--out", elsewhere, "--from", from, "--json"]);
        Assert.Contains("8 of 8 finished cells", taken.Error);
        Assert.Equal(Matrices(document), Matrices(JsonNode.Parse(taken.Output)!));
        EngramProcess.Result absent = folder.Run("--from", Path.Combine(elsewhere, "no.json"));
        Assert.Equal(2, absent.ExitCode);
        Assert.Contains("no.json", absent.Error);
    }

    [Fact]
    public void A_budget_makes_a_run_small_and_wins_over_the_variants()
    {
        using RunFolder folder = new(Grid);
        EngramProcess.Result result = folder.Run("--json", "--epochs", "1", "--only", "model=wide,seed=0,method=raw");
        Assert.Equal(0, result.ExitCode);
        // 2 tasks of 200 images in batches of 10, once
        Assert.Contains("1 cell, 40 steps", result.Error);
        Assert.Equal(1, JsonNode.Parse(result.Output)!["config"]!["training"]!["epochs"]!.GetValue<int>());
    }

    [SkippableFact]
    public void A_killed_run_continues_where_it_was_with_the_same_numbers()
    {
        using RunFolder whole = new(), killed = new();
        string[] longer = ["--json", "--threads", "1", "--seeds", "0..5"];
        JsonNode expected = JsonNode.Parse(whole.Run(longer).Output)!;
        using (Process process = EngramProcess.Start(null, ["run", killed.Experiment, "--out", killed.Out, .. longer]))
        {
            WaitForCells(killed, 2, process);
            process.Kill();
            process.WaitForExit();
        }

        int kept = killed.Cells.Length;
        Skip.If(kept >= 12, "the run was over before it could be killed");
        EngramProcess.Result rest = killed.Run(longer);
        Assert.Equal(0, rest.ExitCode);
        Assert.Contains($"{kept} stored already and skipped", rest.Error);
        Assert.Equal(Matrices(expected), Matrices(JsonNode.Parse(rest.Output)!));
    }

    [SkippableFact]
    public void An_interrupted_run_ends_with_3_keeps_its_cells_and_says_how_to_go_on()
    {
        EngramProcess.NeedsInterrupts();
        using RunFolder folder = new();
        using Process process = EngramProcess.Start(
            null, "run", folder.Experiment, "--out", folder.Out, "--threads", "1", "--seeds", "0..3", "--set", "training.epochs=200", "--json");
        WaitForCells(folder, 1, process);
        EngramProcess.Interrupt(process);
        EngramProcess.Result result = EngramProcess.Wait(process);
        Assert.Equal(3, result.ExitCode);
        Assert.Equal("", result.Output);
        Assert.Contains("run the same command again to continue", result.Error);
        foreach (string cell in folder.Cells)
            using (JsonDocument.Parse(File.ReadAllText(cell)))
            {
            }
    }

    [Fact]
    public void Without_an_experiment_and_data_the_built_in_preset_is_chosen_and_named()
    {
        using RunFolder folder = new();
        EngramProcess.Result result = EngramProcess.Run(
            "run", "--out", folder.Out, "--seed", "0", "--threads", "2", "--set", "dataset.train=100", "--set", "dataset.test=50",
            "--set", "scenario.trainPerTask=20", "--set", "scenario.testPerTask=10");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("running quickstart", result.Error);
        foreach (string method in new[] { "FineTune", "ER-raw", "ER-gen", "A-GEM-raw", "A-GEM-gen", "Joint" })
            Assert.Contains(method, result.Output);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_fails_with_1_and_names_it()
    {
        using RunFolder folder = new();
        File.WriteAllText(folder.Out, "a file where the folder should be");
        EngramProcess.Result result = folder.Run();
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("--out", result.Error);
        File.Delete(folder.Out);
    }

    private static string[] Matrices(JsonNode document) =>
        [.. document["methods"]!.AsArray().Select(m => m!["name"] + m["seeds"]!.ToJsonString() + m["accuracyMatrices"]!.ToJsonString())];

    private static void WaitForCells(RunFolder folder, int count, Process process)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (folder.Cells.Length < count && !process.HasExited && watch.Elapsed.TotalSeconds < 60)
            Thread.Sleep(5);
    }
}
