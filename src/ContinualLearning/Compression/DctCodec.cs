using System.Numerics;
using Engram.Models;

namespace Engram.ContinualLearning;

/// <summary>
/// The way of baseline JPEG (ITU-T T.81) without its headers: brightness and colour differences, 8 × 8 DCT, quantization, zig-zag order, runs of zeros
/// and magnitudes in Huffman codes that are learned from a task's images and stored once. Sides that 8 does not divide are filled up with the edge.
/// </summary>
public sealed class DctCodec : ImageCodec
{
    private const int MostBits = 15, EndOfBlock = 0, LongRun = 0xF0, RunAlphabet = 256;

    private readonly DctPlanes _planes;
    private readonly byte[][] _steps;           // brightness, colour
    private readonly CanonicalHuffman[] _codes; // differences and runs of brightness, then of colour
    private readonly byte[] _tables;
    private float[]? _scratch; // of encoding

    private DctCodec(ImageShape shape, ImageCodecSettings settings, CanonicalHuffman[] codes) : base(shape)
    {
        _planes = new DctPlanes(shape, settings.HalveColour);
        _steps = [QuantizationTable.For(settings.Quality, colour: false), QuantizationTable.For(settings.Quality, colour: true)];
        _codes = codes;
        _tables = [.. codes.SelectMany(code => code.Describe())];
    }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Tables => _tables;

    /// <inheritdoc/>
    public override int WorkingBytes => _codes.Sum(code => code.WorkingBytes);

    /// <inheritdoc/>
    public override int ScratchLength => _planes.ScratchLength;

    /// <summary>A codec whose codes fit the images.</summary>
    /// <param name="shape">Sizes of an image.</param>
    /// <param name="settings">Quality and colour.</param>
    /// <param name="images">Images [n, channels, height, width].</param>
    public static DctCodec Learn(ImageShape shape, ImageCodecSettings settings, ReadOnlySpan<byte> images)
    {
        var histograms = new Histograms(Enumerable.Range(0, CodeCount(shape)).Select(i => new long[Alphabet(i)]).ToArray());
        var codec = new DctCodec(shape, settings, []);
        for (int start = 0; start < images.Length; start += shape.Features)
            codec.Walk(images.Slice(start, shape.Features), histograms);
        return new DctCodec(shape, settings, [.. histograms.Counts.Select(counts => CanonicalHuffman.For(counts))]);
    }

    /// <summary>The codec whose tables these are, or null when they are damaged.</summary>
    internal static DctCodec? TryOpen(ImageShape shape, ImageCodecSettings settings, ReadOnlyMemory<byte> tables)
    {
        var codes = new CanonicalHuffman[CodeCount(shape)];
        int at = 0;
        for (int i = 0; i < codes.Length; i++)
        {
            int read = CanonicalHuffman.TryRead(tables.Span[at..], Alphabet(i), out CanonicalHuffman? code);
            if (read < 0)
                return null;
            codes[i] = code!;
            at += read;
        }

        return at == tables.Length ? new DctCodec(shape, settings, codes) : null;
    }

    /// <inheritdoc/>
    public override byte[] Encode(ReadOnlySpan<byte> pixels)
    {
        var bits = new CodedBits(_codes, new BitWriter());
        Walk(pixels, bits);
        return bits.Writer.Take();
    }

    /// <inheritdoc/>
    public override bool TryDecode(ReadOnlySpan<byte> stream, Span<byte> pixels, Span<float> scratch)
    {
        var reader = new BitReader(stream);
        Span<float> block = stackalloc float[BlockDct.Size];
        for (int plane = 0; plane < Shape.Channels; plane++)
        {
            int height = _planes.Height(plane), width = _planes.Width(plane), last = 0, table = Table(plane);
            Span<float> target = scratch.Slice(_planes.Offset(plane), height * width);
            for (int top = 0; top < height; top += BlockDct.Side)
            {
                for (int left = 0; left < width; left += BlockDct.Side)
                {
                    if (!ReadBlock(ref reader, table, ref last, block))
                        return false;
                    BlockDct.Inverse(block);
                    int rows = Math.Min(BlockDct.Side, height - top), columns = Math.Min(BlockDct.Side, width - left);
                    for (int y = 0; y < rows; y++)
                        block.Slice(y * BlockDct.Side, columns).CopyTo(target[((top + y) * width + left)..]);
                }
            }
        }

        _planes.Join(scratch, pixels);
        return reader.AtEnd;
    }

