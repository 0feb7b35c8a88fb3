namespace Engram.Devices.Tests;

/// <summary>What instructions of a single lane mean, by their names in the PTX ISA manual: those that the kernels' texts have.</summary>
internal static class PtxOperations
{
    /// <exception cref="NotSupportedException">The instruction is not known.</exception>
    public static Action<PtxWarp, int> Of(PtxInstruction i)
    {
        string[] parts = i.Name.Split('.');
        string type = parts[^1];
        PtxOperand[] o = i.Operands;
        PtxOperand A(int k) => o[k];
        Action<PtxWarp, int> Integer(Func<long, long, long, long> of, string result) => (w, l) => w.Set(A(0), l, Narrow(
            of(Wide(A(1).Of(w, l), type), o.Length > 2 ? Wide(A(2).Of(w, l), type) : 0, o.Length > 3 ? Wide(A(3).Of(w, l), type) : 0), result));
        Action<PtxWarp, int> Float(Func<float, float, float, float> of) => (w, l) => w.Set(A(0), l, BitConverter.SingleToUInt32Bits(
            of(Real(A(1).Of(w, l)), Real(A(2).Of(w, l)), o.Length > 3 ? Real(A(3).Of(w, l)) : 0)));
        bool real = type == "f32";
        switch (parts[0])
        {
            case "mov" or "cvta":
                return (w, l) => w.Set(A(0), l, A(1).Of(w, l));
            case "cvt" when i.Name == "cvt.rna.tf32.f32":
                return (w, l) => w.Set(A(0), l, PtxRounding.Tf32(Real(A(1).Of(w, l))));
            case "cvt" when i.Name == "cvt.rn.bf16x2.f32": // the first operand becomes the upper half
                return (w, l) => w.Set(A(0), l, ((ulong)PtxRounding.Bf16(Real(A(1).Of(w, l))) << 16) | PtxRounding.Bf16(Real(A(2).Of(w, l))));
            case "cvt" when parts.Length == 3:
                return Integer((a, _, _) => a, parts[1]);
            case "add" when real:
                return Float((a, b, _) => a + b);
            case "mul" when real:
                return Float((a, b, _) => a * b);
            case "fma" when i.Name == "fma.rn.f32":
                return Float(MathF.FusedMultiplyAdd);
            case "add":
                return Integer((a, b, _) => a + b, type);
            case "sub":
                return Integer((a, b, _) => a - b, type);
            case "neg":
                return Integer((a, _, _) => -a, type);
            case "mul" when parts[1] == "lo":
                return Integer((a, b, _) => a * b, type);
            case "mul" when parts[1] == "wide":
                return Integer((a, b, _) => a * b, "s64");
            case "mul" when i.Name == "mul.hi.u32":
                return Integer((a, b, _) => (long)((ulong)a * (ulong)b >> 32), type);
            case "mad" when parts[1] == "lo":
                return Integer((a, b, c) => (a * b) + c, type);
            case "div":
                return Integer((a, b, _) => a / b, type);
            case "rem":
                return Integer((a, b, _) => a % b, type);
            case "min":
                return Integer((a, b, _) => Math.Min(a, b), type);
            case "max":
                return Integer((a, b, _) => Math.Max(a, b), type);
            case "and":
                return Integer((a, b, _) => a & b, type);
            case "or":
                return Integer((a, b, _) => a | b, type);
            case "xor":
                return Integer((a, b, _) => a ^ b, type);
            case "shl":
                return Integer((a, b, _) => b >= Bits(type) ? 0 : a << (int)b, type);
            case "shr" when type is "u32" or "s32":
                return Integer((a, b, _) => a >> (int)Math.Min(b, 63), type);
            case "bfe" when type == "u32":
                return Integer((a, b, c) => (a >> (int)b) & ((1L << (int)c) - 1), type);
            case "selp":
                return (w, l) => w.Set(A(0), l, A(3).Of(w, l) != 0 ? A(1).Of(w, l) : A(2).Of(w, l));
            case "setp":
                Func<double, double, bool> holds = parts[1] switch
                {
                    "eq" => (a, b) => a == b,
                    "ne" => (a, b) => a != b,
                    "lt" => (a, b) => a < b,
                    "gt" => (a, b) => a > b,
                    "le" => (a, b) => a <= b,
                    "ge" => (a, b) => a >= b,
                    _ => throw Unknown(i),
                };
                return type == "f32" || Bits(type) <= 32
                    ? (w, l) => w.Set(A(0), l, holds(real ? Real(A(1).Of(w, l)) : Wide(A(1).Of(w, l), type), real ? Real(A(2).Of(w, l)) : Wide(A(2).Of(w, l), type)) ? 1ul : 0)
                    : throw Unknown(i);
            case "ld" or "st":
                return Memory(i, parts);
            default:
                throw Unknown(i);
        }
    }

    private static Action<PtxWarp, int> Memory(PtxInstruction i, string[] parts)
    {
        PtxOperand[] o = i.Operands;
        int count = parts.Length == 4 ? parts[2] switch { "v2" => 2, "v4" => 4, _ => throw Unknown(i) } : 1, bytes = Bits(parts[^1]) / 8;
        bool store = parts[0] == "st";
        PtxOperand at = store ? o[0] : o[count];
        if (o.Length != count + 1)
            throw Unknown(i);
        return (parts[1], store) switch
        {
            ("param", false) => (w, l) =>
            {
                for (int e = 0; e < count; e++)
                    w.Set(o[e], l, w.Group.Parameter((int)at.Address(w, l) + (e * bytes), bytes));
            },
            ("global", _) when bytes == 4 => (w, l) => w.Group.Global((nint)at.Address(w, l), count, store, (e, value) => Transfer(w, l, o[store ? e + 1 : e], value, store)),
            ("shared", _) when bytes == 4 => (w, l) => w.Group.Shared((uint)at.Address(w, l), count, store, (e, value) => Transfer(w, l, o[store ? e + 1 : e], value, store)),
            _ => throw Unknown(i),
        };
    }

    private static uint Transfer(PtxWarp warp, int lane, PtxOperand register, uint value, bool store)
    {
        if (!store)
            warp.Set(register, lane, value);
        return store ? (uint)register.Of(warp, lane) : value;
    }

    private static int Bits(string type) => type == "pred" ? 1 : int.Parse(type[1..], System.Globalization.CultureInfo.InvariantCulture);

    private static float Real(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    private static long Wide(ulong bits, string type) => type switch
    {
        "s32" => (int)(uint)bits,
        "s16" => (short)(ushort)bits,
        "s8" => (sbyte)(byte)bits,
        "u32" or "b32" => (uint)bits,
        "u16" or "b16" => (ushort)bits,
        "pred" => (long)(bits & 1),
        _ => (long)bits,
    };

    private static ulong Narrow(long value, string type) => Bits(type) == 64 ? (ulong)value : (ulong)value & ((1ul << Bits(type)) - 1);

    private static NotSupportedException Unknown(PtxInstruction i) => new($"line {i.Line}: {i.Name} with {i.Operands.Length} operands is not known");
}
