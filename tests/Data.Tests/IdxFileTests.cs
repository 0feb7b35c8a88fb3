using FsCheck;
using FsCheck.Fluent;

namespace Engram.Data.Tests;

public sealed class IdxFileTests : IDisposable
{
    private readonly IdxBytes _files = new();
    private readonly byte[] _images = IdxBytes.Images(3, 4, 5, i => (byte)((i * 37) + 1));
    private readonly byte[] _labels = IdxBytes.Labels(7, 0, 9);

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Plain_and_gzip_files_give_the_same_images(bool gzip)
    {
        ImageSet set = Load(gzip ? IdxBytes.Gzip(_images) : _images, gzip ? IdxBytes.Gzip(_labels) : _labels);
        Assert.Equal((3, 4, 5, 1, 10), (set.Count, set.Height, set.Width, set.Channels, set.ClassCount));
        Assert.Equal([7, 0, 9], set.Labels.ToArray());
        Assert.Equal(_images[16..], set.AllPixels.ToArray());
        Assert.Equal(_images[(16 + 20)..(16 + 40)], set.Pixels(1).ToArray());
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 2)]
    [InlineData(true, 0)]
    [InlineData(true, 2)]
    [InlineData(true, 100)]
    public void Only_the_first_images_are_read_when_asked(bool gzip, int first)
    {
        ImageSet set = Load(gzip ? IdxBytes.Gzip(_images) : _images, gzip ? IdxBytes.Gzip(_labels) : _labels, first: first);
        int count = Math.Min(first, 3);
        Assert.Equal(count, set.Count);
        Assert.Equal(_images[16..(16 + (20 * count))], set.AllPixels.ToArray());
    }

    [Fact]
    public void An_empty_set_is_a_set()
    {
        ImageSet set = Load(IdxBytes.Images(0, 4, 5, _ => 0), IdxBytes.Labels());
        Assert.Equal(0, set.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_truncated_image_file_is_refused_by_name(bool gzip)
    {
        byte[] whole = gzip ? IdxBytes.Gzip(_images) : _images;
        for (int length = 0; length < whole.Length; length++)
        {
            DataFormatException e = Assert.Throws<DataFormatException>(() => Load(whole[..length], _labels));
            Assert.EndsWith("images", e.File);
            Assert.Contains("images", e.Message);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_truncated_label_file_is_refused_by_name(bool gzip)
    {
        byte[] whole = gzip ? IdxBytes.Gzip(_labels) : _labels;
        for (int length = 0; length < whole.Length; length++)
        {
            DataFormatException e = Assert.Throws<DataFormatException>(() => Load(_images, whole[..length]));
            Assert.EndsWith("labels", e.File);
        }
    }

    [Fact]
    public void Damaged_gzip_gives_the_true_images_or_the_named_error()
    {
        byte[] whole = IdxBytes.Gzip(_images);
        CheckFlips(whole, damaged =>
        {
            ImageSet set = Load(damaged, _labels);
            Assert.Equal(_images[16..], set.AllPixels.ToArray());
        });
    }

    [Fact]
    public void Damaged_plain_files_give_images_of_the_right_form_or_the_named_error()
    {
        CheckFlips(_images, damaged =>
        {
            ImageSet set = Load(damaged, _labels);
            Assert.Equal(3 * 20, set.AllPixels.Length);
        });
        CheckFlips(_labels, damaged =>
        {
            ImageSet set = Load(_images, damaged);
            Assert.All(set.Labels.ToArray(), label => Assert.InRange(label, 0, 9));
        });
    }

    [Theory]
    [InlineData(int.MaxValue, 28, 28)]
    [InlineData(-1, 28, 28)]
    [InlineData(3, int.MaxValue, int.MaxValue)]
    [InlineData(3, 65536, 65536)]
    [InlineData(3, 4096, 4096)]
    [InlineData(3, 0, 28)]
    [InlineData(3, -28, 28)]
    public void Hostile_headers_are_refused_without_allocating(int count, int rows, int columns)
    {
        byte[] header = [.. IdxBytes.Header(2051, count, rows, columns), 1, 2, 3];
        byte[] lying = IdxBytes.Gzip(header);
        BitConverter.TryWriteBytes(lying.AsSpan(lying.Length - 4), (uint)(16 + ((long)count * rows * columns)));
        foreach (byte[] bytes in (byte[][])[header, IdxBytes.Gzip(header), lying])
        {
            string images = _files.Write("images", bytes);
            string labels = _files.Write("labels", _labels);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<DataFormatException>(() => IdxFile.LoadPair(images, labels, "x"));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    [Fact]
    public void Hostile_label_counts_are_refused_without_allocating()
    {
        foreach (int count in (int[])[int.MaxValue, -1, 2_000_000_000, 4])
        {
            string labels = _files.Write("labels", [.. IdxBytes.Header(2049, count), 1, 2, 3]);
            string images = _files.Write("images", _images);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<DataFormatException>(() => IdxFile.LoadPair(images, labels, "x"));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    [Fact]
    public void A_gzip_bomb_is_not_unpacked()
    {
        // 64 MiB of zeros behind an honest-looking header for three small images
        byte[] bomb = IdxBytes.Gzip([.. _images, .. new byte[64 << 20]]);
        string images = _files.Write("images", bomb);
        string labels = _files.Write("labels", _labels);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<DataFormatException>(() => IdxFile.LoadPair(images, labels, "x"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Trailing_bytes_are_refused()
    {
        Assert.Throws<DataFormatException>(() => Load([.. _images, 0], _labels));
        Assert.Throws<DataFormatException>(() => Load(IdxBytes.Gzip([.. _images, 0]), _labels));
    }

    [Fact]
    public void Swapped_files_are_recognised()
    {
        DataFormatException e = Assert.Throws<DataFormatException>(() => Load(_labels, _images));
        Assert.Contains("swapped", e.Message);
        Assert.Contains("2049", e.Expected);
    }

    [Fact]
    public void A_count_mismatch_names_both_files_and_both_counts()
    {
        DataFormatException e = Assert.Throws<DataFormatException>(() => Load(_images, IdxBytes.Labels(1, 2)));
        Assert.Contains("2 images", e.Expected);
        Assert.Contains("labels", e.Expected);
        Assert.Equal("3 images", e.Found);
    }

    [Fact]
    public void A_label_out_of_range_names_the_image()
    {
        DataFormatException e = Assert.Throws<DataFormatException>(() => Load(_images, IdxBytes.Labels(1, 2, 10)));
        Assert.Equal("labels in [0, 10)", e.Expected);
        Assert.Equal("label 10 for image 2", e.Found);
    }

    [Fact]
    public void A_missing_file_is_an_IO_error_that_names_it()
    {
        string labels = _files.Write("labels", _labels);
        FileNotFoundException e = Assert.Throws<FileNotFoundException>(
            () => IdxFile.LoadPair(Path.Combine(_files.Folder, "absent"), labels, "x"));
        Assert.Contains("absent", e.Message);
    }

    private void CheckFlips(byte[] whole, Action<byte[]> readsRight)
    {
        Gen<(int At, int Mask)> flip =
            from at in Gen.Choose(0, whole.Length - 1)
            from mask in Gen.Choose(1, 255)
            select (at, mask);
        var flips = Gen.ListOf(flip).Select(list => list.ToArray()).ToArbitrary();
        Prop.ForAll(flips, some =>
        {
            byte[] damaged = [.. whole];
            foreach ((int at, int mask) in some)
            {
                damaged[at] ^= (byte)mask;
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                readsRight(damaged);
            }
            catch (DataFormatException)
            {
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
        }).QuickCheckThrowOnFailure();
    }

    private ImageSet Load(byte[] images, byte[] labels, int? first = null) =>
        IdxFile.LoadPair(_files.Write("images", images), _files.Write("labels", labels), "test", first: first);
}
