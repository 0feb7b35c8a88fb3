namespace Engram.Cli;

/// <summary>What the process returns to its caller.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>Something failed on the way.</summary>
    public const int Failed = 1;

    /// <summary>The command line, a file or the data is wrong; nothing was started.</summary>
    public const int BadInput = 2;

    /// <summary>Stopped by Ctrl-C or a termination signal.</summary>
    public const int Cancelled = 3;

    /// <summary>A comparison found something slower than before by more than the noise.</summary>
    public const int Regression = 4;
}
