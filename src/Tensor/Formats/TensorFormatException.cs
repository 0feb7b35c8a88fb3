namespace Engram.Formats;

/// <summary>
/// A tensor file is not what its format, or the program that reads it, demands. The message names the file, the tensor
/// where one is concerned, what was expected, what was found and what to do.
/// </summary>
public sealed class TensorFormatException : FormatException
{
    /// <summary>States what was expected and what was found.</summary>
    /// <param name="format">Name of the format, such as <c>npy</c>.</param>
    /// <param name="file">The path.</param>
    /// <param name="tensor">The tensor concerned, or null for the whole file.</param>
    /// <param name="expected">What the format or the caller demands.</param>
    /// <param name="found">What the file holds.</param>
    /// <param name="remedy">What to do about it.</param>
    /// <param name="inner">The cause, if another exception was.</param>
    public TensorFormatException(
        string format, string file, string? tensor, string expected, string found, string remedy, Exception? inner = null)
        : base(
            $"{format}: {file}: {(tensor is null ? "" : $"tensor '{Printable.Text(tensor)}': ")}"
            + $"expected {expected}, found {found}. {remedy}",
            inner)
    {
        File = file;
        Tensor = tensor;
        Expected = expected;
        Found = found;
        Remedy = remedy;
    }

    /// <summary>The path of the file, as the caller gave it.</summary>
    public string File { get; }

    /// <summary>The name of the tensor concerned, or null where the whole file is.</summary>
    public string? Tensor { get; }

    /// <summary>What the format or the caller demands.</summary>
    public string Expected { get; }

    /// <summary>What the file holds instead.</summary>
    public string Found { get; }

    /// <summary>What to do about it.</summary>
    public string Remedy { get; }
}
