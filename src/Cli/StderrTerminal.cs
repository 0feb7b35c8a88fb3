using Spectre.Console;

namespace Engram.Cli;

/// <summary>What may be written to stderr and stdout: pictures on a terminal, plain lines elsewhere, colour unless <c>NO_COLOR</c> is set.</summary>
internal static class StderrTerminal
{
    /// <summary>Whether stderr is a terminal that can redraw lines.</summary>
    public static bool IsInteractive => !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null or "");

    /// <summary>Whether colours are welcome (no-color.org).</summary>
    public static bool Colours => string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>A console for a stream.</summary>
    public static IAnsiConsole On(TextWriter writer, bool interactive) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(writer),
        Ansi = interactive ? AnsiSupport.Detect : AnsiSupport.No,
        ColorSystem = interactive && Colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Interactive = interactive ? InteractionSupport.Detect : InteractionSupport.No,
    });
}
