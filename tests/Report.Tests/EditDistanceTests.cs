using Engram.Results;

namespace Engram.Report.Tests;

public sealed class EditDistanceTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("rank", "rank", 0)]
    [InlineData("rank", "RANK", 0)]
    [InlineData("rnk", "rank", 1)]
    [InlineData("rakn", "rank", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    public void Distance_counts_single_letter_changes_and_swaps(string a, string b, int expected)
    {
        Assert.Equal(expected, EditDistance.Between(a, b));
        Assert.Equal(expected, EditDistance.Between(b, a));
    }

    [Fact]
    public void A_word_that_resembles_nothing_has_no_nearest() => Assert.Null(EditDistance.Nearest("zebra", ["rank", "epochs"]));
}
