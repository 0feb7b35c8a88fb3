namespace Engram.Data.Tests;

/// <summary>The folder with real datasets, when the environment names one.</summary>
internal static class RealData
{
    public static string? Folder => Environment.GetEnvironmentVariable("ENGRAM_DATA") is { Length: > 0 } path ? path : null;

    /// <summary>Skips the calling test, saying why, when there is no real data.</summary>
    public static DatasetFolder Require(string dataset)
    {
        Skip.If(Folder is null, "ENGRAM_DATA is not set: no real datasets to read");
        DatasetFolder folder = new(Folder!);
        Skip.IfNot(folder.Contains(dataset), $"{dataset} is not in ENGRAM_DATA ({Folder})");
        return folder;
    }
}
