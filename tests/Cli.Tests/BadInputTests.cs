namespace Engram.Cli.Tests;

public class BadInputTests
{
    [Fact]
    public void An_unknown_preset_ends_with_2_and_names_the_nearest()
    {
        EngramProcess.Result result = EngramProcess.Run("run", "quickstrat");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("did you mean quickstart?", result.Error);
        Assert.Equal("", result.Output);
    }

    [Fact]
    public void Every_problem_of_a_file_is_listed_at_once_and_nothing_is_started()
    {
        using RunFolder folder = new(RunFolder.Tiny.Replace("\"learningRate\": 0.1", "\"learningRat\": 0.1").Replace("\"hidden\": [16]", "\"hidden\": 16")
            .Replace("\"rank\": 2", "\"rank\": 0"));
        EngramProcess.Result result = folder.Run("--set", "trainin.epochs=1");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("did you mean optimizer.learningRate?", result.Error);
        Assert.Contains("model.hidden: expected a list", result.Error);
        Assert.Contains("rank", result.Error);
        Assert.Contains("did you mean training?", result.Error);
        Assert.False(Directory.Exists(folder.Out));
    }

    [Fact]
    public void A_scenario_that_the_data_cannot_serve_ends_with_2()
    {
        using RunFolder folder = new();
        EngramProcess.Result result = folder.Run("--set", "scenario.trainPerTask=100000");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("scenario.trainPerTask", result.Error);
    }

    [Fact]
    public void Missing_data_ends_with_2_and_says_where_to_put_it()
    {
        using RunFolder folder = new();
        EngramProcess.Result none = folder.Run("--set", "dataset={\"name\": \"mnist\"}");
        Assert.Equal(2, none.ExitCode);
        Assert.Contains("ENGRAM_DATA", none.Error);
        EngramProcess.Result elsewhere = folder.Run("--set", "dataset={\"name\": \"mnist\"}", "--data", folder.Folder);
        Assert.Equal(2, elsewhere.ExitCode);
        Assert.Contains("mnist", elsewhere.Error);
    }

    [Theory]
    [InlineData("run", "--nonsense")]
    [InlineData("frobnicate")]
    [InlineData("run", "quickstart", "--seed", "1", "--seeds", "0..2")]
    [InlineData("run", "quickstart", "--seeds", "4..0")]
    [InlineData("run", "quickstart", "--set", "novalue")]
    [InlineData("run", "quickstart", "--only", "method=ER-gne")]
    [InlineData("run", "quickstart", "--only", "optimizer.learningRate=0.1")]
    [InlineData("run", "quickstart", "--epochs", "0")]
    [InlineData("run", "quickstart", "--threads", "many")]
    [InlineData("run", "quickstart", "--threads", "-1")]
    [InlineData("report", "nothing.json", "--html", "x.html")]
    [InlineData("report")]
    [InlineData("data", "verify", "no/such/folder")]
    public void A_wrong_command_line_ends_with_2_and_prints_nothing_on_stdout(params string[] arguments)
    {
        EngramProcess.Result result = EngramProcess.Run(arguments);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.NotEqual("", result.Error);
    }
}
