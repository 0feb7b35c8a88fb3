using System.Text.Json.Nodes;

namespace Engram.Cli.Tests;

public class OtherCommandTests
{
    [Fact]
    public void Help_and_version_end_with_0()
    {
        Assert.Equal(0, EngramProcess.Run("--help").ExitCode);
        EngramProcess.Result version = EngramProcess.Run("--version");
        Assert.Equal(0, version.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+", version.Output);
    }

    [Fact]
    public void List_names_every_preset_with_its_description()
    {
        EngramProcess.Result result = EngramProcess.Run("list");
        Assert.Equal(0, result.ExitCode);
        foreach (string preset in ContinualLearning.Experiments.ExperimentFile.Presets)
            Assert.Contains(preset, result.Output);
        Assert.Contains("2506.19692", result.Output);
    }

    [Fact]
    public void Doctor_measures_peaks_and_names_what_is_not_joined()
    {
        EngramProcess.Result result = EngramProcess.Run("doctor", "--json");
        Assert.Equal(0, result.ExitCode);
        JsonNode findings = JsonNode.Parse(result.Output)!;
        Assert.Equal(1, findings["schemaVersion"]!.GetValue<int>());
        Assert.True(findings["peakGflops"]!.GetValue<double>() > 0.1);
        Assert.True(findings["peakGigabytesPerSecond"]!.GetValue<double>() > 0.1);
        Assert.Equal(Environment.ProcessorCount, findings["cores"]!.GetValue<int>());
        Assert.Contains(findings["devices"]!.AsArray(), d => d!["name"]!.GetValue<string>() == "emulator" && d["available"]!.GetValue<bool>());
        Assert.Contains(findings["devices"]!.AsArray(), d => d!["name"]!.GetValue<string>().StartsWith("ilgpu", StringComparison.Ordinal) && d["note"]!.GetValue<string>().Length > 0);
    }

    [Fact]
    public void Doctor_without_json_is_for_readers()
    {
        EngramProcess.Result result = EngramProcess.Run("doctor");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("GFLOP/s", result.Output);
        Assert.Contains("ilgpu", result.Output);
    }

    [Fact]
    public void A_report_is_made_of_a_result()
    {
        using RunFolder folder = new();
        Assert.Equal(0, folder.Run("--seed", "0").ExitCode);
        string page = Path.Combine(folder.Folder, "report.html"), table = Path.Combine(folder.Folder, "table.md");
        EngramProcess.Result result = EngramProcess.Run("report", Path.Combine(folder.Out, "result.json"), "--html", page, "--markdown", table);
        Assert.Equal((0, ""), (result.ExitCode, result.Output));
        Assert.Contains("<svg", File.ReadAllText(page));
        Assert.Contains("| raw", File.ReadAllText(table));

        result = EngramProcess.Run("report", Path.Combine(folder.Out, "result.json"), "--compare", "raw", "--markdown", "-");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("two different arms", result.Error);
    }

    [Fact]
    public void A_folder_without_datasets_is_a_problem_found()
    {
        using RunFolder folder = new();
        EngramProcess.Result result = EngramProcess.Run("data", "verify", folder.Folder, "--json");
        Assert.Equal(1, result.ExitCode);
        Assert.False(JsonNode.Parse(result.Output)!["ok"]!.GetValue<bool>());
    }

    [Fact]
    public void A_network_is_summed_up_layer_by_layer()
    {
        EngramProcess.Result result = EngramProcess.Run("model", "summary", "{\"kind\": \"resnet18\", \"width\": 64}", "--input", "3x32x32", "--json");
        Assert.Equal(0, result.ExitCode);
        JsonNode summary = JsonNode.Parse(result.Output)!;
        Assert.Equal(11_173_962, summary["parameters"]!.GetValue<long>()); // the published size of the CIFAR form
        Assert.Equal(10, summary["layers"]!.AsArray()[^1]!["outputShape"]![0]!.GetValue<int>());
        EngramProcess.Result table = EngramProcess.Run("model", "summary", "mlp", "--input", "784");
        Assert.Equal(0, table.ExitCode);
        Assert.Contains("199,210", table.Output);
    }

    [Theory]
    [InlineData("resnet18", "resnet19", "3x32x32", "did you mean")]
    [InlineData("patch", "{\"kind\": \"mixer\", \"patch\": 5}", "3x32x32", "set model.patch")]
    [InlineData("--input", "mlp", "3x0x32", "3x32x32 or 784")]
    [InlineData("JSON", "{\"kind\"", "784", "not readable")]
    public void A_network_that_cannot_be_is_refused_with_a_remedy(string named, string model, string input, string remedy)
    {
        EngramProcess.Result result = EngramProcess.Run("model", "summary", model, "--input", input);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(named, result.Error);
        Assert.Contains(remedy, result.Error);
    }

    [SkippableFact]
    public void No_color_keeps_escape_sequences_away_on_a_terminal()
    {
        Skip.IfNot(File.Exists("/usr/bin/script"), "needs script(1) to make a terminal");
        using RunFolder folder = new();
        string command = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "engram.dll")}' run '{folder.Experiment}' --out '{folder.Out}' --seed 0";
        string Colours(string? noColor)
        {
            System.Diagnostics.ProcessStartInfo start = new("/usr/bin/script", ["-qec", command, "/dev/null"]) { RedirectStandardOutput = true, RedirectStandardInput = true };
            start.Environment["TERM"] = "xterm-256color";
            start.Environment.Remove("ENGRAM_DATA");
            start.Environment["NO_COLOR"] = noColor;
            if (noColor is null)
                start.Environment.Remove("NO_COLOR");
            using System.Diagnostics.Process process = System.Diagnostics.Process.Start(start)!;
            process.StandardInput.Close();
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            Assert.Contains("ACC, %", text);
            return text;
        }

        Assert.Matches("\u001b\\[[0-9;]*[3-9][0-9][0-9;]*m", Colours(null));
        Assert.DoesNotMatch("\u001b\\[[0-9;]*[3-9][0-9][0-9;]*m", Colours("1"));
    }
}
