namespace Engram.Formats.Tests;

/// <summary>What callers do wrong, on either side, and what they are told.</summary>
public sealed class SafetensorsMistakeTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_provider_that_fails_leaves_the_old_file_and_no_other()
    {
        string path = folder.File("a.safetensors", [1, 2, 3]);
        var writer = new SafetensorsWriter();
        writer.Add("first", [100_000], new float[100_000]);
        writer.Add("second", ElementType.F32, [1], _ => throw new InvalidDataException("no data"));
        Assert.Equal("no data", Assert.Throws<InvalidDataException>(() => writer.Save(path)).Message);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal(["a.safetensors"], folder.Names());
    }

    [Fact]
    public void A_disk_that_fills_up_at_any_byte_leaves_the_old_file_and_no_other()
    {
        string path = folder.File("a.safetensors", [1, 2, 3]);
        var writer = new SafetensorsWriter();
        writer.Add("w", [2, 2], new[] { 1f, 2, 3, 4 });
        using var whole = new MemoryStream();
        writer.WriteTo(whole);
        for (int room = 0; room < whole.Length; room += 7)
        {
            var caught = Assert.Throws<IOException>(() =>
                AtomicFile.Write(path, stream => writer.WriteTo(new FullDiskStream(stream, room))));
            Assert.Contains(path, caught.Message, StringComparison.Ordinal);
            Assert.Contains("free some space", caught.Message, StringComparison.Ordinal);
            Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
            Assert.Equal(["a.safetensors"], folder.Names());
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void A_provider_must_write_exactly_the_bytes_of_its_shape(int bytes)
    {
        string path = folder.File("a.safetensors");
        var writer = new SafetensorsWriter();
        writer.Add("0.weight", ElementType.U8, [4], stream => stream.Write(new byte[bytes], 0, bytes));
        var caught = Assert.Throws<InvalidOperationException>(() => writer.Save(path));
        Assert.Contains("'0.weight'", caught.Message, StringComparison.Ordinal);
        Assert.Contains("4 bytes", caught.Message, StringComparison.Ordinal);
        Assert.Contains($"found {bytes}", caught.Message, StringComparison.Ordinal);
        Assert.Empty(folder.Names());
    }

    [Fact]
    public void The_writer_refuses_what_no_reader_could_take_back()
    {
        var writer = new SafetensorsWriter();
        writer.Add("a", [1], new[] { 1f });
        writer.AddMetadata("k", "v");
        Refused("again", () => writer.Add("a", [1], new[] { 1f }));
        Refused("reserves", () => writer.Add("__metadata__", [1], new[] { 1f }));
        Refused("'k' again", () => writer.AddMetadata("k", "w"));
        Refused("surrogate", () => writer.Add("\ud800", [1], new[] { 1f }));
        Refused("surrogate", () => writer.AddMetadata("x", "\udc00\ud800"));
        Refused("[2, -1]", () => writer.Add("n", [2, -1], new[] { 1f }));
        Refused("63 bits", () => writer.Add("o", ElementType.F64, [1L << 31, 1L << 31], _ => { }));
        Refused("expected 6 values", () => writer.Add("m", [2, 3], new[] { 1f }));
        Refused("expected 24 bytes", () => writer.Add("m", ElementType.F32, [2, 3], new byte[23]));

        // a refused tensor leaves no trace
        writer.Add("m", [1], new[] { 1f });
        string path = folder.File("a.safetensors");
        writer.Save(path);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(["a", "m"], file.Entries.Select(entry => entry.Name));
    }

    [Fact]
    public void A_missing_tensor_a_wrong_shape_and_a_wrong_type_are_named()
    {
        string path = folder.File("golden.safetensors", GoldenFiles.SafetensorsModel);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        TensorFormatException caught = Assert.Throws<TensorFormatException>(() => file.Require("2.weight"));
        Assert.Equal("2.weight", caught.Tensor);
        Assert.Contains("0.weight", caught.Found, StringComparison.Ordinal);
        Assert.False(file.TryGet("2.weight", out _));

        caught = Assert.Throws<TensorFormatException>(() => file.Require("0.weight", [4, 3]));
        Assert.Equal("shape [4, 3]", caught.Expected);
        Assert.Equal("shape [3, 4]", caught.Found);

        caught = Assert.Throws<TensorFormatException>(() => file.Read("0.weight", new double[12].AsSpan()));
        Assert.Contains("F64", caught.Expected, StringComparison.Ordinal);
        Assert.Equal("F32", caught.Found);

        caught = Assert.Throws<TensorFormatException>(() => file.ReadSingles("mask", new float[3]));
        Assert.Equal("Bool", caught.Found);
        Assert.Contains(path, caught.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_destination_of_another_length_is_the_callers_mistake()
    {
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("golden.safetensors", GoldenFiles.SafetensorsModel));
        Refused("expected a destination of length 12, found 11", () => file.ReadSingles("0.weight", new float[11]));
        Refused("length 12, found 13", () => file.Read("0.weight", new float[13].AsSpan()));
        Refused("length 48, found 0", () => file.ReadBytes("0.weight", []));
    }

    [Fact]
    public void A_missing_file_is_reported_by_its_path()
    {
        string path = folder.File("missing.safetensors");
        Assert.Contains(path, Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(path)).Message, StringComparison.Ordinal);
    }

    private static void Refused(string reason, Action action) =>
        Assert.Contains(reason, Assert.Throws<ArgumentException>(action).Message, StringComparison.Ordinal);
}
