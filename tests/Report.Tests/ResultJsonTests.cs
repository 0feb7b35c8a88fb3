using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Results;

namespace Engram.Report.Tests;

public class ResultJsonTests
{
    [Fact]
    public void A_document_survives_the_way_to_json_and_back()
    {
        foreach (var document in (ResultDocument[])[SampleDocuments.Rotation(), SampleDocuments.Sweep()])
        {
            var json = ResultJson.Serialize(document);
            var again = ResultJson.Deserialize(json);

            Assert.Equal(json, ResultJson.Serialize(again));
            for (var m = 0; m < document.Methods.Count; m++)
            {
                Assert.Equal(document.Methods[m].Acc.Values, again.Methods[m].Acc.Values);
                Assert.Equal(document.Methods[m].AccuracyMatrices, again.Methods[m].AccuracyMatrices);
                Assert.Equal(document.Methods[m].Label, again.Methods[m].Label);
            }

            Assert.Equal(document.Images.Select(image => image.Pixels), again.Images.Select(image => image.Pixels));
            Assert.Equal(document.Environment.StartedAt, again.Environment.StartedAt);
        }
    }

    [Fact]
    public void Doubles_come_back_bit_for_bit_and_undefined_ones_as_nan()
    {
        double[] values = [0.1 + 0.2, 1.0 / 3, double.Epsilon, -0.0, 1e-300, double.MaxValue, double.NaN, double.PositiveInfinity];
        var cell = SampleDocuments.Cell("er", 0, 0.8, 0.1, 1, 4, double.NaN) with
        {
            Extras = values.Select((value, i) => (value, i)).ToDictionary(pair => $"k{pair.i}", pair => pair.value),
        };

        var again = ResultJson.DeserializeCell(ResultJson.Serialize(cell));

        Assert.True(double.IsNaN(again.CompressionFactor));
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(BitConverter.DoubleToInt64Bits(values[i]), BitConverter.DoubleToInt64Bits(again.Extras![$"k{i}"]));
        }

