namespace Engram.Devices.Tests;

/// <summary>Bits of rounded numbers, as the conversions of the PTX ISA give them.</summary>
internal static class PtxRounding
{
    /// <summary>TF32 in the upper 19 bits, ties away from zero.</summary>
    public static uint Tf32(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return float.IsFinite(x) ? (bits + 0x1000) & 0xFFFFE000 : bits;
    }

    /// <summary>bfloat16, ties to even.</summary>
    public static ushort Bf16(float x)
    {
        uint bits = BitConverter.SingleToUInt32Bits(x);
        return float.IsNaN(x) ? (ushort)0x7FFF : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
