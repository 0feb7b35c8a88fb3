namespace Engram.ContinualLearning;

/// <summary>Reads bits, the most significant one first. Past the end it gives zeros and says so: damaged streams end in an answer, not in an exception.</summary>
/// <param name="bytes">The stream.</param>
public ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private ulong _buffer;  // the next bits, left-aligned
    private int _available; // valid bits of the buffer; bits past the end count as valid zeros
    private int _next;      // first byte not yet in the buffer, past the end too

    /// <summary>True when more bits were taken than there are.</summary>
    public readonly bool Overrun => 8L * _next - _available > 8L * _bytes.Length;

    /// <summary>True when all bytes were taken: less than a byte of filling is left, and nothing was read past the end.</summary>
    public readonly bool AtEnd => !Overrun && 8L * _bytes.Length - (8L * _next - _available) < 8;

    /// <summary>The next 16 bits, which stay.</summary>
    public int Peek16()
    {
        if (_available < 32)
            Refill();
        return (int)(_buffer >> 48);
    }

    /// <summary>Drops bits that were peeked at, at most 16.</summary>
    public void Skip(int bits)
    {
        _buffer <<= bits;
        _available -= bits;
    }

    /// <summary>The next bits as a number.</summary>
    /// <param name="bits">How many, 0 to 16.</param>
    public int Read(int bits)
    {
        int value = Peek16() >> (16 - bits);
        Skip(bits);
        return value;
    }

    private void Refill()
    {
        while (_available <= 56)
        {
            ulong next = _next < _bytes.Length ? _bytes[_next] : 0ul;
            _buffer |= next << (56 - _available);
            _next++;
            _available += 8;
        }
    }
}
