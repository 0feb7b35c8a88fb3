using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Benchmarking.Tests;

public class BenchJsonTests
{
    private static readonly BenchDocument Sample = Documents.Of(
        Documents.Row("gemm/square-256", 0.25, 0.02, 1, Documents.Peer("OpenBLAS", 0.9), Documents.Peer("oneDNN", 1.1)),
        Documents.Row("folds/all-sum-1M", 0.1)) with { Notes = ["ein Hinweis"], Failures = [new BenchFailure { Name = "gemm/bad-1", Threads = 1, Message = "is wrong" }] };

    [Fact]
    public void A_document_comes_back_as_it_was()
    {
        string json = BenchJson.Serialize(Sample);
        Assert.DoesNotContain('\n', json);
        Assert.Equal(json, BenchJson.Serialize(BenchJson.Deserialize(json)));
    }

    [Fact]
    public void A_row_has_the_keys_that_readers_rely_on()
    {
        JsonNode row = JsonNode.Parse(BenchJson.Serialize(Sample))!["rows"]![0]!;
        foreach (string key in new[] { "name", "threads", "milliseconds", "gflops", "gbps", "roofShare", "peers" })
            Assert.NotNull(row[key]);
        foreach (string key in new[] { "name", "version", "milliseconds", "ratio" })
            Assert.NotNull(row["peers"]![0]![key]);
    }

    [Theory]
    [InlineData("", "truncated or damaged")]
    [InlineData("[]", "not a bench document")]
    [InlineData("null", "not a bench document")]
    [InlineData("{\"schemaVersion\": 1, \"methods\": []}", "not a bench document")]
    [InlineData("{\"kind\": \"engram-bench\", \"schemaVersion\": 2}", "schema version 2")]
    [InlineData("{\"kind\": \"engram-bench\"}", "schema version missing")]
    [InlineData("{\"kind\": \"engram-bench\", \"schemaVersion\": 1}", "truncated or damaged")]
    [InlineData("{\"kind\": 7}", "not a bench document")]
    public void Foreign_and_damaged_text_is_refused_with_file_and_remedy(string text, string complaint)
    {
        ResultFormatException e = Assert.Throws<ResultFormatException>(() => BenchJson.Deserialize(text, "old.json"));
        Assert.StartsWith("old.json: ", e.Message);
        Assert.Contains(complaint, e.Message);
        Assert.Contains("engram", e.Message);
    }

    [Fact]
    public void Every_truncation_is_refused_and_nothing_else_is_thrown()
    {
        string json = BenchJson.Serialize(Sample);
        for (int length = 0; length < json.Length; length += 7)
            Assert.Throws<ResultFormatException>(() => BenchJson.Deserialize(json[..length]));
    }

    [Theory]
    [InlineData("\"milliseconds\":0.25", "\"milliseconds\":-1")]
    [InlineData("\"milliseconds\":0.25", "\"milliseconds\":0")]
    [InlineData("\"milliseconds\":0.25", "\"milliseconds\":1e999")]
    [InlineData("\"ratio\":0.9", "\"ratio\":0")]
    [InlineData("\"threads\":1", "\"threads\":0")]
    [InlineData("\"noise\":0.02", "\"noise\":-0.5")]
    [InlineData("\"name\":\"folds/all-sum-1M\"", "\"name\":\"gemm/square-256\"")]
    [InlineData("\"widths\":[", "\"widths\":[null,")]
    [InlineData("\"rows\":[", "\"rows\":[null,")]
    [InlineData("\"peers\":[{", "\"peers\":[null,{")]
    [InlineData("\"notes\":[", "\"notes\":[null,")]
    public void Impossible_figures_are_refused(string right, string wrong)
    {
        string json = BenchJson.Serialize(Sample);
        Assert.Contains(right, json);
        Assert.Throws<ResultFormatException>(() => BenchJson.Deserialize(json.Replace(right, wrong)));
    }

    [Fact]
    public void A_document_with_a_number_that_is_none_is_not_written() =>
        Assert.Throws<ResultFormatException>(() => BenchJson.Serialize(Documents.Of(Documents.Row("gemm/a-1", double.NaN))));
}
