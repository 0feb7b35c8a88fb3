using System.Numerics;
using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>
/// Lossless: every pixel as its difference to a prediction from the pixels above and to the left, the median of left, above and left + above −
/// above-left (LOCO-I, Weinberger, Seroussi and Sapiro 2000), in a Huffman code chosen by how much those neighbours differ; where they are all equal,
/// the length of the run of that value instead. Of three channels the first and the last are differences to the second. The codes are learned from a
/// task's images and stored once.
/// </summary>
public sealed class PredictiveCodec : ImageCodec
{
    private const int RunCode = 0, Contexts = 6, RunAlphabet = 17;

    private static readonly byte[] ContextOf = ContextTable();

    private readonly CanonicalHuffman[] _codes; // runs, then a context each
    private readonly byte[] _tables;

    private PredictiveCodec(ImageShape shape, CanonicalHuffman[] codes) : base(shape)
    {
        _codes = codes;
        _tables = [.. codes.SelectMany(code => code.Describe())];
    }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Tables => _tables;

    /// <inheritdoc/>
    public override int WorkingBytes => _codes.Sum(code => code.WorkingBytes);

    /// <summary>A codec whose codes fit the images.</summary>
    /// <param name="shape">Sizes of an image.</param>
    /// <param name="images">Images [n, channels, height, width].</param>
    public static PredictiveCodec Learn(ImageShape shape, ReadOnlySpan<byte> images)
    {
        var counts = new long[1 + Contexts][];
        for (int code = 0; code < counts.Length; code++)
            counts[code] = new long[Alphabet(code)];
        var planes = new byte[shape.Features];
        for (int start = 0; start < images.Length; start += shape.Features)
        {
            images.Slice(start, shape.Features).CopyTo(planes);
            ColourDifferences.Subtract(planes, shape);
            Walk(planes, shape, (code, symbol, _, _) => counts[code][symbol]++);
        }

        return new PredictiveCodec(shape, [.. counts.Select(histogram => CanonicalHuffman.For(histogram))]);
    }

    internal static PredictiveCodec? TryOpen(ImageShape shape, ReadOnlyMemory<byte> tables)
    {
        var codes = new CanonicalHuffman[1 + Contexts];
        int at = 0;
        for (int i = 0; i < codes.Length; i++)
        {
            int read = CanonicalHuffman.TryRead(tables.Span[at..], Alphabet(i), out CanonicalHuffman? code);
            if (read < 0)
                return null;
            codes[i] = code!;
            at += read;
        }

        return at == tables.Length ? new PredictiveCodec(shape, codes) : null;
    }

    /// <inheritdoc/>
    public override byte[] Encode(ReadOnlySpan<byte> pixels)
    {
        byte[] planes = pixels.ToArray();
        ColourDifferences.Subtract(planes, Shape);
        var writer = new BitWriter();
        Walk(planes, Shape, (code, symbol, rest, bits) =>
        {
            _codes[code].Write(writer, symbol);
            writer.Write(rest, bits);
        });
        return writer.Take();
    }

    /// <inheritdoc/>
    public override bool TryDecode(ReadOnlySpan<byte> stream, Span<byte> pixels, Span<float> scratch)
    {
        var reader = new BitReader(stream);
        int height = Shape.Height, width = Shape.Width;
        for (int row = 0; row < Shape.Channels * height; row++)
        {
            Span<byte> line = pixels.Slice(row * width, width);
            ReadOnlySpan<byte> above = row % height == 0 ? default : pixels.Slice((row - 1) * width, width);
            for (int x = 0; x < width; x++)
            {
                var near = new Neighbours(line, above, x);
                if (near.Differences == 0)
                {
                    int bucket = _codes[RunCode].Read(ref reader);
                    if (bucket < 0 || reader.Overrun)
                        return false;
                    int run = bucket == 0 ? 0 : (1 << (bucket - 1)) | reader.Read(bucket - 1);
                    if (run > width - x)
                        return false;
                    line.Slice(x, run).Fill(near.Left);
                    x += run;
                    if (x == width)
                        break;
                    near = new Neighbours(line, above, x);
                }

                int difference = _codes[near.Code].Read(ref reader);
                if (difference < 0 || reader.Overrun)
                    return false;
                line[x] = (byte)(near.Prediction + difference);
            }
        }

        ColourDifferences.Add(pixels, Shape);
        return reader.AtEnd;
    }

    private static void Walk(ReadOnlySpan<byte> planes, ImageShape shape, Action<int, int, int, int> symbol)
    {
        int height = shape.Height, width = shape.Width;
        for (int row = 0; row < shape.Channels * height; row++)
        {
            ReadOnlySpan<byte> line = planes.Slice(row * width, width), above = row % height == 0 ? default : planes.Slice((row - 1) * width, width);
            for (int x = 0; x < width; x++)
            {
                var near = new Neighbours(line, above, x);
                if (near.Differences == 0)
                {
                    int end = x;
                    while (end < width && line[end] == near.Left)
                        end++;
                    int run = end - x, bucket = 32 - BitOperations.LeadingZeroCount((uint)run);
                    symbol(RunCode, bucket, run, Math.Max(0, bucket - 1)); // the first bit of a bucket is known
                    x = end;
                    if (x == width)
                        break;
                    near = new Neighbours(line, above, x);
                }

                symbol(near.Code, (byte)(line[x] - near.Prediction), 0, 0);
            }
        }
    }

    private static int Alphabet(int code) => code == RunCode ? RunAlphabet : 256;

    // six contexts: the more the neighbours differ, the wider the differences to the prediction spread
    private static byte[] ContextTable()
    {
        var table = new byte[3 * 255 + 1];
        for (int i = 0; i < table.Length; i++)
            table[i] = (byte)(1 + (i < 3 ? 0 : i < 10 ? 1 : i < 25 ? 2 : i < 60 ? 3 : i < 130 ? 4 : 5));
        return table;
    }

    private readonly ref struct Neighbours
    {
        public Neighbours(ReadOnlySpan<byte> line, ReadOnlySpan<byte> above, int x)
        {
            // outside the plane everything is 0, except that the first pixel of a line stands below its left neighbour too
            int up = above.IsEmpty ? 0 : above[x];
            int left = x > 0 ? line[x - 1] : up;
            int corner = above.IsEmpty ? left : x > 0 ? above[x - 1] : up;
            int right = above.IsEmpty ? left : x + 1 < above.Length ? above[x + 1] : up;
            if (above.IsEmpty)
                up = left;
            Left = (byte)left;
            Differences = Math.Abs(left - corner) + Math.Abs(corner - up) + Math.Abs(up - right);
            int low = Math.Min(left, up), high = Math.Max(left, up);
            Prediction = (byte)(corner >= high ? low : corner <= low ? high : left + up - corner);
        }

        public byte Left { get; }

        public byte Prediction { get; }

        public int Differences { get; }

        public int Code => ContextOf[Differences];
    }
}
