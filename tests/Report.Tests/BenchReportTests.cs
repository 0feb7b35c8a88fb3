using System.Xml.Linq;
using Engram.Results;

namespace Engram.Report.Tests;

public class BenchReportTests
{
    private static readonly BenchDocument Sample = Document(1.0);

    [Fact]
    public void The_page_is_well_formed_with_and_without_comparison_and_history()
    {
        Assert.Equal("html", Page(Sample, null, null).Root!.Name.LocalName);
        XDocument page = Page(Sample, BenchComparison.Between(Document(0.5), Sample), new BenchHistory { Runs = [Document(0.5), Document(0.7), Sample], Notes = ["a line was torn"] });
        Assert.Equal(["Roofline", "Beside peers", "Against the other run", "Workloads", "History"], page.Descendants("h2").Select(h => h.Value));
    }

    [Fact]
    public void Every_workload_is_a_point_of_its_thread_counts_plot_with_its_name()
    {
        XDocument page = Page(Sample, null, null);
        XElement[] plots = [.. page.Descendants("svg").Where(svg => ((string?)svg.Attribute("class"))?.Contains("roofline") == true)];
        Assert.Equal(2, plots.Length);
        foreach ((XElement plot, int threads) in plots.Zip([1, 2]))
        {
            string[] titles = [.. plot.Descendants("g").Select(g => g.Element("title")!.Value.Split(':')[0])];
            Assert.Equal(Sample.Rows.Where(row => row.Threads == threads).Select(row => row.Name), titles);
        }
    }

