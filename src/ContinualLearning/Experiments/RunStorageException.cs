namespace Engram.ContinualLearning.Experiments;

/// <summary>A result could not be stored; what had been stored before is untouched.</summary>
public sealed class RunStorageException : Exception
{
    /// <summary>Names what could not be stored, and why.</summary>
    public RunStorageException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
