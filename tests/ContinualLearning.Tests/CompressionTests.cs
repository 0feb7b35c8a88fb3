using Engram.Kernels;
using Engram.Models;
using FsCheck;
using FsCheck.Fluent;
using System.IO.Compression;

namespace Engram.ContinualLearning.Tests;

public class CompressionTests
{
    private static RandomCursor Random(int seed, string purpose) => new(RandomStream.For((ulong)seed, purpose));

    // flat areas, slopes, noise and lines, of any size
    private static byte[] Images(int seed, out ImageShape shape, out int count)
    {
        RandomCursor random = Random(seed, "images");
        shape = new ImageShape(random.NextInt32(3) switch { 0 => 3, 1 => 1, _ => 1 + random.NextInt32(4) }, 1 + random.NextInt32(35), 1 + random.NextInt32(35));
        count = 1 + random.NextInt32(4);
        var pixels = new byte[count * shape.Features];
        for (int i = 0; i < count; i++)
        {
            int kind = random.NextInt32(4), start = random.NextInt32(256), slope = random.NextInt32(9);
            for (int p = 0; p < shape.Features; p++)
            {
                int x = p % shape.Width;
                pixels[i * shape.Features + p] = kind switch
                {
                    0 => (byte)start,
                    1 => (byte)Math.Clamp(start + slope * x, 0, 255),
                    2 => (byte)random.NextInt32(256),
                    _ => (byte)(x % 7 == slope ? 255 : random.NextInt32(3)),
                };
            }
        }

        return pixels;
    }

    private static byte[] Decode(ImageCodec codec, byte[] stream)
    {
        var pixels = new byte[codec.Shape.Features];
        Assert.True(codec.TryDecode(stream, pixels, new float[codec.ScratchLength]));
        return pixels;
    }

    [Fact]
    public void The_dct_is_orthonormal()
    {
        ReadOnlySpan<float> a = BlockDct.Basis;
        for (int i = 0; i < 8; i++)
        {
            for (int j = 0; j < 8; j++)
            {
                double dot = 0;
                for (int k = 0; k < 8; k++)
                    dot += (double)a[i * 8 + k] * a[j * 8 + k];
                Assert.Equal(i == j ? 1 : 0, dot, 1e-6);
            }
        }

        RandomCursor random = Random(1, "block");
        var block = new float[64];
        foreach (ref float value in block.AsSpan())
            value = random.NextNormal() * 50;
        float[] original = [.. block];
        BlockDct.Forward(block);
        Assert.Equal(original.Sum(v => (double)v * v), block.Sum(v => (double)v * v), 0.1);
        // one coefficient from its definition
        double sum = 0;
        for (int i = 0; i < 64; i++)
            sum += original[i] * Math.Cos((2 * (i / 8) + 1) * 3 * Math.PI / 16) * Math.Cos((2 * (i % 8) + 1) * 5 * Math.PI / 16) / 4;
        Assert.Equal(sum, block[3 * 8 + 5], 1e-3);
        BlockDct.Inverse(block);
        for (int i = 0; i < 64; i++)
            Assert.Equal(original[i], block[i], 1e-4f);
    }

    [Fact]
    public void The_zig_zag_visits_every_coefficient_once_from_low_to_high()
    {
        ReadOnlySpan<byte> order = QuantizationTable.ZigZag;
        Assert.Equal(Enumerable.Range(0, 64), order.ToArray().Select(i => (int)i).Order());
        Assert.Equal([0, 1, 8, 16, 9, 2, 3, 10, 17, 24], order[..10].ToArray().Select(i => (int)i));
        for (int k = 1; k < 64; k++)
            Assert.InRange(order[k] / 8 + order[k] % 8 - (order[k - 1] / 8 + order[k - 1] % 8), 0, 1);
    }

    [Fact]
    public void Steps_shrink_with_quality_and_are_the_published_ones_at_50()
    {
        Assert.Equal([16, 11, 10, 16, 24, 40, 51, 61], QuantizationTable.For(50, colour: false)[..8].Select(s => (int)s));
        Assert.Equal([17, 18, 24, 47, 99, 99, 99, 99], QuantizationTable.For(50, colour: true)[..8].Select(s => (int)s));
        Assert.All(QuantizationTable.For(100, colour: false), step => Assert.Equal(1, step));
        for (int quality = 2; quality <= 100; quality++)
        {
            byte[] finer = QuantizationTable.For(quality, colour: false), coarser = QuantizationTable.For(quality - 1, colour: false);
            for (int i = 0; i < 64; i++)
                Assert.True(finer[i] <= coarser[i] && finer[i] >= 1);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => QuantizationTable.For(0, colour: false));
    }

