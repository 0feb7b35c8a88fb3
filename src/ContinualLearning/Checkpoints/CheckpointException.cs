namespace Engram.ContinualLearning;

/// <summary>A checkpoint cannot be used. The message names the file, what was expected, what was found and what to do.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Composes the message.</summary>
    public CheckpointException(string file, string expected, string found, string remedy, Exception? inner = null)
        : base($"checkpoint: {file}: expected {expected}, found {found}. {remedy}", inner) => File = file;

    /// <summary>The path, as the caller gave it.</summary>
    public string File { get; }
}
