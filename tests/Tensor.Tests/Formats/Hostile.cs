namespace Engram.Formats.Tests;

/// <summary>What every reader promises about a file that it cannot trust.</summary>
internal static class Hostile
{
    // the files of these tests have a few hundred bytes; the rest is what an exception with its stack trace takes
    private const long AllocationBound = 256 << 10;

    /// <summary>Reads the file; returns the refusal, or null where the file was accepted. Anything else fails the test.</summary>
    public static TensorFormatException? Read(string path, Action<string> read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        TensorFormatException? refusal = null;
        try
        {
            read(path);
        }
        catch (TensorFormatException e)
        {
            refusal = e;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < AllocationBound, $"{allocated} bytes were allocated for a file of {new FileInfo(path).Length}.");
        return refusal;
    }

    public static TensorFormatException MustRefuse(string path, Action<string> read)
    {
        TensorFormatException? refusal = Read(path, read);
        Assert.True(refusal is not null, "The file was accepted.");
        Assert.Equal(path, refusal.File);
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"expected {refusal.Expected}, found {refusal.Found}.", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(refusal.Remedy, refusal.Message, StringComparison.Ordinal);
        Assert.False(string.IsNullOrWhiteSpace(refusal.Remedy));
        return refusal;
    }

    /// <summary>Every length short of the whole must be refused.</summary>
    public static void TruncateEverywhere(TempFolder folder, byte[] whole, Action<string> read)
    {
        string path = folder.File("truncated", whole);
        Assert.Null(Read(path, read));
        for (int length = whole.Length - 1; length >= 0; length--)
        {
            File.WriteAllBytes(path, whole[..length]);
            MustRefuse(path, read);
        }
    }

    /// <summary>Every single bit flipped, then random bytes in random places: refused or read, never anything else.</summary>
    /// <returns>How many of the files were refused.</returns>
    public static int Damage(TempFolder folder, byte[] whole, Action<string> read, int randomFiles, int seed)
    {
        string path = folder.File("damaged", whole);
        Assert.Null(Read(path, read));
        int refused = 0;
        byte[] damaged = [.. whole];
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(path, damaged);
            refused += Read(path, read) is null ? 0 : 1;
            damaged[bit / 8] = whole[bit / 8];
        }

        var random = new Random(seed);
        for (int file = 0; file < randomFiles; file++)
        {
            damaged = [.. whole];
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(path, damaged);
            refused += Read(path, read) is null ? 0 : 1;
        }

        return refused;
    }
}
