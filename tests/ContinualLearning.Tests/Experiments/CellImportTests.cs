using Engram.ContinualLearning.Experiments;
using Engram.Results;

namespace Engram.ContinualLearning.Tests.Experiments;

/// <summary>Finished cells come from result documents of other runs.</summary>
public sealed class CellImportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("engram-import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Parts_of_two_machines_come_together_and_need_their_documents_once()
    {
        ResultDocument whole = Runner("whole").Run();
        Runner("first", only: "model=narrow").Run();
        Runner("second", only: "model=wide,seed=1").Run();
        Notes notes = new();
        ResultDocument both = Runner("both", only: "model=wide", from: ["first", "second"]).Run(notes);
        Assert.Equal((4, 2), (notes.Cells, notes.Stored));
        Assert.Contains(notes.Texts, text => text.Contains("4 of 4 finished cells", StringComparison.Ordinal));
        Assert.Contains(notes.Texts, text => text.Contains("2 of 2 finished cells", StringComparison.Ordinal));
        Assert.Empty(both.Missing);
        Assert.Equal(whole.Methods.Select(method => method.Label), both.Methods.Select(method => method.Label));
        Assert.Equal(whole.Methods.SelectMany(method => method.AccuracyMatrices), both.Methods.SelectMany(method => method.AccuracyMatrices));
        Assert.Equal(whole.Methods.Select(method => method.Acc.Ci95), both.Methods.Select(method => method.Acc.Ci95));
        // the same file name twice, the same machine: one remark
        Assert.Single(both.Notes, note => note.Contains("result.json", StringComparison.Ordinal));

        Directory.Delete(Path.Combine(_folder, "first"), recursive: true);
        Runner("both").Run(notes = new Notes());
        Assert.Equal((8, 8), (notes.Cells, notes.Stored));
    }

    [Fact]
    public void Cells_of_other_settings_are_left_alone()
    {
        Runner("narrow", only: "model=narrow").Run();
        ExperimentRunner other = Runner("other", only: "model=narrow,seed=0", from: ["narrow"], changes: [("training.batchSize", "20")]);
        Assert.All(other.Cells, cell => Assert.Null(other.Stored(cell)));
        Notes notes = new();
        other.Run(notes);
        Assert.Equal((2, 0), (notes.Cells, notes.Stored));
        Assert.Contains("0 of 4 finished cells", Assert.Single(notes.Texts));

        // the methods' names are their own, seeds more than the document's are run
        ExperimentRunner more = Runner("more", only: "model=narrow", from: ["narrow"], changes: [("seeds", "\"0..2\"")]);
        Assert.Equal(4, more.Cells.Count(cell => more.Stored(cell) is not null));
    }

    [Fact]
    public void A_cell_of_the_folder_wins_and_fresh_runs_what_is_chosen()
    {
        Runner("own", only: "model=narrow,seed=0").Run();
        Runner("own-again", only: "model=narrow,seed=0", from: ["own"]).Run();
        Assert.DoesNotContain(Runner("own", from: ["own-again"], only: "model=narrow,seed=0").Run().Notes, note => note.Contains("come from", StringComparison.Ordinal));
        Notes notes = new();
        ExperimentRunner fresh = new(ExperimentFile.Parse(FilteredRunTests.Grid), Settings("fresh", ["own"], "model=narrow,seed=0") with { Fresh = true });
        fresh.Run(notes);
        Assert.Equal((2, 0), (notes.Cells, notes.Stored));
    }

    [Fact]
    public void A_document_that_is_none_or_contradicts_itself_is_named()
    {
        Runner("whole", only: "model=narrow").Run();
        string path = Path.Combine(_folder, "whole", "result.json");
        string damaged = Path.Combine(_folder, "damaged.json");
        File.WriteAllText(damaged, File.ReadAllText(path)[..500]);
        Assert.Contains("damaged.json", Assert.Throws<ResultFormatException>(() => New(damaged)).Message);

        ResultDocument document = ResultJson.Load(path);
        ResultJson.SaveAtomically(document with { Methods = [document.Methods[0] with { Name = "stranger" }] }, damaged);
        Assert.Contains("stranger", Assert.Throws<ResultFormatException>(() => New(damaged)).Message);

        document.Config["scenario"]!["kind"] = "unheard-of";
        ResultJson.SaveAtomically(document, damaged);
        string message = Assert.Throws<ConfigurationException>(() => New(damaged)).Message;
        Assert.Contains("damaged.json", message);
        Assert.Contains("unheard-of", message);
        Assert.Throws<FileNotFoundException>(() => New(Path.Combine(_folder, "absent.json")));
    }

    private ExperimentRunner New(string document) =>
        new(ExperimentFile.Parse(FilteredRunTests.Grid), Settings("new", []) with { From = [document] });

    private ExperimentRunner Runner(string name, string[]? from = null, string? only = null, (string, string)[]? changes = null) =>
        new(ExperimentFile.Parse(FilteredRunTests.Grid, changes: changes), Settings(name, from ?? [], only is null ? [] : [only]));

    private RunSettings Settings(string name, string[] from, params string[] only) => new()
    {
        OutFolder = Path.Combine(_folder, name),
        Threads = 2,
        From = [.. from.Select(other => Path.Combine(_folder, other, "result.json"))],
        Only = only,
    };

    private sealed class Notes : IExperimentProgress
    {
        public int Cells { get; private set; }

        public int Stored { get; private set; }

        public List<string> Texts { get; } = [];

        public void Planned(int cells, int stored, long steps, int threads) => (Cells, Stored) = (cells, stored);

        public void Estimated(TimeSpan wall)
        {
        }

        public void Started(ExperimentCell cell, long steps)
        {
        }

        public void Advanced(ExperimentCell cell, int steps)
        {
        }

        public void Finished(ExperimentCell cell, CellResult result)
        {
        }

        public void Note(string text) => Texts.Add(text);
    }
}
