using System.Runtime.Versioning;

namespace Engram.Formats.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Creates_and_replaces_a_file_and_leaves_nothing_else()
    {
        string path = folder.File("a.bin");
        AtomicFile.WriteAllBytes(path, [1, 2, 3]);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        AtomicFile.Write(path, stream => stream.WriteByte(9));
        Assert.Equal([9], File.ReadAllBytes(path));
        AtomicFile.WriteAllText(path, "größer");
        Assert.Equal("größer"u8.ToArray(), File.ReadAllBytes(path));
        Assert.Equal(["a.bin"], folder.Names());
    }

    [Fact]
    public void The_old_content_is_there_until_the_new_one_is_whole()
    {
        string path = folder.File("a.bin", [1, 2, 3]);
        AtomicFile.Write(path, stream =>
        {
            stream.Write([7, 8]);
            stream.Flush();
            Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
            Assert.Equal(2, folder.Names().Length);
        });
        Assert.Equal([7, 8], File.ReadAllBytes(path));
    }

    [Fact]
    public void A_reader_that_had_the_old_file_open_keeps_the_old_bytes()
    {
        string path = folder.File("a.bin", [1, 2, 3]);
        using FileStream reader = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        AtomicFile.WriteAllBytes(path, [4]);
        byte[] old = new byte[3];
        reader.ReadExactly(old);
        Assert.Equal([1, 2, 3], old);
    }

    [Fact]
    public void An_exception_of_the_writer_passes_through_and_leaves_the_old_file_alone()
    {
        string path = folder.File("a.bin", [1, 2, 3]);
        var thrown = new InvalidOperationException("mine");
        var caught = Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[200_000]);
            throw thrown;
        }));
        Assert.Same(thrown, caught);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal(["a.bin"], folder.Names());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(99_999)]
    public void A_full_disk_names_the_file_and_the_remedy_and_leaves_the_old_file_alone(long room)
    {
        string path = folder.File("a.bin", [1, 2, 3]);
        var caught = Assert.Throws<IOException>(() =>
            AtomicFile.Write(path, stream => new FullDiskStream(stream, room).Write(new byte[100_000])));
        Assert.Contains(path, caught.Message, StringComparison.Ordinal);
        Assert.Contains("free some space", caught.Message, StringComparison.Ordinal);
        Assert.Contains("No space left", caught.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal(["a.bin"], folder.Names());
    }

    [Fact]
    public void A_failed_first_write_leaves_no_file_at_all()
    {
        string path = folder.File("a.bin");
        Assert.Throws<IOException>(() => AtomicFile.Write(path, stream => new FullDiskStream(stream, 1).Write([1, 2])));
        Assert.Empty(folder.Names());
    }

    [Fact]
    public void A_missing_folder_is_named_with_the_advice_to_create_it()
    {
        string path = folder.File(Path.Combine("missing", "a.bin"));
        var caught = Assert.Throws<IOException>(() => AtomicFile.WriteAllBytes(path, [1]));
        Assert.Contains(path, caught.Message, StringComparison.Ordinal);
        Assert.Contains("Create the folder", caught.Message, StringComparison.Ordinal);
        Assert.IsType<DirectoryNotFoundException>(caught.InnerException);
    }

    [Fact]
    public void A_folder_is_not_replaced_by_a_file()
    {
        string path = folder.File("sub");
        Directory.CreateDirectory(path);
        var caught = Assert.Throws<IOException>(() => AtomicFile.WriteAllBytes(path, [1]));
        Assert.Contains(path, caught.Message, StringComparison.Ordinal);
        Assert.Equal(["sub"], folder.Names());
    }

    [Fact]
    public void A_relative_path_is_relative_to_the_current_folder()
    {
        string path = Path.GetRelativePath(Environment.CurrentDirectory, folder.File("a.bin"));
        AtomicFile.WriteAllBytes(path, [5]);
        Assert.Equal([5], File.ReadAllBytes(folder.File("a.bin")));
    }

    [SkippableFact]
    public void A_symbolic_link_is_followed_and_stays_a_link()
    {
        Skip.If(OperatingSystem.IsWindows(), "Links need a privilege there.");
        string target = folder.File("target.bin", [1]), link = folder.File("link.bin");
        File.CreateSymbolicLink(link, target);
        AtomicFile.WriteAllBytes(link, [2]);
        Assert.Equal([2], File.ReadAllBytes(target));
        Assert.Equal(target, new FileInfo(link).LinkTarget);
    }

    [SkippableFact]
    [UnsupportedOSPlatform("windows")]
    public void Permissions_of_the_old_file_are_kept()
    {
        Skip.If(OperatingSystem.IsWindows(), "Unix permissions.");
        string path = folder.File("a.bin", [1]);
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.SetUnixFileMode(path, mode);
        AtomicFile.WriteAllBytes(path, [2]);
        Assert.Equal(mode, File.GetUnixFileMode(path));
    }
}
