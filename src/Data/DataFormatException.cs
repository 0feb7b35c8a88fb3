using System.IO.Compression;

namespace Engram.Data;

/// <summary>
/// A data file is not what its format says: wrong magic number, impossible sizes, truncated, corrupt, labels out of range.
/// The message names the file, what was expected, what was found and what to do about it.
/// </summary>
public sealed class DataFormatException : Exception
{
    /// <summary>Describes one file that cannot be read.</summary>
    /// <param name="file">The path of the file, as it was given.</param>
    /// <param name="expected">What the format asks for at this place.</param>
    /// <param name="found">What the file holds instead.</param>
    /// <param name="remedy">What the reader of the message can do.</param>
    /// <param name="inner">The cause, where a decoder reported one.</param>
    public DataFormatException(string file, string expected, string found, string remedy, Exception? inner = null)
        : base($"{file}: expected {expected}, found {found}. {remedy}", inner)
    {
        File = file;
        Expected = expected;
        Found = found;
        Remedy = remedy;
    }

    /// <summary>The path of the file, as it was given.</summary>
    public string File { get; }

    /// <summary>What the format asks for.</summary>
    public string Expected { get; }

    /// <summary>What the file holds instead.</summary>
    public string Found { get; }

    /// <summary>What the reader of the message can do.</summary>
    public string Remedy { get; }

    /// <summary>
    /// Whether a decompressing stream says with this exception that its bytes are damaged: most damage is an <see cref="InvalidDataException"/>; a zlib header that asks for a
    /// preset dictionary is an <see cref="IOException"/> of a type that the library keeps to itself. The file's own failed reads are neither.
    /// </summary>
    internal static bool IsDamage(Exception e) =>
        e is InvalidDataException || (e is IOException && e.GetType().Assembly == typeof(ZLibStream).Assembly);

    /// <summary>A zlib stream in a file is damaged.</summary>
    /// <param name="file">The path of the file.</param>
    /// <param name="e">What the stream threw, <see cref="IsDamage"/>.</param>
    internal static DataFormatException OfZlib(string file, Exception e) =>
        new(file, "valid zlib data", $"corrupt data ({e.Message.TrimEnd('.')})", "Get the file again.", e);
}
