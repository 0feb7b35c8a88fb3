using Engram.Results;

namespace Engram.Report.Tests;

public class MarkdownTableTests
{
    [Fact]
    public void The_table_holds_one_row_a_method_with_the_numbers_of_the_document()
    {
        var document = SampleDocuments.Rotation();
        var lines = MarkdownTable.Write(document).TrimEnd('\n').Split('\n');

        Assert.Equal("| Method | ACC, % | BWT, % | Forgetting, % | Memory, bytes | F | s a seed | µs a step | Seeds |", lines[0]);
        Assert.Equal("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", lines[1]);
        Assert.Equal(document.Methods.Count + 2, lines.Length);
        Assert.StartsWith("| er-gen | " + NumberText.Percent(document.Methods[4].Acc) + " |", lines[6], StringComparison.Ordinal);
        Assert.Contains("| 158,395 |", lines[6], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.Equal(lines[0].Count(c => c == '|'), line.Count(c => c == '|')));
    }

    [Fact]
    public void The_grid_of_a_sweep_has_one_row_a_setting()
    {
        var lines = MarkdownTable.WriteGrid(SampleDocuments.Sweep()).TrimEnd('\n').Split('\n');

        Assert.Equal("| Setting | finetune | er-raw-51 | er-gen | agem-gen |", lines[0]);
        Assert.Equal(8, lines.Length);
        Assert.StartsWith("| learningRate=0.1, epochs=1 |", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Differences_name_the_methods_that_exist_when_one_does_not()
    {
        var document = SampleDocuments.Rotation();
        var text = MarkdownTable.WriteDifferences(document, [("er-gen", "er-raw-51")]);
        var expected = PairedDifference.Between(document.Methods[4], document.Methods[1], method => method.Acc);

        Assert.Contains($"| er-gen | er-raw-51 | {NumberText.Points(expected.Mean, expected.Ci95)} | < 0.001 | 5 |".Replace("<", "&lt;", StringComparison.Ordinal), text, StringComparison.Ordinal);
        var error = Assert.Throws<ArgumentException>(() => MarkdownTable.WriteDifferences(document, [("er-gen", "nobody")]));
        Assert.Contains("It has: finetune, er-raw-51", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_names_keep_to_their_cell()
    {
        var sample = SampleDocuments.Rotation();
        var hostile = sample with { Methods = [sample.Methods[1] with { Name = "a|b\n| <b>*x*_y_ `z` [l](u)" }] };

        var lines = MarkdownTable.Write(hostile).TrimEnd('\n').Split('\n');

        Assert.Equal(3, lines.Length);
        Assert.StartsWith(@"| a\|b \| &lt;b&gt;\*x\*\_y\_ \`z\` \[l\](u) |", lines[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.8719, 0.0042, "+87.19 ± 0.42")]
    [InlineData(-0.05, 0.001, "−5.00 ± 0.10")]
    [InlineData(0.00001, 0.001, "0.00 ± 0.10")]
    [InlineData(0.05, double.NaN, "+5.00")]
    [InlineData(double.NaN, double.NaN, "–")]
    public void Differences_carry_their_sign_unless_they_round_to_zero(double difference, double interval, string expected)
    {
        Assert.Equal(expected, NumberText.Points(difference, interval));
    }
}
