namespace Engram.Data;

/// <summary>A named dataset, or one of its files, is not in the folder that was searched.</summary>
public sealed class DatasetNotFoundException : IOException
{
    /// <summary>Describes a dataset that is not there.</summary>
    /// <param name="dataset">The name that was asked for.</param>
    /// <param name="folder">The folder that was searched.</param>
    /// <param name="message">What was looked for, where, and how to get it.</param>
    public DatasetNotFoundException(string dataset, string folder, string message)
        : base(message)
    {
        Dataset = dataset;
        Folder = folder;
    }

    /// <summary>The name that was asked for.</summary>
    public string Dataset { get; }

    /// <summary>The folder that was searched.</summary>
    public string Folder { get; }
}
