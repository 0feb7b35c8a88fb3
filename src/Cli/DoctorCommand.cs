using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Engram.Benchmarking;
using Engram.ContinualLearning.Experiments;
using Engram.Kernels;
using Engram.Kernels.Cpu;
using Engram.Kernels.Ilgpu;
using Engram.Results;

namespace Engram.Cli;

/// <summary><c>engram doctor</c>: what this machine has, what the engine makes of it, and what it measures at its best.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        Option<bool> json = new("--json") { Description = "Print the findings as JSON." };
        Command command = new("doctor", "Show instruction sets, cores, caches, devices, and measured peaks of this machine.") { json };
        command.SetAction(parsed => CommandGuard.Run(() =>
        {
            DoctorFindings findings = Examine();
            if (parsed.GetValue(json))
                Console.Out.WriteLine(JsonSerializer.Serialize(findings, DoctorJsonContext.Default.DoctorFindings));
            else
                Write(findings, Console.Out);
            return ExitCode.Ok;
        }));
        return command;
    }

    private static DoctorFindings Examine()
    {
        RunEnvironment environment = MachineDescription.Environment(1);
        BenchRoof roof = RoofMeasurement.Measure(1);
        return new DoctorFindings
        {
            SchemaVersion = 1,
            EngineVersion = environment.EngineVersion,
            Os = environment.Os,
            Runtime = environment.Runtime,
            CpuModel = environment.CpuModel,
            Cores = environment.Cores,
            InstructionSets = environment.InstructionSets,
            LaneBits = 32 * (int)LaneWidths.Widest,
            GemmRung = GemmPlan.Native.Rung.ToString(),
            Caches = CpuCache.OfThisMachine(),
            PeakGflops = roof.PeakGflops,
            PeakGigabytesPerSecond = roof.MemoryGbps,
            Devices =
            [
                new(Device.Host.Name, Available: true, "all entries native"),
                new("emulator", Available: true, "the GPU kernels on the CPU, every access checked, for tests: thousands of times slower than the CPU device"),
                .. IlgpuBackend.Find().Select(found => new DoctorDevice(found.Name, found.Available, found.Note)),
            ],
        };
    }

    private static void Write(DoctorFindings findings, TextWriter writer)
    {
        (string, string)[] lines =
        [
            ("engram", findings.EngineVersion),
            ("system", $"{findings.Os}, {findings.Runtime}"),
            ("processor", $"{findings.CpuModel}, {findings.Cores} logical cores"),
            ("instruction sets", findings.InstructionSets.Count == 0 ? "none" : string.Join(", ", findings.InstructionSets)),
            ("lanes", string.Create(CultureInfo.InvariantCulture, $"{findings.LaneBits} bits for elementwise kernels, {findings.GemmRung} for matrix products")),
            ("caches", findings.Caches.Count == 0 ? "not told by this system"
                : string.Join(", ", findings.Caches.Select(c => string.Create(CultureInfo.InvariantCulture, $"L{c.Level} {c.Kind.ToLowerInvariant()} {c.Bytes / 1024:N0} KiB")))),
            ("peak, 1 thread", string.Create(CultureInfo.InvariantCulture,
                $"{findings.PeakGflops:F0} GFLOP/s (fused multiply-add, float32), {findings.PeakGigabytesPerSecond:F1} GB/s (triad, memory)")),
        ];
        foreach ((string name, string text) in lines)
            writer.WriteLine($"{name,-17} {text}");
        foreach (DoctorDevice device in findings.Devices)
            writer.WriteLine($"{"device",-17} {device.Name}: {(device.Available ? "" : "not joined, ")}{device.Note}");
    }
}
