namespace Engram.Devices.Tests;

/// <summary>32 lanes with their registers and places in the text.</summary>
internal sealed class PtxWarp
{
    public PtxWarp(PtxGroup group, int first, int registers, int groupX, int groupY, int groupZ)
    {
        (Group, First) = (group, first);
        Registers = new ulong[registers * 32];
        for (int lane = 0; lane < 32; lane++)
        {
            Registers[lane] = (ulong)(first + lane);
            (Registers[32 + lane], Registers[64 + lane], Registers[96 + lane]) = ((ulong)groupX, (ulong)groupY, (ulong)groupZ);
        }
    }

    public PtxGroup Group { get; }

    /// <summary>Number of its first lane in the group.</summary>
    public int First { get; }

    /// <summary>All lanes of register 0, of register 1, …</summary>
    public ulong[] Registers { get; }

    /// <summary>The next instruction of every lane; behind the last one when it has ended.</summary>
    public int[] Next { get; } = new int[32];

    /// <summary>Which lanes wait for their warp.</summary>
    public bool[] Waits { get; } = new bool[32];

    /// <summary>Whether all lanes wait at a barrier.</summary>
    public bool AtBarrier { get; set; }

    public void Set(PtxOperand register, int lane, ulong bits) => Registers[(register.Register * 32) + lane] = bits;
}
