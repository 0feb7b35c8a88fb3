using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engram.Formats;

/// <summary>
/// Moves elements between files and spans. Slices keep every step below the 2 GiB that one byte span can hold, and reads
/// and writes go straight from and to the caller's memory where the byte order is this machine's.
/// </summary>
internal static class ElementBytes
{
    private const int SliceElements = 1 << 22;
    private const int ScratchBytes = 1 << 16;

    /// <summary>Writes values little-endian.</summary>
    public static void Write<T>(Stream stream, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (BitConverter.IsLittleEndian || Unsafe.SizeOf<T>() == 1)
        {
            for (int start = 0; start < values.Length; start += SliceElements)
            {
                int count = Math.Min(SliceElements, values.Length - start);
                stream.Write(MemoryMarshal.AsBytes(values.Slice(start, count)));
            }

            return;
        }

        byte[] scratch = ArrayPool<byte>.Shared.Rent(ScratchBytes);
        int step = ScratchBytes / Unsafe.SizeOf<T>();
        for (int start = 0; start < values.Length; start += step)
        {
            int count = Math.Min(step, values.Length - start);
            Span<byte> swapped = scratch.AsSpan(0, count * Unsafe.SizeOf<T>());
            MemoryMarshal.AsBytes(values.Slice(start, count)).CopyTo(swapped);
            ReverseEach(swapped, Unsafe.SizeOf<T>());
            stream.Write(swapped);
        }

        ArrayPool<byte>.Shared.Return(scratch);
    }

    /// <summary>Fills a span from a file whose elements have the same type.</summary>
    public static void Read<T>(BoundedFile file, long offset, Span<T> destination, bool bigEndian, string? tensor)
        where T : unmanaged
    {
        for (int start = 0; start < destination.Length; start += SliceElements)
        {
            Span<T> slice = destination.Slice(start, Math.Min(SliceElements, destination.Length - start));
            Span<byte> bytes = MemoryMarshal.AsBytes(slice);
            file.Read(offset + ((long)start * Unsafe.SizeOf<T>()), bytes, tensor);
            if (typeof(T) == typeof(bool) && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
            {
                bytes.Clear(); // the caller must not keep a bool that is neither true nor false
                throw file.Fail(tensor, "bytes 0 and 1 for booleans", "another byte", "The file is damaged: write it again.");
            }

            if (bigEndian == BitConverter.IsLittleEndian)
            {
                ReverseEach(bytes, Unsafe.SizeOf<T>());
            }
        }
    }

    /// <summary>Fills a float32 span from a file of F32, F16, BF16 or F64 elements, rounding F64 to nearest even.</summary>
    public static void ReadAsSingle(
        BoundedFile file, long offset, ElementType type, Span<float> destination, bool bigEndian, string? tensor)
    {
        if (type == ElementType.F32)
        {
            Read(file, offset, destination, bigEndian, tensor);
            return;
        }

        if (type is not (ElementType.F16 or ElementType.BF16 or ElementType.F64))
        {
            throw file.Fail(
                tensor, "elements of type F32, F16, BF16 or F64", type.ToString(), "Read integers and booleans by their exact type.");
        }

        int size = type.ByteSize();
        int step = ScratchBytes / size;
        byte[] scratch = ArrayPool<byte>.Shared.Rent(ScratchBytes);
        try
        {
            for (int start = 0; start < destination.Length; start += step)
            {
                Span<float> target = destination.Slice(start, Math.Min(step, destination.Length - start));
                Span<byte> bytes = scratch.AsSpan(0, target.Length * size);
                file.Read(offset + ((long)start * size), bytes, tensor);
                if (bigEndian == BitConverter.IsLittleEndian)
                {
                    ReverseEach(bytes, size);
                }

                Convert(type, bytes, target);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private static void Convert(ElementType type, ReadOnlySpan<byte> bytes, Span<float> target)
    {
        if (type == ElementType.F16)
        {
            System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), target);
        }
        else if (type == ElementType.BF16)
        {
            ReadOnlySpan<ushort> upper = MemoryMarshal.Cast<byte, ushort>(bytes);
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
            }
        }
        else
        {
            ReadOnlySpan<double> values = MemoryMarshal.Cast<byte, double>(bytes);
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = (float)values[i];
            }
        }
    }

    private static void ReverseEach(Span<byte> bytes, int size)
    {
        switch (size)
        {
            case 2:
                Span<ushort> two = MemoryMarshal.Cast<byte, ushort>(bytes);
                BinaryPrimitives.ReverseEndianness(two, two);
                break;
            case 4:
                Span<uint> four = MemoryMarshal.Cast<byte, uint>(bytes);
                BinaryPrimitives.ReverseEndianness(four, four);
                break;
            case 8:
                Span<ulong> eight = MemoryMarshal.Cast<byte, ulong>(bytes);
                BinaryPrimitives.ReverseEndianness(eight, eight);
                break;
        }
    }
}
