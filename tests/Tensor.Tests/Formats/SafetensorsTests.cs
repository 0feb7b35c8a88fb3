using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Formats.Tests;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Any_shape_and_type_comes_back_as_it_went()
    {
        string path = folder.File("round.safetensors");
        ElementType[] types = [.. Enum.GetValues<ElementType>().Where(type => type != ElementType.Bool)];
        Prop.ForAll(Shapes.Any, sample =>
        {
            var writer = new SafetensorsWriter();
            foreach (ElementType type in types)
            {
                writer.Add($"t.{type}", type, sample.Shape, Shapes.Bytes(sample.Shape, type.ByteSize(), sample.Seed));
            }

            using (FileStream stream = File.Create(path))
            {
                writer.WriteTo(stream);
            }

            using SafetensorsFile file = SafetensorsFile.Open(path);
            Assert.Equal(types.Select(type => $"t.{type}"), file.Entries.Select(entry => entry.Name));
            foreach (ElementType type in types)
            {
                SafetensorsEntry entry = file.Require($"t.{type}", sample.Shape);
                Assert.Equal(type, entry.Type);
                Assert.Equal(Shapes.Count(sample.Shape), entry.ElementCount);
                byte[] bytes = new byte[entry.ByteLength];
                file.ReadBytes(entry.Name, bytes);
                Assert.Equal(Shapes.Bytes(sample.Shape, type.ByteSize(), sample.Seed), bytes);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Typed_values_come_back_exactly_by_their_own_type()
    {
        string path = folder.File("typed.safetensors");
        var writer = new SafetensorsWriter();
        writer.Add("f32", [2, 2], new[] { float.NaN, float.NegativeInfinity, float.Epsilon, -0f });
        writer.Add("f64", [1], new[] { Math.PI });
        writer.Add("i64", [], new[] { long.MinValue });
        writer.Add("u64", [1], new[] { ulong.MaxValue });
        writer.Add("bool", [3], new[] { true, false, true });
        writer.Add("f16", [2], new[] { (Half)0.5f, Half.MaxValue });
        writer.Save(path);

        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal([float.NaN, float.NegativeInfinity, float.Epsilon, -0f], Read<float>(file, "f32"));
        Assert.True(float.IsNegative(Read<float>(file, "f32")[3]));
        Assert.Equal([Math.PI], Read<double>(file, "f64"));
        Assert.Equal([long.MinValue], Read<long>(file, "i64"));
        Assert.Equal([ulong.MaxValue], Read<ulong>(file, "u64"));
        Assert.Equal([true, false, true], Read<bool>(file, "bool"));
        Assert.Equal([(Half)0.5f, Half.MaxValue], Read<Half>(file, "f16"));
    }

    [Fact]
    public void A_file_made_by_python_is_read_with_its_names_types_and_values()
    {
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("golden.safetensors", GoldenFiles.SafetensorsModel));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(
            ["1.num_batches_tracked", "scale", "0.weight", "0.bias", "empty", "half", "brain", "mask"],
            file.Entries.Select(entry => entry.Name));
        Assert.Equal("0.weight: F32 [3, 4]", file.Require("0.weight").ToString());
        Assert.Equal([123456789012L], Read<long>(file, "1.num_batches_tracked"));
        Assert.True(file.Require("1.num_batches_tracked").Shape.IsEmpty);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => (i - 5.5f) / 4), Read<float>(file, "0.weight"));
        Assert.Equal([0.1f, -0.2f, 3e-39f], Read<float>(file, "0.bias"));
        Assert.Equal([Math.PI, -1e300, 1e-320], Read<double>(file, "scale"));
        Assert.Equal([true, false, true], Read<bool>(file, "mask"));
        Assert.Empty(Read<float>(file, "empty"));
    }

    [Fact]
    public void Half_bfloat_and_double_are_converted_to_float_on_request()
    {
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("golden.safetensors", GoldenFiles.SafetensorsModel));
        Assert.Equal([0f, -0f, 1.5f, 65504f, 5.9604645e-8f, float.NegativeInfinity], Singles(file, "half"));
        Assert.Equal([(float)Math.PI, float.NegativeInfinity, 0f], Singles(file, "scale"));
        Assert.Equal([0.1f, -0.2f, 3e-39f], Singles(file, "0.bias"));

        // a bfloat16 keeps 8 bits of the significand: 2^-8 relative, below the float they were cut from
        float[] brain = Singles(file, "brain");
        Assert.Equal([1f, -2.5f], brain[..2]);
        Assert.InRange(brain[2], 3.0e38f * (1 - 0.0078125f), 3.0e38f);
        Assert.Equal(0u, BitConverter.SingleToUInt32Bits(brain[2]) & 0xFFFF);
        Assert.InRange(brain[3], 0.9e-40f, 1e-40f);
    }

    [Fact]
    public void The_writer_makes_the_same_bytes_as_the_python_script()
    {
        using SafetensorsFile golden = SafetensorsFile.Open(folder.File("golden.safetensors", GoldenFiles.SafetensorsModel));
        var writer = new SafetensorsWriter();
        writer.AddMetadata("format", "pt");
        foreach (SafetensorsEntry entry in golden.Entries)
        {
            byte[] bytes = new byte[entry.ByteLength];
            golden.ReadBytes(entry.Name, bytes);
            writer.Add(entry.Name, entry.Type, entry.Shape, bytes);
        }

        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        Assert.Equal(GoldenFiles.SafetensorsModel, stream.ToArray());
    }

    [Fact]
    public void Names_and_metadata_of_any_script_survive()
    {
        using (SafetensorsFile file = SafetensorsFile.Open(folder.File("unicode.safetensors", GoldenFiles.SafetensorsUnicode)))
        {
            Assert.Equal([7, 255], Read<byte>(file, "größe.重み"));
            Assert.Equal("😀", file.Metadata["schlüssel"]);
        }

        string[] names = ["größe.重み", "😀", "quote\"back\\slash", "a\nb\0", "", "<&'+>"];
        var writer = new SafetensorsWriter();
        foreach (string name in names)
        {
            writer.AddMetadata(name, name);
            writer.Add(name, [], new[] { 1f });
        }

        string path = folder.File("names.safetensors");
        writer.Save(path);
        using SafetensorsFile again = SafetensorsFile.Open(path);
        Assert.Equal(names, again.Entries.Select(entry => entry.Name));
        Assert.All(names, name => Assert.Equal(name, again.Metadata[name]));
    }

    [Fact]
    public void The_header_is_padded_with_spaces_to_eight_bytes_and_the_data_has_no_holes()
    {
        for (int length = 0; length < 20; length++)
        {
            var writer = new SafetensorsWriter();
            writer.Add(new string('n', length), [3], new byte[] { 1, 2, 3 });
            writer.Add("next", [1], new[] { 1f });
            using var stream = new MemoryStream();
            writer.WriteTo(stream);
            byte[] bytes = stream.ToArray();
            int header = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            Assert.Equal(0, header % 8);
            Assert.Equal(8 + header + 7, bytes.Length);
            string text = Encoding.UTF8.GetString(bytes, 8, header);
            Assert.EndsWith("}", text.TrimEnd(' '), StringComparison.Ordinal);
            Assert.InRange(text.Length - text.TrimEnd(' ').Length, 0, 7);
        }
    }

    [Fact]
    public void A_file_without_tensors_is_valid()
    {
        string path = folder.File("none.safetensors");
        new SafetensorsWriter().Save(path);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Empty(file.Entries);
        Assert.Empty(file.Metadata);
        Assert.Equal(16, new FileInfo(path).Length);
    }

    [Fact]
    public void A_large_payload_is_streamed_without_a_copy_on_the_heap()
    {
        const int count = 6_000_000;
        string path = folder.File("large.safetensors");
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = i;
        }

        var writer = new SafetensorsWriter();
        writer.Add("memory", [count], values);
        writer.Add("pieces", ElementType.U8, [300_000], stream =>
        {
            for (int piece = 0; piece < 3; piece++)
            {
                stream.Write(new byte[100_000]);
            }
        });
        long before = GC.GetAllocatedBytesForCurrentThread();
        writer.Save(path);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 1 << 20, $"{allocated} bytes allocated to write {count * 4L}.");

        using SafetensorsFile file = SafetensorsFile.Open(path);
        float[] read = new float[count];
        before = GC.GetAllocatedBytesForCurrentThread();
        file.ReadSingles("memory", read);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 16);
        Assert.True(values.AsSpan().SequenceEqual(read));
    }

    [Fact]
    public void Conversion_of_many_elements_crosses_its_slices_correctly()
    {
        const int count = 100_003;
        string path = folder.File("slices.safetensors");
        var writer = new SafetensorsWriter();
        writer.Add("f64", [count], Enumerable.Range(0, count).Select(i => i / 3.0).ToArray());
        writer.Add("f16", [count], Enumerable.Range(0, count).Select(i => (Half)(i % 2048)).ToArray());
        writer.Save(path);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(Enumerable.Range(0, count).Select(i => (float)(i / 3.0)), Singles(file, "f64"));
        Assert.Equal(Enumerable.Range(0, count).Select(i => (float)(i % 2048)), Singles(file, "f16"));
    }

    [Fact]
    public void A_file_can_be_rewritten_from_itself_while_it_is_open()
    {
        string path = folder.File("self.safetensors", GoldenFiles.SafetensorsModel);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        var writer = new SafetensorsWriter();
        writer.Add("0.bias", ElementType.F32, [3], stream =>
        {
            byte[] bytes = new byte[12];
            file.ReadBytes("0.bias", bytes);
            stream.Write(bytes);
        });
        writer.Save(path);
        using SafetensorsFile again = SafetensorsFile.Open(path);
        Assert.Equal([0.1f, -0.2f, 3e-39f], Singles(again, "0.bias"));
        Assert.Single(again.Entries);
    }

    private static T[] Read<T>(SafetensorsFile file, string name)
        where T : unmanaged
    {
        var values = new T[file.Require(name).ElementCount];
        file.Read(name, values.AsSpan());
        return values;
    }

    private static float[] Singles(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Require(name).ElementCount];
        file.ReadSingles(name, values);
        return values;
    }
}
