using System.Globalization;

namespace Engram.Benchmarking;

/// <summary>Whether others use the machine that is measured.</summary>
internal static class MachineLoad
{
    private const double BusyShare = 0.3;

    /// <summary>A remark when the last minute's load took a good part of the cores; <c>null</c> on an idle machine, or where the system does not tell.</summary>
    public static string? Note()
    {
        try
        {
            if (!OperatingSystem.IsLinux())
                return null;
            double load = double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
            return load <= BusyShare * Environment.ProcessorCount ? null
                : string.Create(CultureInfo.InvariantCulture, $"busy machine: load {load:F1} on {Environment.ProcessorCount} cores before the run; ratios are rough, absolute figures rougher");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }
}
