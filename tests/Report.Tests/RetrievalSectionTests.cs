using System.Xml.Linq;
using Engram.Results;

namespace Engram.Report.Tests;

public class RetrievalSectionTests
{
    private static ResultDocument Document(bool withCounts = true)
    {
        var cells = new List<CellResult>();
        foreach (var name in (string[])["random", "balanced <&>"])
        {
            for (var seed = 0; seed < 2; seed++)
            {
                var cell = SampleDocuments.Cell(name, seed, 0.6, 0.5, 100, 100, double.NaN);
                cells.Add(!withCounts ? cell : cell with
                {
                    Extras = new Dictionary<string, double> { ["retrievedInnerDistance"] = 0.5 + (0.1 * seed), ["gradientConflict"] = 0.25, ["gradientAngle"] = 95 },
                    Retrieval = new RetrievalCounts { DrawnByClass = [40, 40, 20, 0], ReplayedByClass = [10, 0, 10, 0], DrawnByAge = [60, 40], ReplayedByAge = [5, 15 + seed] },
                    ProxyPlane = new ProxyPlane
                    {
                        Explained = 0.873,
                        Paths =
                        [
                            new ProxyPath { Class = 3, Tasks = [0, 1, 2], X = [0.1, 0.2, 0.3], Y = [0, 0.1, 0] },
                            new ProxyPath { Class = 17, Tasks = [2], X = [-0.5], Y = [0.4] },
                        ],
                    },
                });
            }
        }

        return CellAggregation.ToDocument("retrieval", SampleDocuments.Config(), SampleDocuments.Environment, cells);
    }

    private static XDocument Page(ResultDocument document)
    {
        using var text = new StringWriter();
        HtmlReport.Write([document], text);
        return XDocument.Parse(text.ToString());
    }

    [Fact]
    public void A_preference_is_the_replayed_share_over_the_drawn_share()
    {
        Assert.Equal([1.25, 0, 2.5, double.NaN], RetrievalCounts.Preference([10, 0, 10, 0], [40, 40, 20, 0]));
        Assert.All(RetrievalCounts.Preference([0, 0], [3, 1]), value => Assert.True(double.IsNaN(value)));
        var method = Document().Methods[0];
        // over both seeds: 10 of 41 replayed rows are of the running task, 120 of 200 candidates
        Assert.Equal(10.0 / 41 / 0.6, RetrievalSection.Preferences(method, counts => (counts.ReplayedByAge, counts.DrawnByAge))[0], 1e-12);
    }

    [Fact]
    public void The_page_shows_who_is_retrieved_the_measured_sets_and_the_paths_of_the_proxies()
    {
        var page = Page(Document());
        var text = page.Root!.Value;
        Assert.Contains(RetrievalSection.Heading, text);
        Assert.Contains(ProxySection.Heading, text);
        Assert.Contains("plane holds 87 % of the variance", text);
        Assert.Contains("inner distance", text);
        Assert.Contains("25.00", text);
        var titles = page.Descendants().Where(element => element.Name.LocalName == "title").Select(element => element.Value).ToArray();
        Assert.Equal(2, titles.Count(title => title.StartsWith(RetrievalSection.Heading, StringComparison.Ordinal)));
        Assert.Equal(2, titles.Count(title => title.StartsWith(ProxySection.Heading, StringComparison.Ordinal)));
        Assert.DoesNotContain(RetrievalSection.Heading, Page(Document(withCounts: false)).Root!.Value);
        Assert.DoesNotContain(ProxySection.Heading, Page(Document(withCounts: false)).Root!.Value);
    }

    [Fact]
    public void Counts_and_paths_survive_the_file_and_damaged_ones_are_named()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("engram-retrieval-").FullName, "result.json");
        var document = Document();
        ResultJson.SaveAtomically(document, path);
        var read = ResultJson.Load(path);
        Assert.Equal([5L, 16], read.Methods[1].Retrievals![1].ReplayedByAge);
        Assert.Equal([0.1, 0.2, 0.3], read.Methods[0].ProxyPlane!.Paths[0].X);
        var few = document with { Methods = [document.Methods[0] with { Retrievals = [document.Methods[0].Retrievals![0]] }] };
        Assert.Contains("retrievals needs one entry", Assert.Throws<ResultFormatException>(() => ResultJson.SaveAtomically(few, path)).Message);
        var uneven = document with
        {
            Methods = [document.Methods[0] with { ProxyPlane = new ProxyPlane { Explained = 1, Paths = [new ProxyPath { Class = 0, Tasks = [0], X = [], Y = [1] }] } }],
        };
        Assert.Contains("as many x and y", Assert.Throws<ResultFormatException>(() => ResultJson.SaveAtomically(uneven, path)).Message);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }
}
