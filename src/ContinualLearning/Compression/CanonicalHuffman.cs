namespace Engram.ContinualLearning;

/// <summary>
/// A prefix code that is known from its code lengths alone: codes of one length are consecutive numbers in the order of the symbols (Huffman 1952;
/// lengths limited by package-merge, Larmore and Hirschberg 1990).
/// </summary>
public sealed class CanonicalHuffman
{
    /// <summary>Bits of the longest code.</summary>
    public const int LongestCode = 15;

    private readonly ushort[] _symbols;                       // by length, then by symbol
    private readonly int[] _limit = new int[LongestCode + 1]; // first 16-bit prefix past the codes of a length
    private readonly int[] _shift = new int[LongestCode + 1]; // position of a code of a length in _symbols, minus the code
    private readonly int _shortest;
    private int[]? _codes; // by symbol, once something is written

    private CanonicalHuffman(byte[] lengths)
    {
        Lengths = lengths;
        var counts = new int[LongestCode + 1];
        foreach (byte length in lengths)
            counts[length]++;
        counts[0] = 0;
        _symbols = [.. Enumerable.Range(0, lengths.Length).Where(symbol => lengths[symbol] > 0).OrderBy(symbol => lengths[symbol]).ThenBy(symbol => symbol).Select(symbol => (ushort)symbol)];
        _shortest = _symbols.Length == 0 ? 1 : lengths[_symbols[0]];
        int code = 0, position = 0;
        for (int length = 1; length <= LongestCode; length++)
        {
            code <<= 1;
            _shift[length] = position - code;
            position += counts[length];
            code += counts[length];
            _limit[length] = code << (16 - length);
        }
    }

    /// <summary>Code length of every symbol, 0 for one that has no code [alphabet].</summary>
    public ReadOnlyMemory<byte> Lengths { get; }

    /// <summary>Bytes that decoding keeps beside the description of the code: symbols and where each length begins.</summary>
    public int WorkingBytes => sizeof(ushort) * _symbols.Length + sizeof(int) * (_limit.Length + _shift.Length);

    /// <summary>The shortest code for symbols that occur so often; symbols that do not occur get none.</summary>
    /// <param name="histogram">Occurrences of every symbol [alphabet], at most 2¹⁵ symbols.</param>
    public static CanonicalHuffman For(ReadOnlySpan<long> histogram)
    {
        var lengths = new byte[histogram.Length];
        List<Coin> symbols = [];
        for (int s = 0; s < histogram.Length; s++)
        {
            if (histogram[s] > 0)
                symbols.Add(new Coin(histogram[s], s, null, null));
        }

        if (symbols.Count == 1)
            lengths[symbols[0].Symbol] = 1;
        if (symbols.Count < 2)
            return new CanonicalHuffman(lengths);
        symbols.Sort(static (a, b) => a.Weight != b.Weight ? a.Weight.CompareTo(b.Weight) : a.Symbol.CompareTo(b.Symbol));
        List<Coin> row = [.. symbols];
        for (int level = 1; level < LongestCode; level++)
            row = Merge(symbols, Pairs(row));
        // the 2n − 2 cheapest coins; every one that holds a symbol makes its code a bit longer
        foreach (Coin coin in row.Take(2 * symbols.Count - 2))
            Count(coin, lengths);
        return new CanonicalHuffman(lengths);
    }

    /// <summary>Reads a code's description back.</summary>
    /// <param name="bytes">The description and whatever follows it.</param>
    /// <param name="alphabet">Symbols.</param>
    /// <param name="code">The code, or null.</param>
    /// <returns>Bytes read, or −1 when they describe no prefix code.</returns>
    public static int TryRead(ReadOnlySpan<byte> bytes, int alphabet, out CanonicalHuffman? code)
    {
        code = null;
        var lengths = new byte[alphabet];
        if (bytes.IsEmpty)
            return -1;
        int read = bytes[0] == DenseForm ? ReadDense(bytes, lengths) : bytes[0] == SparseForm ? ReadSparse(bytes, lengths) : -1;
        if (read < 0)
            return -1;
        // Kraft: codes of these lengths must exist
        long used = 0;
        foreach (byte length in lengths)
            used += length == 0 ? 0 : 1L << (LongestCode - length);
        if (used > 1L << LongestCode)
            return -1;
        code = new CanonicalHuffman(lengths);
        return read;
    }

