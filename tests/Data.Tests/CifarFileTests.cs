using System.Formats.Tar;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Data.Tests;

public sealed class CifarFileTests : IDisposable
{
    private const int PixelCount = 3 * 32 * 32;

    private readonly IdxBytes _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Files_are_read_one_after_the_other_plane_by_plane(bool gzip)
    {
        byte[] a = Records(3, 1, seed: 1), b = Records(2, 1, seed: 2);
        string[] paths = [_files.Write("a.bin", gzip ? IdxBytes.Gzip(a) : a), _files.Write("b.bin", gzip ? IdxBytes.Gzip(b) : b)];
        ImageSet set = CifarFile.Load(paths, "x");
        Assert.Equal((5, 3, 32, 32, 10), (set.Count, set.Channels, set.Height, set.Width, set.ClassCount));
        Assert.Equal([0, 1, 2, 0, 1], set.Labels.ToArray());
        Assert.Equal(a[1..(1 + PixelCount)], set.Pixels(0).ToArray());
        Assert.Equal(b[^PixelCount..], set.Pixels(4).ToArray());
    }

    [Fact]
    public void Cifar100_has_coarse_and_fine_labels()
    {
        string path = _files.Write("train.bin", Records(7, 2, seed: 3));
        ImageSet fine = CifarFile.Load([path], "fine", CifarLabels.Fine), coarse = CifarFile.Load([path], "coarse", CifarLabels.Coarse);
        Assert.Equal((100, 20), (fine.ClassCount, coarse.ClassCount));
        Assert.Equal([0, 7, 14, 21, 28, 35, 42], fine.Labels.ToArray());
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], coarse.Labels.ToArray());
        Assert.Equal(fine.AllPixels.ToArray(), coarse.AllPixels.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(99)]
    public void Only_the_first_images_are_kept_when_asked(int first)
    {
        string[] paths = [_files.Write("a.bin", Records(3, 1, seed: 1)), _files.Write("b.bin", Records(2, 1, seed: 2))];
        ImageSet some = CifarFile.Load(paths, "x", first: first), all = CifarFile.Load(paths, "x");
        Assert.Equal(Math.Min(first, 5), some.Count);
        Assert.Equal(all.Slice(0, some.Count).AllPixels.ToArray(), some.AllPixels.ToArray());
    }

    [Fact]
    public void A_length_that_is_no_whole_number_of_records_is_refused()
    {
        byte[] whole = Records(2, 1, seed: 1);
        foreach (byte[] wrong in (byte[][])[whole[..^1], [.. whole, 0], whole[..100]])
        {
            string path = _files.Write("data_batch_1.bin", wrong);
            DataFormatException e = Assert.Throws<DataFormatException>(() => CifarFile.Load([path], "x"));
            Assert.Equal(path, e.File);
            Assert.Contains("3073", e.Expected);
            Assert.Contains($"{wrong.Length} bytes", e.Found);
        }

        string hundred = _files.Write("train.bin", Records(3, 2, seed: 1));
        Assert.Contains("CIFAR-100", Assert.Throws<DataFormatException>(() => CifarFile.Load([hundred], "x")).Remedy);
    }

    [Fact]
    public void A_label_out_of_range_is_refused_with_its_image()
    {
        byte[] records = Records(3, 1, seed: 1);
        records[2 * (PixelCount + 1)] = 10;
        DataFormatException e = Assert.Throws<DataFormatException>(() => CifarFile.Load([_files.Write("a.bin", records)], "x"));
        Assert.Contains("10 for image 2", e.Found);
        byte[] hundred = Records(3, 2, seed: 1);
        hundred[PixelCount + 2] = 20;
        string path = _files.Write("b.bin", hundred);
        Assert.Contains("coarse", Assert.Throws<DataFormatException>(() => CifarFile.Load([path], "x", CifarLabels.Fine)).Expected);
    }

    [Fact]
    public void The_archive_gives_the_same_images_as_its_files_whatever_its_order()
    {
        byte[] a = Records(3, 1, seed: 1), b = Records(2, 1, seed: 2);
        string archive = _files.Write("x.tar.gz", Archive(("readme.html", [1, 2, 3]), ("data_batch_2.bin", b), ("data_batch_1.bin", a)));
        ImageSet unpacked = CifarFile.Load([_files.Write("a", a), _files.Write("b", b)], "x");
        ImageSet packed = CifarFile.LoadArchive(archive, ["data_batch_1.bin", "data_batch_2.bin"], "x");
        Assert.Equal(unpacked.AllPixels.ToArray(), packed.AllPixels.ToArray());
        Assert.Equal(unpacked.Labels.ToArray(), packed.Labels.ToArray());
        ImageSet some = CifarFile.LoadArchive(archive, ["data_batch_1.bin", "data_batch_2.bin"], "x", first: 4);
        Assert.Equal(unpacked.Slice(0, 4).AllPixels.ToArray(), some.AllPixels.ToArray());
        Assert.Contains("data_batch_3.bin", Assert.Throws<DataFormatException>(() => CifarFile.LoadArchive(archive, ["data_batch_3.bin"], "x")).Message);
    }

    [Fact]
    public void Damaged_archives_give_the_true_images_or_the_named_error()
    {
        byte[] whole = Archive(("data_batch_1.bin", Records(1, 1, seed: 1)));
        byte[] truth = Records(1, 1, seed: 1)[1..];
        Prop.ForAll(Gen.Choose(0, whole.Length - 1).Zip(Gen.Choose(1, 255)).Zip(Gen.Elements(true, false)).ToArbitrary(), at =>
        {
            ((int place, int flip), bool cut) = at;
            byte[] damaged = cut ? whole[..place] : [.. whole];
            if (!cut)
            {
                damaged[place] ^= (byte)flip;
            }

            string path = _files.Write("damaged.tar.gz", damaged);
            try
            {
                Assert.Equal(truth, CifarFile.LoadArchive(path, ["data_batch_1.bin"], "x").AllPixels.ToArray());
            }
            catch (DataFormatException e)
            {
                Assert.StartsWith(path, e.File);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_lying_archive_is_refused_without_allocating()
    {
        using MemoryStream plain = new();
        using (TarWriter tar = new(plain, TarEntryFormat.Ustar, leaveOpen: true))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "data_batch_1.bin") { DataStream = new MemoryStream(Records(1, 1, seed: 1)) });
        }

        byte[] bytes = plain.ToArray();
        // the size field, 11 octal digits at offset 124, and the checksum over the header
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(3073L * 600_000, 8).PadLeft(11, '0')).CopyTo(bytes, 124);
        bytes.AsSpan(148, 8).Fill((byte)' ');
        int sum = bytes.Take(512).Sum(b => b);
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(bytes, 148);
        foreach (byte[] lying in (byte[][])[bytes, IdxBytes.Gzip(bytes)])
        {
            string path = _files.Write("lying", lying);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<DataFormatException>(() => CifarFile.LoadArchive(path, ["data_batch_1.bin"], "x"));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
        }
    }

    [Theory]
    [InlineData("cifar10/{0}")]
    [InlineData("cifar-10-batches-bin/{0}")]
    [InlineData("cifar10/cifar-10-batches-bin/{0}")]
    public void Cifar10_is_found_where_its_archive_unpacks_to(string place)
    {
        for (int i = 1; i <= 5; i++)
        {
            _files.Write(string.Format(place, $"data_batch_{i}.bin"), Records(2, 1, seed: i));
        }

        DatasetFolder folder = new(_files.Folder);
        Assert.False(folder.Contains("cifar10"));
        Assert.Contains("test_batch.bin", Assert.Throws<DatasetNotFoundException>(() => folder.Load("cifar10")).Message);
        _files.Write(string.Format(place, "test_batch.bin"), Records(3, 1, seed: 9));
        Assert.True(folder.Contains("cifar10"));
        Dataset cifar = folder.Load("cifar10", firstTrain: 7);
        Assert.Equal((7, 3), (cifar.Train.Count, cifar.Test.Count));
    }

    [Theory]
    [InlineData("cifar-100-binary.tar.gz")]
    [InlineData("cifar100/cifar-100-binary.tar.gz")]
    public void Cifar100_is_read_out_of_its_archive(string place)
    {
        _files.Write(place, Archive(("test.bin", Records(2, 2, seed: 1)), ("train.bin", Records(6, 2, seed: 2))));
        DatasetFolder folder = new(_files.Folder);
        Assert.True(folder.Contains("cifar100") && folder.Contains("cifar100-coarse"));
        Assert.Equal((6, 2, 100), (folder.Load("cifar100").Train.Count, folder.Load("cifar100").Test.Count, folder.Load("cifar100").Train.ClassCount));
        Assert.Equal(20, folder.Load("cifar100-coarse").Test.ClassCount);
    }

    [SkippableTheory]
    [InlineData("cifar10", 50_000, 10_000, 10)]
    [InlineData("cifar100", 20_000, 10_000, 100)]
    [InlineData("cifar100-coarse", 20_000, 10_000, 20)]
    [InlineData("mnist-m", 5_000, 1_000, 10)]
    public void Real_colour_datasets_load_whole_and_allocate_little_more_than_their_pixels(string name, int train, int test, int classes)
    {
        DatasetFolder folder = RealData.Require(name);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Dataset dataset = folder.Load(name);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal((train, test), (dataset.Train.Count, dataset.Test.Count));
        Assert.Equal((3, 32, 32, classes), (dataset.Train.Channels, dataset.Train.Height, dataset.Train.Width, dataset.Train.ClassCount));
        Assert.All(dataset.Test.ClassHistogram(), count => Assert.InRange(count, test / classes * 7 / 10, test / classes * 13 / 10));
        // this thread reads the training images, and the test images where no other thread has begun: pixels once, labels, the streams' buffers
        Assert.InRange(allocated, (long)train * PixelCount, ((long)(train + test) * (PixelCount + sizeof(int))) + (2L << 20));
    }

    [SkippableFact]
    public void Cifar10_is_balanced_and_in_its_original_order()
    {
        ImageSet train = RealData.Require("cifar10").Load("cifar10", firstTest: 1).Train;
        Assert.All(train.ClassHistogram(), count => Assert.Equal(5000, count));
        Assert.Equal([6, 9, 9, 4, 1, 1, 2, 7, 8, 3], train.Labels[..10].ToArray());
    }

    internal static byte[] Records(int count, int labelBytes, int seed)
    {
        byte[] bytes = new byte[count * (labelBytes + PixelCount)];
        new Random(seed).NextBytes(bytes);
        for (int i = 0; i < count; i++)
        {
            bytes[i * (labelBytes + PixelCount)] = (byte)(labelBytes == 1 ? i % 10 : i % 20);
            if (labelBytes == 2)
            {
                bytes[(i * (labelBytes + PixelCount)) + 1] = (byte)(7 * i % 100);
            }
        }

        return bytes;
    }

    private static byte[] Archive(params (string Name, byte[] Bytes)[] entries)
    {
        using MemoryStream plain = new();
        using (TarWriter tar = new(plain, TarEntryFormat.Ustar, leaveOpen: true))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.Directory, "cifar-binary/"));
            foreach ((string name, byte[] bytes) in entries)
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "cifar-binary/" + name) { DataStream = new MemoryStream(bytes) });
            }
        }

        return IdxBytes.Gzip(plain.ToArray());
    }
}