    private bool ReadBlock(ref BitReader reader, int table, ref int last, scoped Span<float> block)
    {
        byte[] steps = _steps[table];
        CanonicalHuffman runs = _codes[2 * table + 1];
        block.Clear();
        int bits = _codes[2 * table].Read(ref reader);
        if (bits < 0 || reader.Overrun)
            return false;
        last += Signed(reader.Read(bits), bits);
        block[0] = last * steps[0];
        for (int k = 1; k < BlockDct.Size; k++)
        {
            int symbol = runs.Read(ref reader);
            if (symbol < 0)
                return false;
            if (symbol == EndOfBlock)
                break;
            k += symbol >> 4;
            bits = symbol & 15;
            if (k >= BlockDct.Size || (bits == 0 && symbol != LongRun))
                return false;
            int at = QuantizationTable.ZigZag[k];
            block[at] = Signed(reader.Read(bits), bits) * steps[at];
        }

        return true;
    }

    // every symbol of an image in order, counted or written
    private void Walk<TSink>(ReadOnlySpan<byte> pixels, TSink sink) where TSink : ISink
    {
        float[] scratch = _scratch ??= new float[ScratchLength];
        _planes.Split(pixels, scratch);
        Span<float> block = stackalloc float[BlockDct.Size];
        for (int plane = 0; plane < Shape.Channels; plane++)
        {
            int height = _planes.Height(plane), width = _planes.Width(plane), last = 0, table = Table(plane);
            ReadOnlySpan<float> source = scratch.AsSpan(_planes.Offset(plane), height * width);
            for (int top = 0; top < height; top += BlockDct.Side)
            {
                for (int left = 0; left < width; left += BlockDct.Side)
                {
                    Load(source, height, width, top, left, block);
                    BlockDct.Forward(block);
                    WriteBlock(block, table, ref last, sink);
                }
            }
        }
    }

    // past the edge its last value stays: a step there would cost coefficients
    private static void Load(ReadOnlySpan<float> source, int height, int width, int top, int left, Span<float> block)
    {
        int columns = Math.Min(BlockDct.Side, width - left);
        for (int y = 0; y < BlockDct.Side; y++)
        {
            ReadOnlySpan<float> row = source.Slice(Math.Min(top + y, height - 1) * width + left, columns);
            Span<float> target = block.Slice(y * BlockDct.Side, BlockDct.Side);
            row.CopyTo(target);
            target[columns..].Fill(row[^1]);
        }
    }

    private void WriteBlock<TSink>(ReadOnlySpan<float> block, int table, ref int last, TSink sink) where TSink : ISink
    {
        byte[] steps = _steps[table];
        int average = (int)MathF.Round(block[0] / steps[0]);
        Number(sink, 2 * table, 0, average - last);
        last = average;
        int zeros = 0;
        for (int k = 1; k < BlockDct.Size; k++)
        {
            int at = QuantizationTable.ZigZag[k], value = (int)MathF.Round(block[at] / steps[at]);
            if (value == 0)
            {
                zeros++;
                continue;
            }

            for (; zeros > 15; zeros -= 16)
                sink.Symbol(2 * table + 1, LongRun);
            Number(sink, 2 * table + 1, zeros << 4, value);
            zeros = 0;
        }

        if (zeros > 0)
            sink.Symbol(2 * table + 1, EndOfBlock);
    }

    // the number of bits as a symbol, then the bits; a negative number n as n − 1, so that its first bit is 0
    private static void Number<TSink>(TSink sink, int code, int symbol, int value) where TSink : ISink
    {
        int bits = 32 - BitOperations.LeadingZeroCount((uint)Math.Abs(value));
        sink.Symbol(code, symbol | bits);
        sink.Bits(value < 0 ? value - 1 : value, bits);
    }

    private static int Signed(int value, int bits) => bits == 0 || value >> (bits - 1) != 0 ? value : value - (1 << bits) + 1;

    private int Table(int plane) => _planes.IsColour && plane > 0 ? 1 : 0;

    private static int CodeCount(ImageShape shape) => shape.Channels == 3 ? 4 : 2;

    private static int Alphabet(int code) => code % 2 == 0 ? MostBits + 1 : RunAlphabet;

    private interface ISink
    {
        void Symbol(int code, int symbol);

        void Bits(int value, int bits);
    }

    private readonly struct Histograms(long[][] counts) : ISink
    {
        public long[][] Counts => counts;

        public void Symbol(int code, int symbol) => counts[code][symbol]++;

        public void Bits(int value, int bits)
        {
        }
    }

    private readonly struct CodedBits(CanonicalHuffman[] codes, BitWriter writer) : ISink
    {
        public BitWriter Writer => writer;

        public void Symbol(int code, int symbol) => codes[code].Write(writer, symbol);

        public void Bits(int value, int bits) => writer.Write(value, bits);
    }
}
