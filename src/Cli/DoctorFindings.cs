using System.Text.Json.Serialization;

namespace Engram.Cli;

/// <summary>What <c>engram doctor --json</c> prints.</summary>
internal sealed record DoctorFindings
{
    /// <summary>Version of the format.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>Version of the engine.</summary>
    public required string EngineVersion { get; init; }

    /// <summary>Operating system.</summary>
    public required string Os { get; init; }

    /// <summary>.NET runtime.</summary>
    public required string Runtime { get; init; }

    /// <summary>Processor.</summary>
    public required string CpuModel { get; init; }

    /// <summary>Logical cores.</summary>
    public required int Cores { get; init; }

    /// <summary>Instruction sets, widest first.</summary>
    public required IReadOnlyList<string> InstructionSets { get; init; }

    /// <summary>Bits of a lane of elementwise kernels.</summary>
    public required int LaneBits { get; init; }

    /// <summary>Micro-kernels that matrix products use.</summary>
    public required string GemmRung { get; init; }

    /// <summary>Caches of the first core.</summary>
    public required IReadOnlyList<CpuCache> Caches { get; init; }

    /// <summary>Float32 operations per nanosecond of one thread, a multiply-add counted as two.</summary>
    public required double PeakGflops { get; init; }

    /// <summary>Bytes per nanosecond that one thread moves in a[i] = b[i] + s·c[i] over arrays far larger than the caches.</summary>
    public required double PeakGigabytesPerSecond { get; init; }

    /// <summary>Devices of this build.</summary>
    public required IReadOnlyList<DoctorDevice> Devices { get; init; }
}

/// <summary>A device of this build.</summary>
internal sealed record DoctorDevice(string Name, bool Available, string Note);

/// <summary>Source-generated JSON of <c>engram doctor</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(DoctorFindings))]
internal sealed partial class DoctorJsonContext : JsonSerializerContext;
