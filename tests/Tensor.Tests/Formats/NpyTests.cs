using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Formats.Tests;

public sealed class NpyTests : IDisposable
{
    private static readonly float[] Weight = [.. Enumerable.Range(0, 12).Select(i => (i - 5.5f) / 4)];
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Any_shape_comes_back_as_it_went_in_every_type()
    {
        Prop.ForAll(Shapes.Any, sample =>
        {
            RoundTrip<float>(sample.Shape, sample.Seed);
            RoundTrip<double>(sample.Shape, sample.Seed);
            RoundTrip<Half>(sample.Shape, sample.Seed);
            RoundTrip<byte>(sample.Shape, sample.Seed);
            RoundTrip<sbyte>(sample.Shape, sample.Seed);
            RoundTrip<short>(sample.Shape, sample.Seed);
            RoundTrip<ushort>(sample.Shape, sample.Seed);
            RoundTrip<int>(sample.Shape, sample.Seed);
            RoundTrip<uint>(sample.Shape, sample.Seed);
            RoundTrip<long>(sample.Shape, sample.Seed);
            RoundTrip<ulong>(sample.Shape, sample.Seed);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Files_of_numpy_are_read_in_every_type()
    {
        Check(GoldenFiles.NpyFloat32, [3, 4], Weight);
        Check(GoldenFiles.NpyFloat64, [1, 3], [Math.PI, -1e300, 1e-320]);
        Check(GoldenFiles.NpyFloat16, [6], [(Half)0f, -(Half)0f, (Half)1.5f, Half.MaxValue, Half.Epsilon, Half.NegativeInfinity]);
        Check(GoldenFiles.NpyUInt8, [5], new byte[] { 0, 1, 2, 3, 4 });
        Check(GoldenFiles.NpyInt32, [2, 2, 1], [-1, 2, 3, int.MinValue]);
        Check(GoldenFiles.NpyInt64, [3], [1L, -2, 1L << 62]);
        Check(GoldenFiles.NpyBool, [3], [true, false, true]);
        Check(GoldenFiles.NpyScalar, [], [2.5f]);
        Check(GoldenFiles.NpyEmpty, [3, 0, 2], Array.Empty<float>());
    }

    [Fact]
    public void Big_endian_files_are_swapped()
    {
        Check(GoldenFiles.NpyBigEndianFloat32, [3, 4], Weight);
        Check(GoldenFiles.NpyBigEndianFloat64, [1, 3], [Math.PI, -1e300, 1e-320]);
        Check(GoldenFiles.NpyBigEndianInt32, [3], [1, -2, 70000]);
        Assert.True(NpyFile.ReadHeader(folder.File("big.npy", GoldenFiles.NpyBigEndianInt32)).BigEndian);
    }

    [Fact]
    public void Columns_first_becomes_rows_first()
    {
        Check(GoldenFiles.NpyFortranFloat32, [3, 4], Weight);
        Check(GoldenFiles.NpyFortranInt16Cube, [2, 3, 4], [.. Enumerable.Range(0, 24).Select(i => (short)i)]);
        Check(GoldenFiles.NpyFortranBigEndianInt64, [3, 2], [0L, 1, 2, 3, 4, 5]);
        Assert.True(NpyFile.ReadHeader(folder.File("columns.npy", GoldenFiles.NpyFortranFloat32)).FortranOrder);
    }

    [Fact]
    public void Versions_one_two_and_three_are_read()
    {
        Check(GoldenFiles.NpyVersion2, [3, 4], Weight);
        Check(GoldenFiles.NpyVersion3, [3, 4], Weight);
        Assert.Equal(1, NpyFile.ReadHeader(folder.File("1.npy", GoldenFiles.NpyFloat32)).Version);
        Assert.Equal(2, NpyFile.ReadHeader(folder.File("2.npy", GoldenFiles.NpyVersion2)).Version);
        Assert.Equal(3, NpyFile.ReadHeader(folder.File("3.npy", GoldenFiles.NpyVersion3)).Version);
    }

    [Fact]
    public void The_writer_makes_the_same_bytes_as_numpy()
    {
        SameBytes(GoldenFiles.NpyFloat32, [3, 4], Weight);
        SameBytes(GoldenFiles.NpyFloat64, [1, 3], [Math.PI, -1e300, 1e-320]);
        SameBytes(GoldenFiles.NpyFloat16, [6], [(Half)0f, -(Half)0f, (Half)1.5f, Half.MaxValue, Half.Epsilon, Half.NegativeInfinity]);
        SameBytes(GoldenFiles.NpyUInt8, [5], new byte[] { 0, 1, 2, 3, 4 });
        SameBytes(GoldenFiles.NpyInt32, [2, 2, 1], [-1, 2, 3, int.MinValue]);
        SameBytes(GoldenFiles.NpyInt64, [3], [1L, -2, 1L << 62]);
        SameBytes(GoldenFiles.NpyBool, [3], [true, false, true]);
        SameBytes(GoldenFiles.NpyScalar, [], [2.5f]);
        SameBytes(GoldenFiles.NpyEmpty, [3, 0, 2], Array.Empty<float>());
    }

    [Fact]
    public void Half_and_double_are_converted_to_float_on_request()
    {
        float[] values = NpyFile.ReadSingles(folder.File("d.npy", GoldenFiles.NpyBigEndianFloat64), out long[] shape);
        Assert.Equal([(float)Math.PI, float.NegativeInfinity, 0f], values);
        Assert.Equal([1, 3], shape);
        Assert.Equal(
            [0f, -0f, 1.5f, 65504f, 5.9604645e-8f, float.NegativeInfinity],
            NpyFile.ReadSingles(folder.File("h.npy", GoldenFiles.NpyFloat16), out _));
        Assert.Equal(Weight, NpyFile.ReadSingles(folder.File("f.npy", GoldenFiles.NpyFortranFloat32), out _));
    }

    [Fact]
    public void The_wrong_type_and_the_wrong_count_are_refused()
    {
        string path = folder.File("i.npy", GoldenFiles.NpyInt32);
        TensorFormatException refusal = Assert.Throws<TensorFormatException>(() => NpyFile.Read<float>(path, out _));
        Assert.Equal("I32", refusal.Found);
        Assert.Throws<TensorFormatException>(() => NpyFile.ReadSingles(path, out _));
        string target = folder.File("w.npy");
        ArgumentException mistake = Assert.Throws<ArgumentException>(() => NpyFile.Write<float>(target, [2, 3], [1f]));
        Assert.Contains("expected 6 values", mistake.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => NpyFile.Write<float>(target, [-1], []));
        long[] tooMany = [.. Enumerable.Repeat(1L, 33)];
        Assert.Throws<ArgumentException>(() => NpyFile.Write<float>(target, tooMany, [1f]));
        Assert.False(File.Exists(target));
    }

    [Fact]
    public void Writing_replaces_a_file_whole_and_a_failure_names_it()
    {
        string path = folder.File("a.npy", [1, 2, 3]);
        NpyFile.Write<float>(path, [2], [1f, 2f]);
        Assert.Equal([1f, 2f], NpyFile.Read<float>(path, out _));
        Assert.Equal(["a.npy"], folder.Names());
        string missing = folder.File(Path.Combine("no", "a.npy"));
        Assert.Contains(
            missing, Assert.Throws<IOException>(() => NpyFile.Write<float>(missing, [1], [1f])).Message, StringComparison.Ordinal);
    }

    private void RoundTrip<T>(long[] shape, int seed)
        where T : unmanaged
    {
        byte[] bytes = Shapes.Bytes(shape, Marshal.SizeOf<T>(), seed);
        string path = folder.File("round.npy");
        using (FileStream stream = File.Create(path))
        {
            NpyFile.WriteTo(stream, shape, MemoryMarshal.Cast<byte, T>((ReadOnlySpan<byte>)bytes));
        }

        T[] read = NpyFile.Read<T>(path, out long[] readShape);
        Assert.Equal(shape, readShape);
        Assert.Equal(bytes, MemoryMarshal.AsBytes(read.AsSpan()).ToArray());
        Assert.Equal(0, NpyFile.ReadHeader(path).DataOffset % 64);
    }

    private void Check<T>(byte[] golden, long[] shape, T[] expected)
        where T : unmanaged
    {
        T[] values = NpyFile.Read<T>(folder.File("golden.npy", golden), out long[] readShape);
        Assert.Equal(shape, readShape);
        Assert.Equal(MemoryMarshal.AsBytes(expected.AsSpan()).ToArray(), MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }

    private static void SameBytes<T>(byte[] golden, long[] shape, T[] values)
        where T : unmanaged
    {
        using var stream = new MemoryStream();
        NpyFile.WriteTo<T>(stream, shape, values);
        Assert.Equal(golden, stream.ToArray());
    }
}