    /// <summary>The code's description, in the shorter of two forms: the lengths as half bytes, or the symbols of every length.</summary>
    public byte[] Describe()
    {
        ReadOnlySpan<byte> lengths = Lengths.Span;
        List<byte> dense = [DenseForm], sparse = [SparseForm];
        for (int s = 0; s < lengths.Length; s += 2)
            dense.Add((byte)(lengths[s] | (s + 1 < lengths.Length ? lengths[s + 1] << 4 : 0)));
        for (int length = 1, position = 0; length <= LongestCode; length++)
        {
            int count = lengths.Count((byte)length);
            Varint.Write(sparse, count);
            for (int i = 0; i < count; i++)
                Varint.Write(sparse, _symbols[position++]);
        }

        return dense.Count <= sparse.Count ? [.. dense] : [.. sparse];
    }

    /// <summary>Writes a symbol, which must have a code.</summary>
    public void Write(BitWriter writer, int symbol)
    {
        int length = Lengths.Span[symbol];
        if (length == 0)
            throw new ArgumentException($"Huffman code: symbol {symbol} has no code, for it did not occur in the histogram", nameof(symbol));
        writer.Write((_codes ??= Codes())[symbol], length);
    }

    /// <summary>Reads a symbol, or −1 when the next bits are no code.</summary>
    public int Read(ref BitReader reader)
    {
        int next = reader.Peek16();
        for (int length = _shortest; length <= LongestCode; length++)
        {
            if (next >= _limit[length])
                continue;
            reader.Skip(length);
            return _symbols[(next >> (16 - length)) + _shift[length]];
        }

        return -1;
    }

    private int[] Codes()
    {
        var codes = new int[Lengths.Length];
        for (int position = 0; position < _symbols.Length; position++)
            codes[_symbols[position]] = position - _shift[Lengths.Span[_symbols[position]]];
        return codes;
    }

    private const byte DenseForm = 0, SparseForm = 1;

    private static int ReadDense(ReadOnlySpan<byte> bytes, byte[] lengths)
    {
        int size = (lengths.Length + 1) / 2;
        if (bytes.Length < 1 + size)
            return -1;
        for (int s = 0; s < lengths.Length; s++)
            lengths[s] = (byte)((bytes[1 + s / 2] >> (4 * (s % 2))) & 15);
        return 1 + size;
    }

    private static int ReadSparse(ReadOnlySpan<byte> bytes, byte[] lengths)
    {
        int at = 1;
        for (int length = 1; length <= LongestCode; length++)
        {
            if (!Varint.TryRead(bytes, ref at, out int count) || count > lengths.Length)
                return -1;
            for (int i = 0; i < count; i++)
            {
                if (!Varint.TryRead(bytes, ref at, out int symbol) || symbol >= lengths.Length || lengths[symbol] != 0)
                    return -1;
                lengths[symbol] = (byte)length;
            }
        }

        return at;
    }

    private static List<Coin> Pairs(List<Coin> row)
    {
        List<Coin> pairs = [];
        for (int i = 0; i + 1 < row.Count; i += 2)
            pairs.Add(new Coin(row[i].Weight + row[i + 1].Weight, -1, row[i], row[i + 1]));
        return pairs;
    }

    private static List<Coin> Merge(List<Coin> symbols, List<Coin> pairs)
    {
        List<Coin> merged = [];
        for (int s = 0, p = 0; s < symbols.Count || p < pairs.Count;)
            merged.Add(p == pairs.Count || (s < symbols.Count && symbols[s].Weight <= pairs[p].Weight) ? symbols[s++] : pairs[p++]);
        return merged;
    }

    private static void Count(Coin coin, byte[] lengths)
    {
        if (coin.First is null)
        {
            lengths[coin.Symbol]++;
            return;
        }

        Count(coin.First, lengths);
        Count(coin.Second!, lengths);
    }

    private sealed record Coin(long Weight, int Symbol, Coin? First, Coin? Second);
}
