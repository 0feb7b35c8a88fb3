using Engram.Kernels;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Tests;

public class LayoutTests
{
    [Fact]
    public void Reshaping_never_changes_the_row_major_order_of_the_elements()
    {
        // a random chain of transposes and slices, then a reshape to every factorization of the count
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var random = new Random(seed);
            Layout layout = Layout.RowMajor([random.Next(1, 5), random.Next(1, 5), random.Next(1, 5), random.Next(1, 5)]);
            for (int i = 0; i < 3; i++)
            {
                if (random.Next(2) == 0)
                    layout = layout.Transpose(random.Next(4), random.Next(4));
                else
                {
                    int axis = random.Next(4), start = random.Next(layout.Size(axis));
                    layout = layout.Slice(axis, start, random.Next(1, layout.Size(axis) - start + 1));
                }
            }
            for (int first = 1; first <= layout.Count; first++)
            {
                if (layout.Count % first == 0 && layout.TryReshape([first, -1], out Layout reshaped))
                    Assert.Equal(Offsets(layout), Offsets(reshaped));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_contiguous_layout_can_always_be_reshaped_and_a_transposed_one_only_where_no_axis_is_merged()
    {
        Layout layout = Layout.RowMajor([2, 3, 4]);
        Assert.True(layout.TryReshape([6, 4], out _));
        Assert.False(layout.Transpose(0, 1).TryReshape([6, 4], out _));
        Assert.True(layout.Transpose(0, 1).TryReshape([3, 2, 2, 2], out Layout split));
        Assert.Equal([4, 12, 2, 1], split.Strides.ToArray());
    }

    [Theory]
    [InlineData(new[] { 7 }, "asks for 7")]
    [InlineData(new[] { -1, 4 }, "a multiple of 4")]
    [InlineData(new[] { -1, -1 }, "a single -1 is deduced")]
    public void A_reshape_that_cannot_be_says_what_was_there_and_what_was_asked(int[] sizes, string expected)
    {
        var error = Assert.Throws<ArgumentException>(() => Layout.RowMajor([2, 3]).TryReshape(sizes, out _));
        Assert.Contains("[2, 3]", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Broadcasting_aligns_from_the_right_and_names_the_axis_that_does_not_fit()
    {
        Layout bias = Layout.RowMajor([4]).BroadcastTo([3, 4]);
        Assert.Equal([0, 1], bias.Strides.ToArray());
        Dims6 sizes = Layout.BroadcastSizes("add", Layout.RowMajor([2, 1, 4]), Layout.RowMajor([3, 1]), out int rank);
        Assert.Equal([2, 3, 4], ((ReadOnlySpan<int>)sizes)[..rank].ToArray());
        var error = Assert.Throws<ArgumentException>(() => Layout.BroadcastSizes("add", Layout.RowMajor([2, 3]), Layout.RowMajor([2]), out _));
        Assert.Contains("add", error.Message);
        Assert.Contains("axis -1 is 3 on the left and 2 on the right", error.Message);
    }

    [Fact]
    public void Impossible_shapes_are_refused_with_their_reason()
    {
        Assert.Contains("negative", Assert.Throws<ArgumentException>(() => Layout.RowMajor([2, -3])).Message);
        Assert.Contains("more than", Assert.Throws<ArgumentException>(() => Layout.RowMajor([1 << 20, 1 << 20])).Message);
        Assert.Contains("at most 6", Assert.Throws<ArgumentException>(() => Layout.RowMajor([1, 1, 1, 1, 1, 1, 1])).Message);
        Assert.Contains("leaves it", Assert.Throws<ArgumentOutOfRangeException>(() => Layout.RowMajor([5]).Slice(0, 3, 3)).Message);
        Assert.Contains("axis 2 does not exist", Assert.Throws<ArgumentOutOfRangeException>(() => Layout.RowMajor([5, 5]).Size(2)).Message);
        Assert.Contains("named twice", Assert.Throws<ArgumentException>(() => Layout.RowMajor([2, 2]).Permute([0, 0])).Message);
    }

    private static List<int> Offsets(Layout layout)
    {
        var offsets = new List<int>();
        for (int i = 0; i < layout.Count; i++)
        {
            int rest = i, offset = layout.Offset;
            for (int axis = layout.Rank - 1; axis >= 0; axis--)
            {
                offset += rest % layout.Size(axis) * layout.Stride(axis);
                rest /= layout.Size(axis);
            }
            offsets.Add(offset);
        }
        return offsets;
    }
}
