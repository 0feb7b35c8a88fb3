namespace Engram.Kernels.Simt;

/// <summary>
/// One number, for op structs inside a kernel: what <see cref="Lane1"/> is on the CPU, from operations that ILGPU has and that are exact there
/// (its tanh and logarithm are approximations, its copysign is wrong, a fused multiply-add it has none).
/// </summary>
internal readonly unsafe struct GpuLane(float value) : ILane<GpuLane>
{
    private const int SignBit = int.MinValue;

    public readonly float Value = value;

    public static int Count => 1;

    public static GpuLane Load(float* source) => throw new NotSupportedException("a kernel reads its views");

    public static GpuLane LoadPartial(float* source, int count) => throw new NotSupportedException("a kernel reads its views");

    public static void Store(GpuLane value, float* target) => throw new NotSupportedException("a kernel writes its views");

    public static void StorePartial(GpuLane value, float* target, int count) => throw new NotSupportedException("a kernel writes its views");

    public static void StorePastCaches(GpuLane value, float* target) => throw new NotSupportedException("a kernel writes its views");

    public static GpuLane Splat(float value) => new(value);

    public static GpuLane operator +(GpuLane a, GpuLane b) => new(a.Value + b.Value);

    public static GpuLane operator -(GpuLane a, GpuLane b) => new(a.Value - b.Value);

    public static GpuLane operator *(GpuLane a, GpuLane b) => new(a.Value * b.Value);

    public static GpuLane operator /(GpuLane a, GpuLane b) => new(a.Value / b.Value);

    public static GpuLane operator -(GpuLane a) => new(Gpu.Number(Gpu.Bits(a.Value) ^ SignBit));

    public static GpuLane FusedMultiplyAdd(GpuLane a, GpuLane b, GpuLane c) => new(Gpu.Fma(a.Value, b.Value, c.Value));

    public static void Accumulate(ref GpuLane sum, GpuLane a, GpuLane b) => sum = new(Gpu.Fma(a.Value, b.Value, sum.Value));

    public static GpuLane Min(GpuLane a, GpuLane b) => IsNaN(a.Value) ? a : IsNaN(b.Value) ? b
        : a.Value == b.Value ? new(Gpu.Number(Gpu.Bits(a.Value) | (a.Value == 0f ? Gpu.Bits(b.Value) : 0))) : a.Value < b.Value ? a : b;

    public static GpuLane Max(GpuLane a, GpuLane b) => IsNaN(a.Value) ? a : IsNaN(b.Value) ? b
        : a.Value == b.Value ? new(Gpu.Number(Gpu.Bits(a.Value) & (a.Value == 0f ? Gpu.Bits(b.Value) : -1))) : a.Value > b.Value ? a : b;

    public static GpuLane MinNative(GpuLane a, GpuLane b) => a.Value < b.Value ? a : b;

    public static GpuLane MaxNative(GpuLane a, GpuLane b) => a.Value > b.Value ? a : b;

    public static GpuLane Abs(GpuLane a) => new(Gpu.Number(Gpu.Bits(a.Value) & ~SignBit));

    public static GpuLane CopySign(GpuLane magnitude, GpuLane sign) =>
        new(Gpu.Number((Gpu.Bits(magnitude.Value) & ~SignBit) | (Gpu.Bits(sign.Value) & SignBit)));

    public static GpuLane Sqrt(GpuLane a) => new(MathF.Sqrt(a.Value));

    public static GpuLane RoundToNearest(GpuLane a)
    {
        // beyond 2²³ every number is whole; below, adding 2²³ with the number's sign leaves no room for a fraction
        float magnitude = Gpu.Number(Gpu.Bits(a.Value) & ~SignBit);
        float rounded = (magnitude + 8388608f) - 8388608f;
        return new(magnitude < 8388608f ? Gpu.Number(Gpu.Bits(rounded) | (Gpu.Bits(a.Value) & SignBit)) : a.Value);
    }

    public static GpuLane SelectGreater(GpuLane a, GpuLane b, GpuLane whenTrue, GpuLane whenFalse) => a.Value > b.Value ? whenTrue : whenFalse;

    public static GpuLane SelectGreaterOrEqual(GpuLane a, GpuLane b, GpuLane whenTrue, GpuLane whenFalse) => a.Value >= b.Value ? whenTrue : whenFalse;

    public static GpuLane SelectEqual(GpuLane a, GpuLane b, GpuLane whenTrue, GpuLane whenFalse) => a.Value == b.Value ? whenTrue : whenFalse;

    public static GpuLane SelectNaN(GpuLane a, GpuLane whenNaN, GpuLane otherwise) => IsNaN(a.Value) ? whenNaN : otherwise;

    public static GpuLane ScaleByPowerOfTwo(GpuLane x, GpuLane n)
    {
        // two factors, so that neither leaves the exponent range; of a NaN any power will do
        int whole = IsNaN(n.Value) ? 0 : (int)n.Value;
        int half = whole >> 1;
        return new(x.Value * Gpu.Number((half + 127) << 23) * Gpu.Number((whole - half + 127) << 23));
    }

    public static GpuLane SplitExponent(GpuLane x, out GpuLane mantissa)
    {
        int shifted = Gpu.Bits(x.Value) - LaneBits.TwoThirds;
        mantissa = new(Gpu.Number((shifted & LaneBits.FractionMask) + LaneBits.TwoThirds));
        return new(shifted >> 23);
    }

    public static GpuLane SplitPositive(GpuLane x, out GpuLane mantissa) => LaneMath.SplitScaled(x, out mantissa);

    public static GpuLane LogarithmEnds(GpuLane x, GpuLane y) => LaneMath.SelectLogarithmEnds(x, y);

    public static float FoldSum(GpuLane x) => x.Value;

    public static float FoldMax(GpuLane x) => x.Value;

    public static float FoldMin(GpuLane x) => x.Value;

    private static bool IsNaN(float value) => (Gpu.Bits(value) & ~SignBit) > 0x7F800000;
}