    [Fact]
    public void A_point_on_the_roof_lies_on_the_line_and_a_slower_one_below_it()
    {
        BenchRow onRoof = Sample.Rows[0] with { Name = "gemm/on-1", Gflops = 100, Intensity = 1000 }, below = onRoof with { Name = "gemm/on-2", Gflops = 10 };
        XElement plot = Page(Sample with { Rows = [onRoof, below] }, null, null).Descendants("svg").First(svg => ((string?)svg.Attribute("class"))?.Contains("roofline") == true);
        double[] heights = [.. plot.Descendants("g").Select(g => double.Parse(g.Element("circle")!.Attribute("cy")!.Value, System.Globalization.CultureInfo.InvariantCulture))];
        double[] peak = [.. plot.Elements("line").Where(line => (string?)line.Attribute("class") == "roof" && line.Attribute("y1")!.Value == line.Attribute("y2")!.Value)
            .Select(line => double.Parse(line.Attribute("y1")!.Value, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.NotEmpty(peak);
        Assert.Equal(peak[0], heights[0], 1);
        Assert.True(heights[1] > peak[0] + 20);
    }

    [Fact]
    public void Ratios_and_their_own_times_stand_in_the_columns_of_the_peers()
    {
        XElement table = Page(Sample, null, null).Descendants("table").Single(t => t.Element("caption")!.Value.StartsWith("gemm", StringComparison.Ordinal));
        Assert.Equal(["Workload", "Threads", "Time, ms", "Noise", "GFLOP/s", "GB/s", "Roof", "OpenBLAS"], table.Descendants("th").Where(th => (string?)th.Attribute("scope") == "col").Select(th => th.Value));
        Assert.Contains(table.Descendants("td"), td => (string?)td.Attribute("data-label") == "OpenBLAS" && td.Value.StartsWith("0.80", StringComparison.Ordinal) && td.Value.Contains("1.25 ms"));
    }

    [Fact]
    public void A_wrong_workload_is_named_and_has_no_number()
    {
        XDocument page = Page(Sample with { Failures = [new BenchFailure { Name = "gemm/bad-1", Threads = 1, Message = "is wrong: off by 3" }] }, null, null);
        XElement row = page.Descendants("tr").Single(tr => tr.Value.Contains("gemm/bad-1"));
        Assert.Contains("off by 3", row.Value);
        Assert.DoesNotContain("ms", row.Value);
    }

    [Fact]
    public void Hostile_names_stay_in_their_place()
    {
        BenchRow row = Sample.Rows[0] with { Name = "x/<script>-\u0001\"&", Peers = [new BenchPeer { Name = "<b>", Version = "]]>", Milliseconds = 1, Ratio = 1, Noise = 0 }] };
        XDocument page = Page(Sample with { Rows = [row], Notes = ["</style>"] }, null, new BenchHistory { Runs = [Sample with { Rows = [row] }, Sample with { Rows = [row] }], Notes = [] });
        Assert.Empty(page.Descendants("script"));
        Assert.Empty(page.Descendants("b"));
    }

    [Fact]
    public void Curves_show_runs_of_this_machine_only()
    {
        BenchDocument other = Document(9) with { Environment = Sample.Environment with { CpuModel = "Other" } };
        XDocument page = Page(Sample, null, new BenchHistory { Runs = [Document(0.5), other, Sample], Notes = [] });
        XElement curve = page.Descendants("svg").First(svg => svg.Element("title")?.Value.StartsWith("History of", StringComparison.Ordinal) == true);
        Assert.Equal(2, curve.Descendants("g").Count());
        Assert.Contains("1 of other machines", page.Root!.Value);
    }

    [Fact]
    public void An_empty_run_makes_a_page_too() => Assert.Contains("No workload was timed.", Page(Sample with { Rows = [], Roofs = [], Complete = false }, null, null).Root!.Value);

    private static XDocument Page(BenchDocument document, BenchComparison? comparison, BenchHistory? history)
    {
        StringWriter text = new();
        BenchReport.Write(document, comparison, history, text);
        return XDocument.Parse(text.ToString());
    }

    private static BenchDocument Document(double milliseconds) => new()
    {
        SchemaVersion = BenchDocument.CurrentSchemaVersion,
        Kind = BenchDocument.DocumentKind,
        Environment = new RunEnvironment
        {
            EngineVersion = "0.1.0",
            Commit = "0123456789abcdef",
            Os = "Linux",
            Runtime = ".NET 10",
            CpuModel = "Test CPU",
            Cores = 2,
            Threads = 2,
            InstructionSets = ["AVX2"],
            StartedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        },
        Device = "cpu (2 threads, 512-bit)",
        GemmRung = "Bits512",
        Clock = "wall",
        Complete = true,
        Roofs = [Roof(1, 100), Roof(2, 190)],
        Rows =
        [
            Row("gemm/square-256", 1, milliseconds, 80, 40), Row("gemm/odd-nn-1x2x3", 1, milliseconds, 0.5, 0.3), Row("folds/all-sum-1M", 1, milliseconds, 2, 0.25),
            Row("gemm/square-256", 2, milliseconds / 2, 150, 40),
        ],
    };

    private static BenchRoof Roof(int threads, double peak) => new()
    {
        Threads = threads,
        Widths = [new BenchWidth { Bits = 512, Gflops = peak }],
        Bandwidths = [new BenchBandwidth { Bytes = 1 << 15, TriadGbps = 200, ReadGbps = 200 }, new BenchBandwidth { Bytes = 1 << 27, TriadGbps = 10, ReadGbps = 12 }],
    };

    private static BenchRow Row(string name, int threads, double milliseconds, double gflops, double intensity) => new()
    {
        Name = name,
        Threads = threads,
        Milliseconds = milliseconds,
        Gflops = gflops,
        Gbps = gflops / intensity,
        Intensity = intensity,
        RoofShare = 0.5,
        Noise = 0.02,
        Samples = 15,
        Repeats = 10,
        Peers = name.StartsWith("gemm/square", StringComparison.Ordinal) ? [new BenchPeer { Name = "OpenBLAS", Version = "0.3", Milliseconds = milliseconds / 0.8, Ratio = 0.8, Noise = 0.01 }] : [],
    };
}
