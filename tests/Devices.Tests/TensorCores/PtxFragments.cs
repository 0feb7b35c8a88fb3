namespace Engram.Devices.Tests;

/// <summary>
/// The product of a warp, d [16, 8] = a [16, k] · b [k, 8] + c, and which register of which lane holds what (PTX ISA, fragments of mma.m16n8k8 with .tf32 and of mma.m16n8k16
/// with .bf16): group g = lane / 4, t = lane % 4.
/// </summary>
internal static class PtxFragments
{
    /// <summary>Operands: four registers of d, four of a, two of b, four of c.</summary>
    public static void MultiplyAdd(PtxWarp warp, PtxOperand[] o, bool bf16)
    {
        int depth = bf16 ? 16 : 8;
        var a = new double[16, depth];
        var b = new double[depth, 8];
        for (int lane = 0; lane < 32; lane++)
        {
            int g = lane / 4, t = lane % 4;
            for (int register = 0; register < 4; register++)
            {
                int row = register % 2 == 0 ? g : g + 8;
                uint bits = (uint)o[4 + register].Of(warp, lane);
                if (bf16)
                    (a[row, (2 * t) + (register / 2 * 8)], a[row, (2 * t) + 1 + (register / 2 * 8)]) = (Low(bits), High(bits));
                else
                    a[row, t + (register / 2 * 4)] = BitConverter.UInt32BitsToSingle(bits);
            }

            for (int register = 0; register < 2; register++)
            {
                uint bits = (uint)o[8 + register].Of(warp, lane);
                if (bf16)
                    (b[(2 * t) + (register * 8), g], b[(2 * t) + 1 + (register * 8), g]) = (Low(bits), High(bits));
                else
                    b[t + (register * 4), g] = BitConverter.UInt32BitsToSingle(bits);
            }
        }

        for (int lane = 0; lane < 32; lane++)
        {
            for (int register = 0; register < 4; register++)
            {
                int row = (lane / 4) + (register / 2 * 8), column = (lane % 4 * 2) + (register % 2);
                double sum = BitConverter.UInt32BitsToSingle((uint)o[10 + register].Of(warp, lane));
                for (int d = 0; d < depth; d++)
                    sum += a[row, d] * b[d, column];
                warp.Set(o[register], lane, BitConverter.SingleToUInt32Bits((float)sum));
            }
        }
    }

    private static double Low(uint bits) => BitConverter.UInt32BitsToSingle(bits << 16);

    private static double High(uint bits) => BitConverter.UInt32BitsToSingle(bits & 0xFFFF0000);
}
