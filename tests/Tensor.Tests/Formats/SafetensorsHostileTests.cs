using System.Buffers.Binary;
using System.Text;

namespace Engram.Formats.Tests;

public sealed class SafetensorsHostileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_truncation_is_refused() => Hostile.TruncateEverywhere(folder, GoldenFiles.SafetensorsModel, ReadAll);

    [Fact]
    public void Damaged_bytes_are_refused_or_read_and_never_crash()
    {
        int refused = Hostile.Damage(folder, GoldenFiles.SafetensorsModel, ReadAll, randomFiles: 2000, seed: 1);
        Assert.InRange(refused, GoldenFiles.SafetensorsModel.Length, GoldenFiles.SafetensorsModel.Length * 8 + 2000 - 1);
    }

    [Theory]
    [InlineData(9UL)]
    [InlineData(99_999_999UL)]
    [InlineData(100_000_001UL)]
    [InlineData((ulong)int.MaxValue)]
    [InlineData((ulong)long.MaxValue)]
    [InlineData(ulong.MaxValue - 7)]
    [InlineData(ulong.MaxValue)]
    public void A_header_length_beyond_the_file_is_refused_before_anything_is_allocated(ulong length)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        TensorFormatException refusal = Hostile.MustRefuse(folder.File("huge", bytes), ReadAll);
        Assert.Contains($"{length}", refusal.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_over_the_limit_is_refused_even_where_the_file_is_as_long()
    {
        string path = folder.File("sparse");
        using (FileStream stream = File.Create(path))
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(length, SafetensorsFile.MaxHeaderBytes + 1);
            stream.Write(length);
            stream.SetLength(200_000_000);
        }

        Hostile.MustRefuse(path, ReadAll);
    }

    [Theory]
    [InlineData("", 0, "empty")]
    [InlineData("[]", 0, "'{'")]
    [InlineData(" {}", 0, "'{'")]
    [InlineData("\ufeff{}", 0, "'{'")]
    [InlineData("{", 0, "JSON")]
    [InlineData("{}x", 0, "JSON")]
    [InlineData("{}{}", 0, "JSON")]
    [InlineData("{}\0", 0, "JSON")]
    [InlineData("{/**/}", 0, "JSON")]
    [InlineData("{\"a\":1}", 0, "an object")]
    [InlineData("{\"a\":null}", 0, "an object")]
    [InlineData("{\"a\":{}}", 0, "dtype")]
    [InlineData("{}", 1, "0 bytes of data")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},}", 1, "JSON")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "data_offsets")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", 1, "shape")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"x\":1}}", 1, "'x'")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "'dtype' twice")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "'shape' twice")]
    [InlineData("{\"a\":{\"dtype\":\"F128\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "'F128'")]
    [InlineData("{\"a\":{\"dtype\":\"Bool\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "'Bool'")]
    [InlineData("{\"a\":{\"dtype\":5,\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "dtype")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":1,\"data_offsets\":[0,1]}}", 1, "array")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[\"1\"],\"data_offsets\":[0,1]}}", 1, "numbers")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[[1]],\"data_offsets\":[0,1]}}", 1, "JSON")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}}", 1, "-1")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1.0],\"data_offsets\":[0,1]}}", 1, "1.0")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1e0],\"data_offsets\":[0,1]}}", 1, "1e0")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[9223372036854775808],\"data_offsets\":[0,1]}}", 1, "9223372036854775808")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,1073741824],\"data_offsets\":[0,0]}}", 0, "63 bits")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[0,4294967296,4294967296],\"data_offsets\":[0,0]}}", 0, "63 bits")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387905],\"data_offsets\":[0,4]}}", 4, "63 bits")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,0]}}", 1, "begin")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 1, "begin")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]}}", 1, "begin")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[-1,0]}}", 1, "-1")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 1, "within the 1 bytes")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[9223372036854775807],\"data_offsets\":[0,9223372036854775807]}}", 1, "within")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,3]}}", 3, "4 bytes")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", 2, "a hole")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 2, "1 bytes of data")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[1,1]}}", 1, "a hole")]
    [InlineData("{\"\\ud800\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "surrogate")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", 0, "a text")]
    [InlineData("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "'a' twice")]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "twice")]
    [InlineData("{\"__metadata__\":[]}", 0, "an object")]
    public void A_hostile_header_is_refused_with_the_reason(string header, int dataBytes, string reason)
    {
        TensorFormatException refusal = Hostile.MustRefuse(Forge(Encoding.UTF8.GetBytes(header), dataBytes), ReadAll);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[0,2]", "[1,3]", "an overlap with 'a'")]
    [InlineData("[0,2]", "[0,2]", "an overlap with 'a'")]
    [InlineData("[0,2]", "[3,5]", "a hole")]
    public void Tensors_must_not_share_or_skip_bytes(string first, string second, string reason)
    {
        string header =
            $"{{\"a\":{{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":{first}}},"
            + $"\"b\":{{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":{second}}}}}";
        TensorFormatException refusal = Hostile.MustRefuse(Forge(Encoding.UTF8.GetBytes(header), 5), ReadAll);
        Assert.NotNull(refusal.Tensor);
        Assert.Contains(first == second ? "an overlap" : reason, refusal.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "\\u0061")]
    public void A_name_must_not_stand_twice_however_it_is_spelt(string first, string second)
    {
        string header =
            $"{{\"{first}\":{{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}},"
            + $"\"{second}\":{{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}}}";
        TensorFormatException refusal = Hostile.MustRefuse(Forge(Encoding.UTF8.GetBytes(header), 2), ReadAll);
        Assert.Equal("a", refusal.Tensor);
        Assert.Contains("twice", refusal.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_may_stand_in_the_data_in_another_order_than_in_the_header()
    {
        const string header =
            "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]},\"e\":{\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[1,1]},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}  \n ";
        using SafetensorsFile file = SafetensorsFile.Open(Forge(Encoding.UTF8.GetBytes(header), [10, 20]));
        byte[] value = new byte[1];
        file.ReadBytes("a", value);
        Assert.Equal(20, value[0]);
        file.ReadBytes("b", value);
        Assert.Equal(10, value[0]);
    }

    [Fact]
    public void Names_that_are_not_utf8_are_refused()
    {
        byte[] header = Encoding.Latin1.GetBytes("{\"\u00ff\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}");
        Assert.Contains("UTF-8", Hostile.MustRefuse(Forge(header, 1), ReadAll).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_boolean_that_is_neither_true_nor_false_is_refused()
    {
        string path = Forge("{\"m\":{\"dtype\":\"BOOL\",\"shape\":[2],\"data_offsets\":[0,2]}}"u8.ToArray(), [1, 2]);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal("m", Assert.Throws<TensorFormatException>(() => file.Read("m", new bool[2].AsSpan())).Tensor);
    }

    [Theory]
    [InlineData("{\"a\":")]
    [InlineData("[")]
    [InlineData("{\"a\":[")]
    public void Deep_nesting_is_refused_early(string opening)
    {
        byte[] header = Encoding.UTF8.GetBytes("{\"x\":" + string.Concat(Enumerable.Repeat(opening, 10_000)));
        Hostile.MustRefuse(Forge(header, 0), ReadAll);
    }

    [Fact]
    public void Endless_numbers_and_names_do_not_fill_the_message()
    {
        string digits = new('9', 50_000);
        string header = $"{{\"{new string('n', 5000)}\":{{\"dtype\":\"U8\",\"shape\":[{digits}],\"data_offsets\":[0,1]}}}}";
        string path = Forge(Encoding.UTF8.GetBytes(header), 1);
        Assert.InRange(Hostile.MustRefuse(path, ReadAll).Message.Length, 100, 600 + path.Length);
    }

    [Fact]
    public void Control_characters_of_a_name_do_not_reach_the_message()
    {
        byte[] header = "{\"\\u001b[2J\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}}"u8.ToArray();
        TensorFormatException refusal = Hostile.MustRefuse(Forge(header, 1), ReadAll);
        Assert.DoesNotContain('\u001b', refusal.Message);
        Assert.Equal("\u001b[2J", refusal.Tensor);
    }

    [Fact]
    public void A_file_that_is_cut_while_it_is_open_is_reported()
    {
        string path = folder.File("cut", GoldenFiles.SafetensorsModel);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using (var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            writer.SetLength(writer.Length - 1);
        }

        TensorFormatException refusal = Assert.Throws<TensorFormatException>(() => file.Read("mask", new bool[3].AsSpan()));
        Assert.Contains("cut while it was open", refusal.Remedy, StringComparison.Ordinal);
    }

    private static void ReadAll(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        foreach (SafetensorsEntry entry in file.Entries)
        {
            file.ReadBytes(entry.Name, new byte[entry.ByteLength]);
            if (entry.Type is ElementType.F16 or ElementType.BF16 or ElementType.F32 or ElementType.F64)
            {
                file.ReadSingles(entry.Name, new float[entry.ElementCount]);
            }
        }
    }

    private string Forge(byte[] header, int dataBytes) => Forge(header, new byte[dataBytes]);

    private string Forge(byte[] header, byte[] data)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        return folder.File("forged.safetensors", [.. length, .. header, .. data]);
    }
}
