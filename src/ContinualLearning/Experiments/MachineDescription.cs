using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Engram.Results;
using Arm = System.Runtime.Intrinsics.Arm;

namespace Engram.ContinualLearning.Experiments;

/// <summary>What machine and build this is, for result documents and for <c>engram doctor</c>.</summary>
public static class MachineDescription
{
    /// <summary>The environment of a run that starts now.</summary>
    /// <param name="threads">Threads that one cell uses.</param>
    /// <param name="note">Anything that a reader of the timings should know.</param>
    public static RunEnvironment Environment(int threads, string? note = null)
    {
        string version = typeof(MachineDescription).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        int plus = version.IndexOf('+');
        return new RunEnvironment
        {
            EngineVersion = plus < 0 ? version : version[..plus],
            Commit = plus < 0 ? null : version[(plus + 1)..],
            Os = RuntimeInformation.OSDescription,
            Runtime = RuntimeInformation.FrameworkDescription,
            CpuModel = CpuModel(),
            Cores = System.Environment.ProcessorCount,
            Threads = threads,
            InstructionSets = InstructionSets(),
            StartedAt = DateTimeOffset.UtcNow,
            MachineNote = note,
        };
    }

    /// <summary>Instruction sets that the runtime uses, widest first.</summary>
    public static IReadOnlyList<string> InstructionSets()
    {
        List<string> sets = [];
        if (Avx512F.IsSupported)
            sets.Add(Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512F.VL.IsSupported ? "AVX-512 (F, BW, DQ, VL)" : "AVX-512 (F)");
        if (Avx2.IsSupported)
            sets.Add("AVX2");
        if (Fma.IsSupported)
            sets.Add("FMA");
        if (Avx.IsSupported)
            sets.Add("AVX");
        if (Sse42.IsSupported)
            sets.Add("SSE4.2");
        if (Arm.AdvSimd.Arm64.IsSupported)
            sets.Add("NEON");
        return sets;
    }

    /// <summary>Name of the processor as the operating system tells it.</summary>
    public static string CpuModel()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                foreach (string line in File.ReadLines("/proc/cpuinfo"))
                {
                    int colon = line.IndexOf(':');
                    if (colon > 0 && line.StartsWith("model name", StringComparison.Ordinal))
                        return line[(colon + 1)..].Trim();
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The name is for the reader only; a machine that hides it still runs.
        }

        return System.Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
