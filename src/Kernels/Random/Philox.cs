using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>
/// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw (Parallel random numbers: as easy as 1, 2, 3; SC 2011):
/// a keyed bijection of 128-bit counters. Block i of a stream is computed from i alone, so any number can be drawn anywhere, in any
/// order, by any thread or device.
/// </summary>
public static class Philox
{
    /// <summary>Words in a block.</summary>
    public const int WordsPerBlock = 4;

    internal const int Rounds = 10;
    internal const uint Multiplier0 = 0xD2511F53;
    internal const uint Multiplier1 = 0xCD9E8D57;
    internal const uint Weyl0 = 0x9E3779B9;
    internal const uint Weyl1 = 0xBB67AE85;

    /// <summary>The four words of the block with counter (high, low), each 64 bits, under a 64-bit key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (uint Word0, uint Word1, uint Word2, uint Word3) Block(ulong key, ulong counterLow, ulong counterHigh)
    {
        uint c0 = (uint)counterLow;
        uint c1 = (uint)(counterLow >> 32);
        uint c2 = (uint)counterHigh;
        uint c3 = (uint)(counterHigh >> 32);
        uint k0 = (uint)key;
        uint k1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0;
            ulong product1 = (ulong)Multiplier1 * c2;
            c0 = (uint)(product1 >> 32) ^ c1 ^ k0;
            c1 = (uint)product1;
            c2 = (uint)(product0 >> 32) ^ c3 ^ k1;
            c3 = (uint)product0;
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return (c0, c1, c2, c3);
    }
}
