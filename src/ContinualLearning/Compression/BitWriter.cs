namespace Engram.ContinualLearning;

/// <summary>Writes bits, the most significant one first, into a growing list of bytes.</summary>
public sealed class BitWriter
{
    private readonly List<byte> _bytes = [];
    private uint _pending;
    private int _count;

    /// <summary>Bits written so far.</summary>
    public long Length => 8L * _bytes.Count + _count;

    /// <summary>Writes the lowest bits of a value.</summary>
    /// <param name="value">The bits; higher ones than <paramref name="bits"/> are not read.</param>
    /// <param name="bits">How many, 0 to 24.</param>
    public void Write(int value, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bits, 24u, nameof(bits));
        _pending = (_pending << bits) | ((uint)value & ((1u << bits) - 1));
        _count += bits;
        while (_count >= 8)
        {
            _count -= 8;
            _bytes.Add((byte)(_pending >> _count));
        }
    }

    /// <summary>The bytes so far, the last one filled up with zeros; then starts over.</summary>
    public byte[] Take()
    {
        if (_count > 0)
            Write(0, 8 - _count);
        byte[] bytes = [.. _bytes];
        _bytes.Clear();
        return bytes;
    }
}
