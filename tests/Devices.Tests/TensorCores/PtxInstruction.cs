namespace Engram.Devices.Tests;

/// <summary>One instruction of a kernel's text.</summary>
/// <param name="Name">With its suffixes: <c>add.s32</c>.</param>
/// <param name="Operands">As written, vectors in braces taken apart.</param>
/// <param name="Predicate">The register that says whether a lane takes part, or −1.</param>
/// <param name="Negated">Whether lanes take part where it is false.</param>
/// <param name="Line">Where it stands.</param>
internal sealed record PtxInstruction(string Name, PtxOperand[] Operands, int Predicate, bool Negated, int Line)
{
    /// <summary>What a lane does, for all instructions but those that whole warps or groups run together.</summary>
    public Action<PtxWarp, int>? Lane { get; set; }

    /// <summary>Where a branch goes, or −1.</summary>
    public int Target { get; set; } = -1;
}
