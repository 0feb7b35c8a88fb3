using Engram.ContinualLearning.Experiments;

namespace Engram.ContinualLearning.Tests.Experiments;

public class SeedListTests
{
    [Theory]
    [InlineData("3", new[] { 3 })]
    [InlineData("0..4", new[] { 0, 1, 2, 3, 4 })]
    [InlineData("7..7", new[] { 7 })]
    [InlineData("0..2, 9", new[] { 0, 1, 2, 9 })]
    public void A_range_includes_both_ends(string text, int[] expected) => Assert.Equal(expected, SeedList.Parse(text).Values);

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("-1")]
    [InlineData("1..")]
    [InlineData("4..0")]
    [InlineData("0..99999999")]
    [InlineData("1,,2")]
    public void Anything_else_is_refused_with_the_accepted_forms(string text) =>
        Assert.StartsWith("seeds:", Assert.Throws<FormatException>(() => SeedList.Parse(text)).Message);

    [Fact]
    public void Seeds_named_twice_are_a_problem() => Assert.Contains(SeedList.Parse("0..2,1").Problems(), p => p.Contains("1 is named twice"));
}
