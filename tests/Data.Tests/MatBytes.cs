using System.Buffers.Binary;
using System.Text;

namespace Engram.Data.Tests;

/// <summary>Writes MATLAB level-5 files: uint8 and double arrays, plain or compressed, in either byte order.</summary>
internal sealed class MatBytes(bool packed, bool bigEndian = false)
{
    private readonly List<byte> _bytes = [.. Header(bigEndian)];

    public byte[] Bytes => [.. _bytes];

    /// <summary>Adds a variable; values are column-major. Doubles that are small whole numbers are stored as bytes, as MATLAB does.</summary>
    public MatBytes Add(string name, int[] sizes, byte[] values, int arrayClass = 9)
    {
        List<byte> inside = [];
        Element(inside, 6, [.. Word((uint)arrayClass), .. Word(0)]);
        Element(inside, 5, [.. sizes.SelectMany(size => Word((uint)size))]);
        Element(inside, 1, Encoding.ASCII.GetBytes(name));
        Element(inside, 2, values);
        byte[] matrix = [.. Word(14), .. Word((uint)inside.Count), .. inside];
        if (packed)
        {
            byte[] zlib = PngBytes.Zlib(matrix);
            _bytes.AddRange([.. Word(15), .. Word((uint)zlib.Length), .. zlib]);
        }
        else
        {
            _bytes.AddRange(matrix);
        }

        return this;
    }

    private static byte[] Header(bool bigEndian)
    {
        byte[] header = new byte[128];
        Encoding.ASCII.GetBytes("MATLAB 5.0 MAT-file, made by a test".PadRight(116)).CopyTo(header, 0);
        byte[] end = [0x01, 0x00, (byte)'M', (byte)'I'];
        (bigEndian ? end : (byte[])[0x00, 0x01, (byte)'I', (byte)'M']).CopyTo(header, 124);
        return header;
    }

    private void Element(List<byte> to, int type, byte[] data)
    {
        if (data.Length is > 0 and <= 4)
        {
            to.AddRange([.. Word(((uint)data.Length << 16) | (uint)type), .. data, .. new byte[4 - data.Length]]);
            return;
        }

        to.AddRange([.. Word((uint)type), .. Word((uint)data.Length), .. data, .. new byte[-data.Length & 7]]);
    }

    private byte[] Word(uint value)
    {
        byte[] bytes = new byte[4];
        if (bigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        }

        return bytes;
    }
}
