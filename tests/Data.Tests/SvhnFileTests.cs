using FsCheck;
using FsCheck.Fluent;

namespace Engram.Data.Tests;

public sealed class SvhnFileTests : IDisposable
{
    private const int Height = 4, Width = 3, Count = 5;

    // Made by another program (SciPy's savemat, compressed and not) of one array: X of 4x3x3x5 bytes, y = 10, 1, 9, 2, 10 as doubles
    private const string Packed =
        "TUFUTEFCIDUuMCBNQVQtZmlsZSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
        "ICAgICAgICAgICAgICAgICAgICAgICAgICAAAAAAAAAAAAABSU0PAAAA7AAAAHic42NgYPgAxGxAzAHEnAwQwArEAkDMAsTMUAwSYwTCCCDNBMRbgFjVNoPp" +
        "j5wCu1HAjRmdNnXs/wzf//nI79szoXip9p+PMeK9j87OeC0m5tPmvkjXJXf6qdMXxX1TLcMvfXdgPti43lLklbZXzcvrbEE9lpy3JZu5jlwv3n6nlaP2xCRm" +
        "yYR7RxrizrwKlpvjsy+ws92k2IPx8NRNx8Qtr2s6TvG/keJ95chx3gTJHzbulctU5krptbNLXU383/D8tMjU/g8vLxUuONA726db4jNXWP7fl29PdKT3mSyo" +
        "tJ95rAnkPwAfiFmyDwAAADQAAAB4nONjYGCIAGI2IOaA0iDACuWDaEYwZmSoBNKcQKzBAAMqDhD6gz2EVoLyGRxg8gCHYQPT";

    private const string Plain =
        "TUFUTEFCIDUuMCBNQVQtZmlsZSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
        "ICAgICAgICAgICAgICAgICAgICAgICAgICAAAAAAAAAAAAABSU0OAAAA8AAAAAYAAAAIAAAACQAAAAAAAAAFAAAAEAAAAAQAAAADAAAAAwAAAAUAAAABAAEA" +
        "WAAAAAIAAAC0AAAAJT1oAvweIAcyUNiYiTx+B/4x7/zxD02MkHOlK/zxXBeN4s2Y6xYWTIZHoi1EbZfKy9EXTWU5V9L3QAPBga85FOorSnzp1wZSjDkJ2xmD" +
        "CsTXc7fchQh9yJIDGWDexIBezOpTHpxMvlGJhzRzSAHDlbLGFznXKUGUT9hkS9TExw1gGfg8R3mmJJ0aLocHGtVh/4DnyxSVj/Dp0nGgwI2bTIsY8wpWb/3p" +
        "7ciIZ440oHk/mcaCAAAAAA4AAABYAAAABgAAAAgAAAAGAAAAAAAAAAUAAAAIAAAABQAAAAEAAAABAAEAeQAAAAkAAAAoAAAAAAAAAAAAJEAAAAAAAADwPwAA" +
        "AAAAACJAAAAAAAAAAEAAAAAAAAAkQA==";

    private const string Images =
        "25fc323d1e506820d802079889fef13c310f7eef4d07fc8c90fc8d73f1e2a55ccd2b1798eb864416476d16a2974c2dcacb65f7d139401757034dd2c1" +
        "81eae9af2bd7394a06147c528c19d7398373090ab7dbc4dc8592de0803c47d1980c8605ecc9c89ea4c8753be341e517348b2d701c629c31741953994" +
        "4fd460d8c41964c7f84b0d3c479d07791a1aa62ed5248761ff14e98095d2e78f71cbf0a0c08b568d186f9bf3fd4c0ae9ed8e3fc8349988a0c6677982";

