using System.Runtime.InteropServices;

namespace Engram.Benchmarking;

/// <summary>
/// Variables that native libraries read when they are loaded. On Unix the variables of .NET are a copy: libraries see only what is set through
/// the C library.
/// </summary>
internal static class NativeEnvironment
{
    /// <summary>Sets a variable for libraries loaded from now on; one that the user has set stays.</summary>
    public static void Default(string name, string value)
    {
        if (!OperatingSystem.IsWindows() && Environment.GetEnvironmentVariable(name) is null)
            _ = SetEnv(name, value, 0);
    }

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int SetEnv(string name, string value, int overwrite);
}
