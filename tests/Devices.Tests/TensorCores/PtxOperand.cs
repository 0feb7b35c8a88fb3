namespace Engram.Devices.Tests;

/// <summary>An operand: a register, or a number (an immediate, an offset of a parameter, a symbol's address), which an address adds to its register.</summary>
/// <param name="Register">Its index among the kernel's registers, or −1.</param>
/// <param name="Value">A number's bits; of an address the offset.</param>
internal readonly record struct PtxOperand(int Register, ulong Value)
{
    /// <summary>The bits of a lane's register, or the number.</summary>
    public ulong Of(PtxWarp warp, int lane) => Register < 0 ? Value : warp.Registers[(Register * 32) + lane];

    /// <summary>An address: register plus offset.</summary>
    public ulong Address(PtxWarp warp, int lane) => Register < 0 ? Value : warp.Registers[(Register * 32) + lane] + Value;
}
