using Engram.ContinualLearning.Experiments;
using Engram.Data;
using Engram.Results;

namespace Engram.Cli;

/// <summary>Turns what a command throws into one message on stderr and an exit code.</summary>
internal static class CommandGuard
{
    /// <summary>Runs a command's body.</summary>
    public static int Run(Func<int> body)
    {
        try
        {
            return body();
        }
        catch (Exception e) when (e is ConfigurationException or DatasetNotFoundException or DataFormatException or ResultFormatException or FormatException)
        {
            return Say(e.Message, ExitCode.BadInput);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Say(e.Message, ExitCode.BadInput);
        }
        catch (Exception e) when (e is RunStorageException or IOException or UnauthorizedAccessException or InvalidOperationException or OutOfMemoryException)
        {
            return Say(e.Message, ExitCode.Failed);
        }
    }

    private static int Say(string message, int code)
    {
        Console.Error.WriteLine($"engram: {message}");
        return code;
    }
}
