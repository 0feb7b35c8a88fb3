using FsCheck;
using FsCheck.Fluent;

namespace Engram.Data.Tests;

public sealed class PngFileTests : IDisposable
{
    private static readonly (int ColourType, int Depth)[] s_forms =
        [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16)];

    private readonly IdxBytes _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Every_form_filter_and_size_is_decoded()
    {
        foreach ((int colourType, int depth) in s_forms)
        {
            foreach (bool interlaced in (bool[])[false, true])
            {
                for (int seed = 0; seed < 12; seed++)
                {
                    int width = 1 + (seed * 5 % 13), height = 1 + (seed * 7 % 11);
                    (byte[] file, byte[] planes) = PngBytes.Random(width, height, colourType, depth, interlaced, seed);
                    string path = _files.Write("x.png", file);
                    PngImage image = PngFile.Load(path);
                    Assert.Equal((planes.Length / (width * height), height, width), (image.Channels, image.Height, image.Width));
                    Assert.Equal((image.Channels, height, width), PngFile.SizeOf(path));
                    Assert.True(planes.AsSpan().SequenceEqual(image.Pixels.Span), $"colour type {colourType}, {depth} bits, {width}x{height}, interlaced {interlaced}");
                }
            }
        }
    }

    // written by Pillow: colour, colour with alpha, a palette of 4 bits, a smooth gray image (filtered), 16 bits
    [Theory]
    [InlineData(3, 4, 5, "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAECAIAAADJUWIXAAAAS0lEQVR4nAFAAL//ASXrjCMU/YOGxvULMgy3bAD8hhmyFP5lktSL/OqcnY4AMkTX1+nx995gVo3piQc/AT0WOcRqA9CInLxr110GGQdMH15y5N2IAAAAAElFTkSuQmCC", "2548cbc0ccfcb2658b9c32d7f756893d01d18deaebff859047861492fc9d44e9de8d0716800873798c894f81ed19fed4ea8ed7f160e93f393cd8afc8")]
    [InlineData(3, 3, 3, "iVBORw0KGgoAAAANSUhEUgAAAAMAAAADCAYAAABWKLW/AAAAMklEQVR4nAEnANj/AB5Hg8aVMTkDxBjxKwIu07GK2ELwz0so0+4CI8ijN60mP0T6gyNlRO4RFhBtRJwAAAAASUVORK5CYII=", "1e95c44c6d0f6f1a094731181a7340e299c38339f13429c4d768e7")]
    [InlineData(3, 5, 6, "iVBORw0KGgoAAAANSUhEUgAAAAYAAAAFBAMAAACUdoDVAAAAMFBMVEXg4ODMzMy4uLioqKiUlJR4eHhgYGBMTEw4ODgcHBwEBAQAAAAAAAAAAAAAAAAAAABA12qDAAAAHElEQVR4nGNYNXMmQ0d7GUNaaAiDi7ESg6IAAwBF2AU7wqF3dQAAAABJRU5ErkJggg==", "04041c1c1c1c3838384c4c606060787878949494a8a8b8b8b8cccce0e0e004041c1c1c1c3838384c4c606060787878949494a8a8b8b8b8cccce0e0e004041c1c1c1c3838384c4c606060787878949494a8a8b8b8b8cccce0e0e0")]
    [InlineData(1, 12, 10, "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAMCAAAAAB+AHN8AAAAE0lEQVR4nGNkYIUBRnY4k4WuTACorAKUmkfaOwAAAABJRU5ErkJggg==", "00050a0f14191e23282d070c11161b20252a2f340e13181d22272c31363b151a1f24292e33383d421c21262b30353a3f444923282d32373c41464b502a2f34393e43484d525731363b40454a4f54595e383d42474c51565b60653f44494e53585d62676c464b50555a5f64696e734d52575c61666b70757a")]
    [InlineData(1, 3, 4, "iVBORw0KGgoAAAANSUhEUgAAAAQAAAADEAAAAADBDy1ZAAAAHElEQVR4nGNgYBDuUBewmsHipyCsIKIgrABnAAA2+QO9ETynPQAAAABJRU5ErkJggg==", "0013273a4e6175889cafc3d6")]
    public void Files_of_another_program_are_decoded(int channels, int height, int width, string base64, string planes)
    {
        PngImage image = PngFile.Load(_files.Write("x.png", Convert.FromBase64String(base64)));
        Assert.Equal((channels, height, width), (image.Channels, image.Height, image.Width));
        Assert.Equal(planes, Convert.ToHexStringLower(image.Pixels.Span));
    }

    [Fact]
    public void Every_truncation_and_every_changed_byte_is_refused_by_name()
    {
        foreach ((int colourType, int depth) in ((int, int)[])[(2, 8), (3, 4), (0, 16)])
        {
            byte[] whole = PngBytes.Random(5, 4, colourType, depth, interlaced: colourType == 3, seed: 3).File;
            for (int place = 0; place < whole.Length; place++)
            {
                byte[] changed = [.. whole];
                changed[place] ^= (byte)(1 << (place % 8));
                foreach (byte[] damaged in (byte[][])[whole[..place], changed])
                {
                    string path = _files.Write("damaged.png", damaged);
                    Assert.Equal(path, Assert.Throws<DataFormatException>(() => PngFile.Load(path)).File);
                }
            }
        }
    }

    [Fact]
    public void Every_header_of_the_image_data_gives_the_image_or_the_named_error()
    {
        byte[] zlib = PngBytes.Zlib([0, 1, 2, 0, 3, 4]);
        int read = 0;
        for (int bits = 0; bits < 1 << 16; bits++)
        {
            // method, window, level, preset dictionary; all pairs that pass the check (multiples of 31) and a few of the others
            if (bits % 31 != 0 && bits % 97 != 0)
            {
                continue;
            }

            (zlib[0], zlib[1]) = ((byte)(bits >> 8), (byte)bits);
            string path = _files.Write("x.png", [.. PngBytes.Signature, .. PngBytes.Chunk("IHDR", PngBytes.Header(2, 2, 8, 0)), .. PngBytes.Chunk("IDAT", zlib), .. PngBytes.Chunk("IEND", [])]);
            try
            {
                Assert.Equal([1, 2, 3, 4], PngFile.Load(path).Pixels.ToArray());
                read++;
            }
            catch (DataFormatException e)
            {
                Assert.Equal(path, e.File);
            }
        }

        Assert.InRange(read, 1, 8 * 4); // windows of 2^8 to 2^15, four levels
    }

    [Fact]
    public void Random_image_data_with_right_checksums_never_do_anything_but_the_named_error() =>
        Prop.ForAll(Gen.Choose(0, 14).Zip(Gen.Choose(0, int.MaxValue)).ToArbitrary(), sample =>
        {
            (int form, int seed) = sample;
            Random random = new(seed);
            byte[] data = new byte[random.Next(1, 200)];
            random.NextBytes(data);
            byte[] palette = new byte[3 * random.Next(0, 4)];
            byte[] file = [.. PngBytes.Signature, .. PngBytes.Chunk("IHDR", PngBytes.Header(random.Next(1, 9), random.Next(1, 9), s_forms[form].Depth, s_forms[form].ColourType, random.Next(2) == 1)),
                .. PngBytes.Chunk("PLTE", palette), .. PngBytes.Chunk("IDAT", random.Next(3) == 0 ? data : PngBytes.Zlib(data)), .. PngBytes.Chunk("IEND", [])];
            string path = _files.Write("random.png", file);
            try
            {
                PngFile.Load(path);
            }
            catch (DataFormatException e)
            {
                Assert.Equal(path, e.File);
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Hostile_headers_are_refused_without_allocating()
    {
        foreach ((int width, int height, int depth, int colour) in ((int, int, int, int)[])
            [(0, 1, 8, 2), (60_000, 60_000, 16, 6), (-1, -1, 8, 2), (30_000, 20_000, 8, 2), (4, 4, 3, 0), (4, 4, 16, 3), (4, 4, 8, 5), (4, 4, 4, 2)])
        {
            byte[] file = [.. PngBytes.Signature, .. PngBytes.Chunk("IHDR", PngBytes.Header(width, height, depth, colour)),
                .. PngBytes.Chunk("IDAT", PngBytes.Zlib(new byte[1000])), .. PngBytes.Chunk("IEND", [])];
            string path = _files.Write("hostile.png", file);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<DataFormatException>(() => PngFile.Load(path));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    [Fact]
    public void Wrong_structure_is_named()
    {
        byte[] header = PngBytes.Chunk("IHDR", PngBytes.Header(2, 2, 8, 0)), data = PngBytes.Chunk("IDAT", PngBytes.Zlib([0, 1, 2, 0, 3, 4])), end = PngBytes.Chunk("IEND", []);
        Assert.Equal([1, 2, 3, 4], PngFile.Load(_files.Write("x.png", [.. PngBytes.Signature, .. header, .. data, .. end])).Pixels.ToArray());
        Assert.Contains("IDAT", Error(header, end).Expected);
        Assert.Contains("IHDR", Error(data, end).Expected);
        Assert.Contains("IEND", Error(header, data, end, [0]).Expected);
        Assert.Contains("ABCD", Error(header, PngBytes.Chunk("ABCD", []), data, end).Found);
        Assert.Contains("in a row", Error(header, data, PngBytes.Chunk("tIME", []), PngBytes.Chunk("IDAT", []), end).Expected);
        Assert.Contains("row 1", Error(header, PngBytes.Chunk("IDAT", PngBytes.Zlib([0, 1, 2, 0, 3])), end).Found);
        Assert.Contains("after the last row", Error(header, PngBytes.Chunk("IDAT", PngBytes.Zlib([0, 1, 2, 0, 3, 4, 5])), end).Expected);
        Assert.Contains("5 in row 1", Error(header, PngBytes.Chunk("IDAT", PngBytes.Zlib([0, 1, 2, 5, 3, 4])), end).Found);
        byte[] paletted = PngBytes.Chunk("IHDR", PngBytes.Header(2, 2, 8, 3));
        Assert.Contains("palette", Error(paletted, data, end).Expected);
        Assert.Contains("2 palette entries", Error(paletted, PngBytes.Chunk("PLTE", new byte[6]), data, end).Expected);
        Assert.Contains("5 bytes", Error(paletted, PngBytes.Chunk("PLTE", new byte[5]), data, end).Found);

        DataFormatException Error(params byte[][] chunks) =>
            Assert.Throws<DataFormatException>(() => PngFile.Load(_files.Write("x.png", [.. PngBytes.Signature, .. chunks.SelectMany(chunk => chunk)])));
    }
}