    [Fact]
    public void A_huffman_code_gives_every_symbol_back_and_no_code_of_15_bits_is_shorter() => Prop.ForAll<int>(seed =>
    {
        RandomCursor random = Random(seed, "symbols");
        int alphabet = 1 + random.NextInt32(300), used = 1 + random.NextInt32(alphabet);
        var histogram = new long[alphabet];
        for (int i = 0; i < used; i++)
            histogram[random.NextInt32(alphabet)] = 1L << random.NextInt32(40);
        CanonicalHuffman code = CanonicalHuffman.For(histogram);
        var writer = new BitWriter();
        int[] symbols = [.. Enumerable.Range(0, alphabet).Where(s => histogram[s] > 0)];
        foreach (int symbol in symbols)
            code.Write(writer, symbol);
        byte[] tables = code.Describe(), stream = writer.Take();
        Assert.Equal(tables.Length, CanonicalHuffman.TryRead([.. tables, 7, 7], alphabet, out CanonicalHuffman? again));
        Assert.Equal(code.Lengths.ToArray(), again!.Lengths.ToArray());
        var reader = new BitReader(stream);
        foreach (int symbol in symbols)
            Assert.Equal(symbol, again.Read(ref reader));
        Assert.True(reader.AtEnd);
        double kraft = symbols.Sum(s => Math.Pow(2, -code.Lengths.Span[s]));
        Assert.True(symbols.Length == 1 ? kraft == 0.5 : kraft == 1, $"a code with gaps or overlaps: {kraft}");
        // no limit in the way: within a bit of the entropy, as Huffman's code is
        if (symbols.Length > 1 && code.Lengths.Span.ToArray().Max() < CanonicalHuffman.LongestCode)
        {
            double total = symbols.Sum(s => (double)histogram[s]);
            double entropy = -symbols.Sum(s => histogram[s] / total * Math.Log2(histogram[s] / total));
            double average = symbols.Sum(s => histogram[s] / total * code.Lengths.Span[s]);
            Assert.InRange(average, entropy - 1e-9, entropy + 1);
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(ImageCodecKind.Raw)]
    [InlineData(ImageCodecKind.Predictive)]
    [InlineData(ImageCodecKind.Deflate)]
    [InlineData(ImageCodecKind.Brotli)]
    public void Lossless_streams_give_the_image_back(ImageCodecKind kind) => Prop.ForAll<int>(seed =>
    {
        byte[] images = Images(seed, out ImageShape shape, out int count);
        var settings = new ImageCodecSettings(kind);
        ImageCodec codec = ImageCodec.Learn(settings, shape, images);
        ImageCodec opened = ImageCodec.TryOpen(settings, shape, codec.Tables.ToArray())!;
        for (int i = 0; i < count; i++)
        {
            byte[] image = images[(i * shape.Features)..((i + 1) * shape.Features)];
            Assert.Equal(image, Decode(opened, codec.Encode(image)));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Dct_streams_decode_to_images_within_the_quantization_error() => Prop.ForAll<int>(seed =>
    {
        byte[] images = Images(seed, out ImageShape shape, out int count);
        RandomCursor random = Random(seed, "quality");
        int quality = 1 + random.NextInt32(100);
        var settings = new ImageCodecSettings(ImageCodecKind.Dct, quality, HalveColour: random.NextInt32(2) == 0);
        ImageCodec codec = ImageCodec.Learn(settings, shape, images);
        ImageCodec opened = ImageCodec.TryOpen(settings, shape, codec.Tables.ToArray())!;
        Assert.Equal(codec.Tables.ToArray(), opened.Tables.ToArray());
        bool exactColour = shape.Channels != 3 || !settings.HalveColour;
        // |error| of a pixel ≤ ‖error of its block‖ ≤ half the steps' norm, in three channels through the colour matrix; then rounding
        double bound = 0.5 * Math.Sqrt(QuantizationTable.For(quality, colour: false).Sum(s => (double)s * s));
        bound = shape.Channels == 3 ? bound + 1.8 * 0.5 * Math.Sqrt(QuantizationTable.For(quality, colour: true).Sum(s => (double)s * s)) * 1.1 + 1 : bound + 0.51;
        for (int i = 0; i < count; i++)
        {
            byte[] image = images[(i * shape.Features)..((i + 1) * shape.Features)], back = Decode(opened, codec.Encode(image));
            for (int p = 0; exactColour && p < image.Length; p++)
                Assert.True(Math.Abs(image[p] - back[p]) <= bound, $"{shape} quality {quality}: pixel {p} is {back[p]}, was {image[p]}");
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(ImageCodecKind.Raw)]
    [InlineData(ImageCodecKind.Dct)]
    [InlineData(ImageCodecKind.Predictive)]
    [InlineData(ImageCodecKind.Deflate)]
    [InlineData(ImageCodecKind.Brotli)]
    public void A_damaged_stream_decodes_to_false_or_to_some_image_and_a_shortened_one_never_decodes(ImageCodecKind kind) => Prop.ForAll<int>(seed =>
    {
        byte[] images = Images(seed, out ImageShape shape, out _);
        ImageCodec codec = ImageCodec.Learn(new ImageCodecSettings(kind), shape, images);
        byte[] stream = codec.Encode(images.AsSpan(0, shape.Features)), pixels = new byte[shape.Features];
        var scratch = new float[codec.ScratchLength];
        RandomCursor random = Random(seed, "damage");
        for (int trial = 0; trial < 20; trial++)
        {
            byte[] damaged = [.. stream];
            damaged[random.NextInt32(damaged.Length)] ^= (byte)(1 << random.NextInt32(8));
            codec.TryDecode(damaged, pixels, scratch);
            Assert.False(codec.TryDecode(stream.AsSpan(0, random.NextInt32(stream.Length)), pixels, scratch));
            byte[] tables = codec.Tables.ToArray();
            if (tables.Length == 0)
                continue;
            tables[random.NextInt32(tables.Length)] ^= (byte)(1 << random.NextInt32(8));
            ImageCodec.TryOpen(new ImageCodecSettings(kind), shape, tables)?.TryDecode(stream, pixels, scratch);
        }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.SmallestSize)]
    public void Our_inflate_reads_what_the_library_deflates(CompressionLevel level) => Prop.ForAll<int>(seed =>
    {
        RandomCursor random = Random(seed, "bytes");
        // runs, repeats at long distances and noise, so that all kinds of blocks occur
        var bytes = new byte[random.NextInt32(1 + (seed % 5 == 0 ? 90_000 : 700))];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = i >= 700 && random.NextInt32(3) > 0 ? bytes[i - 700] : (byte)random.NextInt32(1 + (seed & 255));
        using var stream = new MemoryStream();
        using (var deflate = new DeflateStream(stream, level, leaveOpen: true))
            deflate.Write(bytes);
        var back = new byte[bytes.Length];
        Assert.True(bytes.Length == 0 || Inflate.TryDecode(stream.ToArray(), back));
        Assert.Equal(bytes, back);
        if (bytes.Length > 0)
        {
            Assert.False(Inflate.TryDecode(stream.ToArray(), new byte[bytes.Length - 1]));
            Assert.False(Inflate.TryDecode(stream.ToArray(), new byte[bytes.Length + 1]));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Shrinking_by_a_divisor_averages_boxes_and_keeps_the_mean_for_any_size() => Prop.ForAll<int>(seed =>
    {
        RandomCursor random = Random(seed, "sizes");
        int height = 1 + random.NextInt32(30), width = 1 + random.NextInt32(30), h = 1 + random.NextInt32(height), w = 1 + random.NextInt32(width);
        float[] plane = new float[height * width], small = new float[h * w], back = new float[height * width];
        foreach (ref float value in plane.AsSpan())
            value = random.NextUniform() * 255;
        ImageScaling.Shrink(plane, height, width, small, h, w);
        Assert.Equal(plane.Average(), small.Average(), 1e-3f * 255);
        for (int i = 0; height % h == 0 && width % w == 0 && i < small.Length; i++)
        {
            int bh = height / h, bw = width / w;
            double mean = 0;
            for (int k = 0; k < bh * bw; k++)
                mean += plane[(i / w * bh + k / bw) * width + i % w * bw + k % bw] / (double)(bh * bw);
            Assert.Equal(mean, small[i], 1e-3);
        }

        ImageScaling.Enlarge(small, h, w, back, height, width);
        Assert.InRange(back.Min(), small.Min() - 1e-3f, small.Max());
        Assert.InRange(back.Max(), small.Min(), small.Max() + 1e-3f);
        ImageScaling.Enlarge(plane, height, width, back, height, width);
        Assert.Equal(plane, back);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bilinear_interpolation_reproduces_a_slope_between_the_outer_centres()
    {
        float[] small = [0, 1, 2, 3], back = new float[8];
        ImageScaling.Enlarge(small, 1, 4, back, 1, 8);
        Assert.Equal([0f, 0.25f, 0.75f, 1.25f, 1.75f, 2.25f, 2.75f, 3f], back);
    }

    [Fact]
    public void An_image_that_the_codes_have_not_seen_is_named()
    {
        ImageCodec codec = ImageCodec.Learn(new ImageCodecSettings(ImageCodecKind.Predictive), new ImageShape(1, 4, 4), new byte[16]);
        var noise = new byte[16];
        noise[5] = 200;
        Assert.Contains("no code", Assert.Throws<ArgumentException>(() => codec.Encode(noise)).Message);
    }
}
