namespace Engram.ContinualLearning;

/// <summary>Decodes deflate streams (RFC 1951) of a known length. Allocates nothing; a damaged stream gives false.</summary>
public static class Inflate
{
    private const int LongestCode = 15, Literals = 288, Distances = 32, EndOfBlock = 256;

    private static readonly byte[] CodeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    /// <summary>Decodes a whole stream.</summary>
    /// <param name="stream">The deflate stream, without any header.</param>
    /// <param name="target">Receives the bytes; they must be exactly as many.</param>
    public static bool TryDecode(ReadOnlySpan<byte> stream, Span<byte> target)
    {
        var bits = new Bits(stream);
        int written = 0;
        bool last = false;
        while (!last)
        {
            last = bits.Read(1) == 1;
            bool decoded = bits.Read(2) switch
            {
                0 => Stored(ref bits, target, ref written),
                1 => Fixed(ref bits, target, ref written),
                2 => Dynamic(ref bits, target, ref written),
                _ => false,
            };
            if (!decoded || bits.Overrun)
                return false;
        }

        return written == target.Length && bits.AtEnd;
    }

    private static bool Stored(ref Bits bits, Span<byte> target, ref int written)
    {
        bits.ToByte();
        int length = bits.Read(16), check = bits.Read(16);
        if ((length ^ check) != 0xFFFF || length > target.Length - written)
            return false;
        for (int i = 0; i < length; i++)
            target[written++] = (byte)bits.Read(8);
        return true;
    }

    private static bool Fixed(ref Bits bits, Span<byte> target, ref int written)
    {
        Span<byte> lengths = stackalloc byte[Literals + Distances];
        lengths[..144].Fill(8);
        lengths[144..256].Fill(9);
        lengths[256..280].Fill(7);
        lengths[280..Literals].Fill(8);
        lengths[Literals..].Fill(5);
        return Compressed(ref bits, lengths[..Literals], lengths[Literals..], target, ref written);
    }

    private static bool Dynamic(ref Bits bits, Span<byte> target, ref int written)
    {
        int literals = bits.Read(5) + 257, distances = bits.Read(5) + 1, count = bits.Read(4) + 4;
        Span<byte> lengths = stackalloc byte[Literals + Distances];
        lengths.Clear();
        for (int i = 0; i < count; i++)
            lengths[CodeLengthOrder[i]] = (byte)bits.Read(3);
        var code = new Code(stackalloc ushort[LongestCode + 1], stackalloc ushort[Literals]);
        if (literals > Literals || !code.Assign(lengths[..CodeLengthOrder.Length]))
            return false;
        lengths.Clear();
        for (int i = 0; i < literals + distances;)
        {
            int symbol = Code.Read(code, ref bits);
            if (symbol is < 0 or > 18 || bits.Overrun || (symbol == 16 && i == 0))
                return false;
            // 0 to 15 is a length; 16 repeats the last one 3 to 6 times, 17 and 18 give 3 to 10 and 11 to 138 zeros
            byte value = symbol < 16 ? (byte)symbol : symbol == 16 ? lengths[i - 1] : (byte)0;
            int repeat = symbol switch { < 16 => 1, 16 => 3 + bits.Read(2), 17 => 3 + bits.Read(3), _ => 11 + bits.Read(7) };
            if (repeat > literals + distances - i)
                return false;
            lengths.Slice(i, repeat).Fill(value);
            i += repeat;
        }

        return Compressed(ref bits, lengths[..literals], lengths.Slice(literals, distances), target, ref written);
    }

    private static bool Compressed(ref Bits bits, scoped ReadOnlySpan<byte> literalLengths, scoped ReadOnlySpan<byte> distanceLengths, Span<byte> target, ref int written)
    {
        var literals = new Code(stackalloc ushort[LongestCode + 1], stackalloc ushort[Literals]);
        var distances = new Code(stackalloc ushort[LongestCode + 1], stackalloc ushort[Distances]);
        if (!literals.Assign(literalLengths) || !distances.Assign(distanceLengths))
            return false;
        while (!bits.Overrun)
        {
            int symbol = Code.Read(literals, ref bits);
            if (symbol == EndOfBlock)
                return true;
            if (symbol is < 0 or > 285)
                return false;
            if (symbol < EndOfBlock)
            {
                if (written == target.Length)
                    return false;
                target[written++] = (byte)symbol;
                continue;
            }

            int length = Length(symbol - 257, ref bits), slot = Code.Read(distances, ref bits);
            if (slot is < 0 or > 29)
                return false;
            int distance = Distance(slot, ref bits);
            if (distance > written || length > target.Length - written)
                return false;
            for (int i = 0; i < length; i++, written++)
                target[written] = target[written - distance]; // may overlap: byte by byte
        }

        return false;
    }

    // lengths 3 to 258: eight slots without further bits, then four slots for every number of further bits, and 258 alone
    private static int Length(int slot, ref Bits bits)
    {
        if (slot < 8)
            return 3 + slot;
        if (slot == 28)
            return 258;
        int more = (slot >> 2) - 1;
        return 3 + ((4 + (slot & 3)) << more) + bits.Read(more);
    }

    // distances 1 to 32768: four slots without further bits, then two slots for every number of further bits
    private static int Distance(int slot, ref Bits bits)
    {
        if (slot < 4)
            return 1 + slot;
        int more = (slot >> 1) - 1;
        return 1 + ((2 + (slot & 1)) << more) + bits.Read(more);
    }

    // a canonical code: how many codes each length has, and the symbols by length
    private readonly ref struct Code(Span<ushort> counts, Span<ushort> symbols)
    {
        private readonly Span<ushort> _counts = counts, _symbols = symbols;

        public bool Assign(ReadOnlySpan<byte> lengths)
        {
            _counts.Clear();
            foreach (byte length in lengths)
                _counts[length]++;
            _counts[0] = 0;
            Span<int> next = stackalloc int[LongestCode + 2];
            int left = 1;
            next[1] = 0;
            for (int length = 1; length <= LongestCode; length++)
            {
                left = 2 * left - _counts[length];
                if (left < 0)
                    return false; // more codes than fit
                next[length + 1] = next[length] + _counts[length];
            }

            for (int symbol = 0; symbol < lengths.Length; symbol++)
            {
                if (lengths[symbol] > 0)
                    _symbols[next[lengths[symbol]]++] = (ushort)symbol;
            }

            return true;
        }

        public static int Read(scoped Code of, ref Bits bits)
        {
            int code = 0, first = 0, position = 0;
            for (int length = 1; length <= LongestCode; length++)
            {
                code |= bits.Read(1);
                int count = of._counts[length];
                if (code - first < count)
                    return of._symbols[position + code - first];
                position += count;
                first = (first + count) << 1;
                code <<= 1;
            }

            return -1;
        }
    }

    // bits of deflate: the least significant one of a byte first
    private ref struct Bits(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private long _position;

        public readonly bool Overrun => _position > 8L * _bytes.Length;

        public readonly bool AtEnd => !Overrun && 8L * _bytes.Length - _position < 8;

        public int Read(int count)
        {
            int value = 0;
            for (int i = 0; i < count; i++, _position++)
            {
                long at = _position >> 3;
                if (at < _bytes.Length)
                    value |= ((_bytes[(int)at] >> (int)(_position & 7)) & 1) << i;
            }

            return value;
        }

        public void ToByte() => _position = (_position + 7) & ~7L;
    }
}
