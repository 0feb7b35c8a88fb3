namespace Engram.ContinualLearning;

/// <summary>Whole numbers of 0 or more in as few bytes as they need: seven bits a byte, the lowest first, the high bit says that more follow.</summary>
internal static class Varint
{
    public static void Write(List<byte> bytes, int value)
    {
        for (; value > 127; value >>= 7)
            bytes.Add((byte)(value | 128));
        bytes.Add((byte)value);
    }

    /// <summary>Reads a number and moves on; false when the bytes end within it or it is above <see cref="int.MaxValue"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, ref int at, out int value)
    {
        long sum = 0;
        value = 0;
        for (int shift = 0; shift < 35 && at < bytes.Length; shift += 7)
        {
            byte next = bytes[at++];
            sum |= (long)(next & 127) << shift;
            if (next > 127)
                continue;
            value = (int)sum;
            return sum <= int.MaxValue;
        }

        return false;
    }
}
