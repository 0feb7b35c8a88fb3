namespace Engram.Results;

/// <summary>A result or cell file that cannot be read or that contradicts itself. The message names the file.</summary>
public sealed class ResultFormatException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, and where.</param>
    /// <param name="inner">The cause, if there is one.</param>
    public ResultFormatException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