    private readonly IdxBytes _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(Packed)]
    [InlineData(Plain)]
    public void Files_of_another_program_are_read(string base64)
    {
        ImageSet set = SvhnFile.Load(_files.Write("train_32x32.mat", Convert.FromBase64String(base64)));
        Assert.Equal((Count, 3, Height, Width, 10), (set.Count, set.Channels, set.Height, set.Width, set.ClassCount));
        Assert.Equal([0, 1, 9, 2, 0], set.Labels.ToArray());
        Assert.Equal(Convert.FromHexString(Images), set.AllPixels.ToArray());
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Both_byte_orders_both_forms_and_any_order_of_variables_are_read(bool packed, bool bigEndian)
    {
        byte[] x = Values(1);
        byte[] bytes = new MatBytes(packed, bigEndian).Add("y", [1, Count], [1, 2, 3, 10, 5]).Add("other", [1, 1], [7], arrayClass: 6)
            .Add("X", [Height, Width, 3, Count], x).Bytes;
        string path = _files.Write("x.mat", bytes);
        ImageSet set = SvhnFile.Load(path);
        Assert.Equal([1, 2, 3, 0, 5], set.Labels.ToArray());
        Assert.Equal(InRows(x), set.AllPixels.ToArray());
        ImageSet some = SvhnFile.Load(path, first: 2);
        Assert.Equal([1, 2], some.Labels.ToArray());
        Assert.Equal(set.Slice(0, 2).AllPixels.ToArray(), some.AllPixels.ToArray());
    }

    [Fact]
    public void One_image_has_three_sizes()
    {
        string path = _files.Write("x.mat", new MatBytes(packed: true).Add("X", [Height, Width, 3], Values(2)[..36]).Add("y", [1, 1], [4]).Bytes);
        Assert.Equal([4], SvhnFile.Load(path).Labels.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Truncated_and_damaged_files_give_images_of_the_right_form_or_the_named_error(bool packed)
    {
        byte[] whole = new MatBytes(packed).Add("X", [Height, Width, 3, Count], Values(3)).Add("y", [Count, 1], [1, 2, 3, 10, 5]).Bytes;
        Prop.ForAll(Gen.Choose(0, whole.Length - 1).Zip(Gen.Choose(0, 255)).ToArbitrary(), at =>
        {
            (int place, int flip) = at;
            byte[] damaged = flip == 0 ? whole[..place] : [.. whole];
            if (flip > 0)
            {
                damaged[place] ^= (byte)flip;
            }

            string path = _files.Write("damaged.mat", damaged);
            try
            {
                ImageSet set = SvhnFile.Load(path);
                Assert.Equal(set.Count * set.PixelCount, set.AllPixels.Length);
                Assert.True(flip > 0);
                if (packed && place >= 128)
                {
                    Assert.Equal(InRows(Values(3)), set.AllPixels.ToArray());
                }
            }
            catch (DataFormatException e)
            {
                Assert.Equal(path, e.File);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));
        for (int length = 0; length < whole.Length; length += 7)
        {
            string path = _files.Write("cut.mat", whole[..length]);
            Assert.Throws<DataFormatException>(() => SvhnFile.Load(path));
        }
    }

    [Fact]
    public void A_compressed_element_that_asks_for_a_preset_dictionary_is_refused_by_name()
    {
        byte[] whole = new MatBytes(packed: true).Add("X", [Height, Width, 3, Count], Values(3)).Bytes;
        int header = 128 + 8;
        int flags = whole[header + 1] | 0x20; // FDICT, RFC 1950
        flags -= ((whole[header] << 8) | flags) % 31;
        whole[header + 1] = (byte)((flags & 0x20) == 0 ? flags + 31 : flags);
        string path = _files.Write("dictionary.mat", whole);
        Assert.Contains("zlib", Assert.Throws<DataFormatException>(() => SvhnFile.Load(path)).Expected);
    }

    [Theory]
    [InlineData(new[] { 32, 32, 3, 2_000_000_000 })]
    [InlineData(new[] { 32, 32, 3, 1_000_000 })]
    [InlineData(new[] { 65536, 65536, 65536, 65536 })]
    [InlineData(new[] { -1, -1, -1, -1 })]
    [InlineData(new[] { 32, 32, 4, 1 })]
    [InlineData(new[] { 32, 32 })]
    [InlineData(new[] { 0, 32, 3, 1 })]
    public void Hostile_sizes_are_refused_without_allocating(int[] sizes)
    {
        foreach (bool packed in (bool[])[false, true])
        {
            string path = _files.Write("x.mat", new MatBytes(packed).Add("X", sizes, [1, 2, 3, 4, 5, 6, 7, 8, 9]).Add("y", [1, 1], [1]).Bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<DataFormatException>(() => SvhnFile.Load(path));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    [Fact]
    public void What_is_missing_or_does_not_fit_is_named()
    {
        MatBytes File() => new MatBytes(packed: false).Add("X", [Height, Width, 3, Count], Values(3));
        Assert.Contains("no y", Error(File().Bytes).Found);
        Assert.Contains("4 labels", Error(File().Add("y", [4, 1], [1, 2, 3, 4]).Bytes).Found);
        Assert.Contains("11 for image 1", Error(File().Add("y", [Count, 1], [1, 11, 3, 4, 5]).Bytes).Found);
        Assert.Contains("second", Error(File().Add("X", [Height, Width, 3, Count], Values(3)).Bytes).Found);
        Assert.Contains("neither", Error(new MatBytes(packed: true).Bytes).Found);
        byte[] hdf = new byte[600];
        "MATLAB 7.3 MAT-file"u8.CopyTo(hdf);
        Assert.Contains("HDF5", Error(hdf).Found);
        Assert.Contains("5 bytes", Error([.. File().Add("y", [Count, 1], [1, 2, 3, 4, 5]).Bytes, 1, 2, 3, 4, 5]).Found);

        DataFormatException Error(byte[] bytes) => Assert.Throws<DataFormatException>(() => SvhnFile.Load(_files.Write("x.mat", bytes)));
    }

    [Fact]
    public void The_dataset_is_read_from_matlab_or_idx_files()
    {
        byte[] x = Values(4);
        foreach (string split in (string[])["train", "test"])
        {
            _files.Write($"svhn/{split}_32x32.mat", new MatBytes(packed: true).Add("X", [Height, Width, 3, Count], x).Add("y", [Count, 1], [1, 2, 3, 10, 5]).Bytes);
        }

        Dataset matlab = DatasetCatalog.Load("svhn", _files.Folder);
        Assert.Equal(InRows(x), matlab.Test.AllPixels.ToArray());
        Directory.Delete(Path.Combine(_files.Folder, "svhn"), recursive: true);
        Assert.Contains("train_32x32.mat", Assert.Throws<DatasetNotFoundException>(() => DatasetCatalog.Load("svhn", _files.Folder)).Message);

        // IDX with planes for training, interleaved for testing
        byte[] planes = InRows(x), interleaved = new byte[planes.Length];
        for (int i = 0; i < planes.Length; i++)
        {
            int image = i / 36, channel = i % 36 / 12, pixel = i % 12;
            interleaved[(image * 36) + (pixel * 3) + channel] = planes[i];
        }

        _files.Write("svhn/train-images-idx4-ubyte.gz", IdxBytes.Gzip([.. IdxBytes.Header(2052, Count, 3, Height, Width), .. planes]));
        _files.Write("svhn/t10k-images-idx4-ubyte", [.. IdxBytes.Header(2052, Count, Height, Width, 3), .. interleaved]);
        _files.Write("svhn/train-labels-idx1-ubyte", IdxBytes.Labels(1, 2, 3, 10, 5));
        _files.Write("svhn/t10k-labels-idx1-ubyte", IdxBytes.Labels(1, 2, 3, 0, 5));
        Dataset idx = DatasetCatalog.Load("svhn", _files.Folder);
        Assert.Equal(planes, idx.Train.AllPixels.ToArray());
        Assert.Equal(planes, idx.Test.AllPixels.ToArray());
        Assert.Equal(idx.Train.Labels.ToArray(), idx.Test.Labels.ToArray());
    }

    [Fact]
    public void Four_sizes_without_channels_are_refused()
    {
        string labels = _files.Write("labels", IdxBytes.Labels(1));
        string images = _files.Write("images", [.. IdxBytes.Header(2052, 1, 2, 2, 2), .. new byte[8]]);
        Assert.Contains("channels", Assert.Throws<DataFormatException>(() => IdxFile.LoadPair(images, labels, "x")).Expected);
    }

    private static byte[] Values(int seed)
    {
        byte[] values = new byte[Height * Width * 3 * Count];
        new Random(seed).NextBytes(values);
        return values;
    }

    // column-major [Height, Width, 3, Count] to row-major [Count, 3, Height, Width]
    private static byte[] InRows(byte[] values)
    {
        byte[] rows = new byte[values.Length];
        int to = 0;
        for (int image = 0; image < Count; image++)
        {
            for (int c = 0; c < 3; c++)
            {
                for (int y = 0; y < Height; y++)
                {
                    for (int x = 0; x < Width; x++)
                    {
                        rows[to++] = values[y + (Height * (x + (Width * (c + (3 * image)))))];
                    }
                }
            }
        }

        return rows;
    }
}
