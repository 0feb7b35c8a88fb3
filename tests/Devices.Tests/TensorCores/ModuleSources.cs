using System.Diagnostics;
using System.Reflection;

namespace Engram.Devices.Tests;

/// <summary>The folder of the tensor core kernels' sources, and the programs that compile them, where they are.</summary>
internal static class ModuleSources
{
    /// <summary>src/Kernels.Ilgpu/Modules of the repository that this assembly was built from; null where that is not at hand.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>Skips a test where the sources are not at hand.</summary>
    public static string Require()
    {
        Skip.If(Folder is null, "the sources of the kernels are not on this machine");
        return Folder!;
    }

    /// <summary>The first of some programs that is installed, or null.</summary>
    public static string? Program(params ReadOnlySpan<string> names)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        foreach (string name in names)
        {
            foreach (string folder in folders)
            {
                if (File.Exists(Path.Combine(folder, name)))
                    return Path.Combine(folder, name);
            }
        }

        return null;
    }

    /// <summary>Runs a program to its end and returns what it wrote; fails where it fails.</summary>
    public static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {output.Result}{errors.Result}");
        return output.Result;
    }

    private static string? Find()
    {
        string? root = typeof(ModuleSources).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(data => data.Key == "RepositoryRoot")?.Value;
        string folder = Path.Combine(root ?? "", "src", "Kernels.Ilgpu", "Modules");
        return root is not null && Directory.Exists(folder) ? folder : null;
    }
}