        Assert.True(double.IsNaN(again.Extras!["k6"]) && double.IsNaN(again.Extras["k7"]));
    }

    [Fact]
    public void Undefined_numbers_and_the_interval_of_one_seed_are_null_on_the_wire()
    {
        var cell = SampleDocuments.Cell("er", 0, [[0.1], [0.9]], MemoryUse.None);
        var document = CellAggregation.ToDocument("sample", SampleDocuments.Config(), SampleDocuments.Environment, [cell]);

        var method = JsonNode.Parse(ResultJson.Serialize(document))!["methods"]![0]!;

        Assert.Null(method["bwt"]!["mean"]);
        Assert.Null(method["bwt"]!["values"]![0]);
        Assert.Null(method["acc"]!["ci95"]);
        Assert.Equal(0.9, method["acc"]!["mean"]!.GetValue<double>());
        Assert.Null(method["compressionFactor"]);
    }

    /// <summary>Readers outside this repository rely on these names: a change here needs a new schema version; a new optional key does not.</summary>
    [Fact]
    public void The_keys_of_version_one_stay_as_they_are()
    {
        var document = JsonNode.Parse(ResultJson.Serialize(SampleDocuments.Rotation()))!;
        var method = document["methods"]![0]!;

        Assert.Equal("schemaVersion name config environment methods images notes missing", Keys(document));
        Assert.Equal(
            "name settings seeds acc bwt fwt forgetting learningAccuracy worstForgetting lca taskIncrementalAcc memoryBytes memory compressionFactor "
            + "seconds stepMicroseconds peakBytes accuracyMatrices extras", Keys(method));
        Assert.Equal("mean ci95 values", Keys(method["acc"]!));
        Assert.Equal("scalars payloadBytes bookkeepingBytes", Keys(method["memory"]!));
        Assert.Equal(
            "engineVersion commit os runtime cpuModel cores threads instructionSets startedAt machineNote", Keys(document["environment"]!));
        Assert.Equal("kind task class dataset method rank height width channels pixels", Keys(document["images"]![0]!));
        Assert.Equal(["generated", "real"], document["images"]!.AsArray().Select(i => i!["kind"]!.GetValue<string>()).Distinct().Order());
        Assert.Equal(
            "schemaVersion method seed settings fingerprint accuracyMatrix metrics memory compressionFactor seconds stepMicroseconds peakBytes extras images notes",
            Keys(JsonNode.Parse(ResultJson.Serialize(SampleDocuments.Cell("er", 0, 0.8, 0.1, 1, 4, 2)))!));
    }

    [Fact]
    public void Another_schema_version_is_named_before_anything_else_is_judged()
    {
        var error = Assert.Throws<ResultFormatException>(() => ResultJson.Deserialize("""{"unknown": [1, {"a": 2}], "schemaVersion": 2}""", "later.json"));

        Assert.Contains("later.json: schema version 2; this build reads version 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_keys_of_the_same_version_are_passed_over()
    {
        var node = JsonNode.Parse(ResultJson.Serialize(SampleDocuments.Rotation()))!;
        node["added"] = new JsonObject { ["later"] = true };

        Assert.Equal("sample rotation", ResultJson.Deserialize(node.ToJsonString()).Name);
    }

    [Fact]
    public void Optional_lists_that_are_absent_are_empty()
    {
        var document = JsonNode.Parse(ResultJson.Serialize(SampleDocuments.Rotation()))!.AsObject();
        document.Remove("images");
        document.Remove("notes");
        var cell = JsonNode.Parse(ResultJson.Serialize(SampleDocuments.Cell("er", 0, 0.8, 0.1, 1, 4, 2)))!.AsObject();
        cell.Remove("images");
        cell.Remove("notes");

        Assert.Empty(ResultJson.Deserialize(document.ToJsonString()).Images);
        Assert.Empty(ResultJson.Deserialize(document.ToJsonString()).Notes);
        Assert.Empty(ResultJson.DeserializeCell(cell.ToJsonString()).Images);
        Assert.Empty(ResultJson.DeserializeCell(cell.ToJsonString()).Notes);
    }

    [Fact]
    public void A_document_cut_off_anywhere_is_refused_with_its_name()
    {
        var json = ResultJson.Serialize(SampleDocuments.RankAblation());
        for (var length = 0; length < json.Length; length += 1 + (json.Length / 211))
        {
            var error = Assert.Throws<ResultFormatException>(() => ResultJson.Deserialize(json[..length], "cut.json"));
            Assert.StartsWith("cut.json: ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Random_damage_never_ends_in_another_exception()
    {
        var json = ResultJson.Serialize(SampleDocuments.Cell("er", 0, 0.8, 0.1, 1, 4, 2, settings: new JsonObject { ["x"] = 1 }));
        var random = new Random(5);
        var refused = 0;
        for (var round = 0; round < 2000; round++)
        {
            var damaged = json.ToCharArray();
            for (var i = 0; i < 3; i++)
            {
                damaged[random.Next(damaged.Length)] = "{}[],:\"0-e\u0000nx\ud800"[random.Next(14)];
            }

            try
            {
                ResultJson.Serialize(ResultJson.DeserializeCell(new string(damaged)));
            }
            catch (ResultFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1000, 2000);
    }

    [Theory]
    [InlineData("[]", "expected a JSON object")]
    [InlineData("null", "expected a JSON object")]
    [InlineData("{}", "no \"schemaVersion\"")]
    [InlineData("{\"schemaVersion\":\"1\"}", "schema version 1;")]
    [InlineData("{\"schemaVersion\":1}", "not a readable result file")]
    [InlineData("{\"schemaVersion\":1,\"schemaVersion\":1}", "not a readable result file")]
    public void What_is_not_a_result_is_refused(string json, string part)
    {
        var error = Assert.Throws<ResultFormatException>(() => ResultJson.Deserialize(json, "file.json"));

        Assert.StartsWith("file.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("methods.0.accuracyMatrices.0.1", "[0.1]", "expected [tasks + 1, tasks]")]
    [InlineData("methods.0.accuracyMatrices.0", "null", "expected [tasks + 1, tasks]")]
    [InlineData("methods.0.seeds", "[]", "no seeds")]
    [InlineData("methods.0.acc.values", "[0.5]", "acc has 1 values for 5 seeds")]
    [InlineData("methods.0.memoryBytes", "17", "memoryBytes is 17")]
    [InlineData("methods.0.memory.scalars", "-1", "must not be negative")]
    [InlineData("methods.0", "null", "methods[0] is null")]
    [InlineData("images.0.height", "2000000000", "is not an image")]
    [InlineData("images.0.width", "27", "bytes of pixels")]
    [InlineData("images.0.channels", "2", "is not an image")]
    [InlineData("notes", "[null]", "notes holds null")]
    [InlineData("config", "null", "config")]
    [InlineData("methods.0.acc", "null", "acc")]
    [InlineData("methods.0.seconds", "1e999", "64-bit float")]
    public void Contradictions_are_found_and_named(string path, string value, string part)
    {
        var node = JsonNode.Parse(ResultJson.Serialize(SampleDocuments.Rotation()))!;
        // The placeholder lets values through that a JSON tree could not hold.
        Set(node, path.Split('.'), JsonValue.Create("placeholder"));
        var json = node.ToJsonString().Replace("\"placeholder\"", value, StringComparison.Ordinal);

        var error = Assert.Throws<ResultFormatException>(() => ResultJson.Deserialize(json));

        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_contradicting_cell_is_not_even_written()
    {
        var cell = SampleDocuments.Cell("er", 0, 0.8, 0.1, 1, 4, 2) with { AccuracyMatrix = [[0.1, 0.1], [0.9, 0.1]] };

        Assert.Throws<ResultFormatException>(() => ResultJson.Serialize(cell));
    }

    [Fact]
    public void Files_are_replaced_as_a_whole_and_leave_nothing_behind()
    {
        var folder = Directory.CreateTempSubdirectory("engram-results");
        try
        {
            var path = Path.Combine(folder.FullName, "cells", "cell.json");
            var cell = SampleDocuments.Cell("er", 0, 0.8, 0.1, 1, 4, 2);
            ResultJson.SaveAtomically(cell, path);
            ResultJson.SaveAtomically(cell with { Seed = 9 }, path);

            Assert.Equal(9, ResultJson.LoadCell(path).Seed);
            Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));

            var document = Path.Combine(folder.FullName, "result.json");
            ResultJson.SaveAtomically(SampleDocuments.Rotation(), document);
            Assert.Equal("sample rotation", ResultJson.Load(document).Name);

            File.WriteAllText(document, File.ReadAllText(document)[..1000]);
            Assert.Contains("result.json", Assert.Throws<ResultFormatException>(() => ResultJson.Load(document)).Message, StringComparison.Ordinal);
            Assert.Throws<FileNotFoundException>(() => ResultJson.Load(document + ".not"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Planar_floats_become_interleaved_bytes_and_overshoot_is_clipped()
    {
        float[] planar = [0f, 1f, 0.5f, 2f, -1f, float.NaN];

        Assert.Equal((byte[])[0, 128, 0, 255, 255, 0], ResultImage.ToPixels(planar, 3));
        Assert.Throws<ArgumentException>(() => ResultImage.ToPixels(planar, 4));
    }

    private static string Keys(JsonNode node) => string.Join(" ", node.AsObject().Select(pair => pair.Key));

    private static void Set(JsonNode node, string[] path, JsonNode value)
    {
        foreach (var part in path[..^1])
        {
            node = (node is JsonArray array ? array[int.Parse(part)] : node[part])!;
        }

        if (node is JsonArray last)
        {
            last[int.Parse(path[^1])] = value;
        }
        else
        {
            node[path[^1]] = value;
        }
    }
}
