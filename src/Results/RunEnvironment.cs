namespace Engram.Results;

/// <summary>Where and with what a result was made.</summary>
public sealed record RunEnvironment
{
    /// <summary>Version of the engine, as <c>engram --version</c> prints it.</summary>
    public required string EngineVersion { get; init; }

    /// <summary>Source revision of the build, where it is known.</summary>
    public string? Commit { get; init; }

    /// <summary>Operating system and its version.</summary>
    public required string Os { get; init; }

    /// <summary>.NET runtime and its version.</summary>
    public required string Runtime { get; init; }

    /// <summary>Processor model.</summary>
    public required string CpuModel { get; init; }

    /// <summary>Logical cores that the process may use.</summary>
    public required int Cores { get; init; }

    /// <summary>Threads that one cell of the run used.</summary>
    public required int Threads { get; init; }

    /// <summary>Instruction sets in use, widest first (for example <c>AVX-512</c>, <c>AVX2</c>, <c>FMA</c>).</summary>
    public required IReadOnlyList<string> InstructionSets { get; init; }

    /// <summary>When the run began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Anything a reader of the timings should know about the machine.</summary>
    public string? MachineNote { get; init; }
}
