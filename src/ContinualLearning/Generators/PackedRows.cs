using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Engram.Formats;

namespace Engram.ContinualLearning;

/// <summary>A matrix stored as 32-bit floats, 16-bit floats, or 8-bit integers with one 32-bit scale per row.</summary>
internal sealed class PackedRows
{
    private readonly byte[] _bytes;   // [rows, columns]
    private readonly float[] _scales; // [rows] for 8-bit integers

    private PackedRows(int rows, int columns, GeneratorPayload payload, byte[] bytes, float[] scales)
    {
        Rows = rows;
        Columns = columns;
        Payload = payload;
        _bytes = bytes;
        _scales = scales;
    }

    public int Rows { get; }

    public int Columns { get; }

    public GeneratorPayload Payload { get; }

    /// <summary>Bytes of the numbers and scales.</summary>
    public long PayloadBytes => BytesOf(Rows, Columns, Payload);

    /// <summary>Bytes of a matrix of this size.</summary>
    public static long BytesOf(long rows, long columns, GeneratorPayload payload) => payload switch
    {
        GeneratorPayload.Float32 => 4 * rows * columns,
        GeneratorPayload.Float16 => 2 * rows * columns,
        _ => rows * columns + sizeof(float) * rows,
    };

    /// <summary>Packs a matrix [rows, columns].</summary>
    public static PackedRows Pack(ReadOnlySpan<float> values, int rows, int columns, GeneratorPayload payload)
    {
        var bytes = new byte[checked(rows * columns * (payload switch { GeneratorPayload.Float32 => 4, GeneratorPayload.Float16 => 2, _ => 1 }))];
        var scales = new float[payload == GeneratorPayload.Int8 ? rows : 0];
        for (int k = 0; k < rows; k++)
        {
            ReadOnlySpan<float> row = values.Slice(k * columns, columns);
            if (payload == GeneratorPayload.Float32)
            {
                row.CopyTo(MemoryMarshal.Cast<byte, float>(bytes.AsSpan()).Slice(k * columns, columns));
            }
            else if (payload == GeneratorPayload.Float16)
            {
                TensorPrimitives.ConvertToHalf(row, MemoryMarshal.Cast<byte, Half>(bytes.AsSpan()).Slice(k * columns, columns));
            }
            else
            {
                float largest = 0;
                foreach (float value in row)
                    largest = Math.Max(largest, Math.Abs(value));
                scales[k] = largest / 127f;
                for (int p = 0; p < columns; p++)
                    bytes[k * columns + p] = (byte)(sbyte)(largest == 0 ? 0 : MathF.Round(row[p] * 127f / largest));
            }
        }

        return new PackedRows(rows, columns, payload, bytes, scales);
    }

    /// <summary>x += factor · row.</summary>
    /// <param name="row">Which row.</param>
    /// <param name="factor">Its weight.</param>
    /// <param name="x">Receives the sum; as long as the part of the row from <paramref name="start"/> on that is wanted.</param>
    /// <param name="start">First column.</param>
    public void AddRow(int row, float factor, Span<float> x, int start = 0)
    {
        int at = row * Columns + start, p = x.Length;
        switch (Payload)
        {
            case GeneratorPayload.Float32:
                TensorPrimitives.MultiplyAdd(MemoryMarshal.Cast<byte, float>(_bytes).Slice(at, p), factor, x, x);
                break;
            case GeneratorPayload.Float16:
                AddHalves(MemoryMarshal.Cast<byte, Half>(_bytes).Slice(at, p), factor, x);
                break;
            default:
                AddBytes(MemoryMarshal.Cast<byte, sbyte>(_bytes).Slice(at, p), factor * _scales[row], x);
                break;
        }
    }

    /// <summary>Adds the arrays to a checkpoint, as <c>name</c> and <c>scales</c>.</summary>
    public void Save(CheckpointWriter writer, string name, string scales)
    {
        writer.Array(name, TypeOf(Payload), [Rows, Columns], _bytes);
        writer.Array(scales, [_scales.Length], _scales);
    }

    /// <summary>Reads the arrays of a matrix of a known size.</summary>
    /// <exception cref="CheckpointException">Something is missing or of another size.</exception>
    public static PackedRows Load(CheckpointReader reader, string name, string scales, int rows, int columns, GeneratorPayload payload)
    {
        var bytes = new byte[checked((int)reader.Require(name, TypeOf(payload), rows, columns).ByteLength)];
        reader.Bytes(name, bytes);
        var factors = new float[payload == GeneratorPayload.Int8 ? rows : 0];
        reader.Floats(scales, factors, factors.Length);
        return new PackedRows(rows, columns, payload, bytes, factors);
    }

    private static ElementType TypeOf(GeneratorPayload payload) => payload switch
    {
        GeneratorPayload.Float32 => ElementType.F32,
        GeneratorPayload.Float16 => ElementType.F16,
        _ => ElementType.I8,
    };

    private static void AddHalves(ReadOnlySpan<Half> row, float factor, Span<float> x)
    {
        Span<float> block = stackalloc float[256];
        for (int start = 0; start < row.Length; start += block.Length)
        {
            int n = Math.Min(block.Length, row.Length - start);
            TensorPrimitives.ConvertToSingle(row.Slice(start, n), block);
            Span<float> part = x.Slice(start, n);
            TensorPrimitives.MultiplyAdd(block[..n], factor, part, part);
        }
    }

    private static void AddBytes(ReadOnlySpan<sbyte> row, float factor, Span<float> x)
    {
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> f = Vector256.Create(factor);
            for (; i <= row.Length - 16; i += 16)
            {
                // 16 bytes widen to two vectors of 8 in order
                Vector256<short> wide = Vector256.Create(Vector128.WidenLower(Vector128.Create(row[i..])), Vector128.WidenUpper(Vector128.Create(row[i..])));
                (Vector256<int> low, Vector256<int> high) = Vector256.Widen(wide);
                Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(low), f, Vector256.Create<float>(x[i..])).CopyTo(x[i..]);
                Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(high), f, Vector256.Create<float>(x[(i + 8)..])).CopyTo(x[(i + 8)..]);
            }
        }

        for (; i < row.Length; i++)
            x[i] = MathF.FusedMultiplyAdd(row[i], factor, x[i]);
    }
}
