namespace Engram.Data.Tests;

public sealed class ImageSetTests
{
    private static readonly ImageSet Six = Make("six", [0, 1, 2, 0, 1, 2], 3);

    [Fact]
    public void Every_byte_survives_the_way_to_float_and_back()
    {
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(b => (byte)b)];
        float[] unit = new float[256];
        byte[] back = new byte[256];
        PixelConversion.ToUnit(bytes, unit);
        PixelConversion.ToBytes(unit, back);
        Assert.Equal(bytes, back);
        Assert.Equal(0f, unit[0]);
        Assert.Equal(1f, unit[255]);
    }

    [Fact]
    public void Conversion_is_the_same_product_at_every_length()
    {
        for (int n = 0; n < 100; n++)
        {
            byte[] bytes = [.. Enumerable.Range(0, n).Select(i => (byte)((i * 91) + 255))];
            float[] unit = new float[n];
            PixelConversion.ToUnit(bytes, unit);
            Assert.Equal(bytes.Select(b => b * (1f / 255f)), unit);
        }
    }

    [Fact]
    public void Values_outside_the_unit_range_are_limited_when_turned_into_bytes()
    {
        byte[] back = new byte[6];
        PixelConversion.ToBytes([-1f, float.NaN, 2f, float.PositiveInfinity, float.NegativeInfinity, 0.5f], back);
        Assert.Equal([0, 0, 255, 255, 0, 128], back);
    }

    [Fact]
    public void A_batch_holds_the_chosen_images_and_labels_in_order()
    {
        float[] x = new float[3 * 6];
        int[] y = new int[3];
        Six.CopyTo([5, 0, 5], x, y);
        Assert.Equal([2, 0, 2], y);
        Assert.Equal(Six.Pixels(5).ToArray().Select(b => b * PixelConversion.Scale), x[..6]);
        Assert.Equal(Six.Pixels(0).ToArray().Select(b => b * PixelConversion.Scale), x[6..12]);
        Assert.Equal(x[..6], x[12..]);
    }

    [Fact]
    public void Filling_a_batch_allocates_nothing()
    {
        float[] x = new float[3 * 6];
        int[] y = new int[3];
        int[] indices = [5, 0, 5];
        Six.CopyTo(indices, x, y);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Six.CopyTo(indices, x, y);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Wrong_batch_sizes_and_indices_are_errors_that_say_so()
    {
        Assert.Contains("[2, 6]", Assert.Throws<ArgumentException>(() => Six.CopyTo([0, 1], new float[11], new int[2])).Message);
        Assert.Contains("y [2]", Assert.Throws<ArgumentException>(() => Six.CopyTo([0, 1], new float[12], new int[3])).Message);
        Assert.Contains("image 6", Assert.Throws<ArgumentOutOfRangeException>(() => Six.CopyTo([6], new float[6], new int[1])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Six.CopyTo([-1], new float[6], new int[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Six.Pixels(6));
        Assert.Throws<ArgumentOutOfRangeException>(() => Six.Label(-1));
    }

    [Fact]
    public void Subset_copies_in_the_order_of_the_indices()
    {
        ImageSet subset = Six.Subset([4, 1], "two");
        Assert.Equal("two", subset.Name);
        Assert.Equal([1, 1], subset.Labels.ToArray());
        Assert.Equal(Six.Pixels(4).ToArray(), subset.Pixels(0).ToArray());
        Assert.Equal(Six.Pixels(1).ToArray(), subset.Pixels(1).ToArray());
    }

    [Fact]
    public void Slices_cut_and_concatenation_joins()
    {
        ImageSet joined = ImageSet.Concat("again", Six.Slice(0, 2), Six.Slice(2, 0), Six.Slice(2, 4));
        Assert.Equal(Six.AllPixels.ToArray(), joined.AllPixels.ToArray());
        Assert.Equal(Six.Labels.ToArray(), joined.Labels.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => Six.Slice(3, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => Six.Slice(-1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => Six.Slice(int.MaxValue, 2));
    }

    [Fact]
    public void Sets_of_different_form_do_not_concatenate()
    {
        ImageSet other = new("other", new byte[8], new int[2], 2, 2, 1, 3);
        ArgumentException e = Assert.Throws<ArgumentException>(() => ImageSet.Concat("mixed", Six, other));
        Assert.Contains("1x2x3", e.Message);
        Assert.Contains("1x2x2", e.Message);
    }

    [Fact]
    public void Relabelling_shares_pixels_and_checks_the_map()
    {
        ImageSet parity = Six.Relabel([0, 1, 0], 2);
        Assert.Equal([0, 1, 0, 0, 1, 0], parity.Labels.ToArray());
        Assert.Equal(2, parity.ClassCount);
        Assert.True(parity.AllPixels.Overlaps(Six.AllPixels));
        Assert.Throws<ArgumentException>(() => Six.Relabel([0, 1], 2));
        Assert.Throws<ArgumentException>(() => Six.Relabel([0, 1, 2], 2));
    }

    [Fact]
    public void The_histogram_counts_every_image_once()
    {
        Assert.Equal([2, 2, 2], Six.ClassHistogram());
        Assert.Equal([1, 4], Six.IndicesOf(1));
        Assert.Equal([0, 2, 3, 5], Six.IndicesOf(0, 2));
    }

    [Fact]
    public void Sizes_and_labels_are_checked_when_a_set_is_made()
    {
        Assert.Contains("36", Assert.Throws<ArgumentException>(() => new ImageSet("a", new byte[35], new int[6], 2, 3, 1, 3)).Message);
        Assert.Contains("label 3 of image 1", Assert.Throws<ArgumentException>(() => Make("b", [0, 3], 3)).Message);
        Assert.Contains("label -1", Assert.Throws<ArgumentException>(() => Make("c", [-1], 3)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageSet("d", new byte[0], new int[0], 0, 3, 1, 3));
    }

    internal static ImageSet Make(string name, int[] labels, int classes)
    {
        byte[] pixels = [.. Enumerable.Range(0, labels.Length * 6).Select(i => (byte)(i * 7))];
        return new ImageSet(name, pixels, labels, 2, 3, 1, classes);
    }
}
