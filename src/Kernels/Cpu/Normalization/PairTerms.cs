using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>x.</summary>
internal readonly unsafe struct ValueTerms(float* x) : IPairTerms
{
    public static bool HasSecond => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane First<TLane>(nint offset) where TLane : struct, ILane<TLane> =>
        TLane.Load(x + offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Second<TLane>(nint offset, TLane first) where TLane : struct, ILane<TLane> =>
        first;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane First<TLane>(nint offset, int count) where TLane : struct, ILane<TLane> =>
        TLane.LoadPartial(x + offset, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Second<TLane>(nint offset, TLane first, int count) where TLane : struct, ILane<TLane> =>
        first;
}

/// <summary>a·b.</summary>
internal readonly unsafe struct ProductTerms(float* a, float* b) : IPairTerms
{
    public static bool HasSecond => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane First<TLane>(nint offset) where TLane : struct, ILane<TLane> =>
        TLane.Load(a + offset) * TLane.Load(b + offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Second<TLane>(nint offset, TLane first) where TLane : struct, ILane<TLane> =>
        first;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane First<TLane>(nint offset, int count) where TLane : struct, ILane<TLane> =>
        TLane.LoadPartial(a + offset, count) * TLane.LoadPartial(b + offset, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Second<TLane>(nint offset, TLane first, int count) where TLane : struct, ILane<TLane> =>
        first;
}

/// <summary>x − mean and (x − mean)².</summary>
internal readonly unsafe struct DeviationTerms(float* x, float mean) : IPairTerms
{
    public static bool HasSecond => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane First<TLane>(nint offset) where TLane : struct, ILane<TLane> =>
        TLane.Load(x + offset) - TLane.Splat(mean);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Second<TLane>(nint offset, TLane first) where TLane : struct, ILane<TLane> =>
        first * first;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane First<TLane>(nint offset, int count) where TLane : struct, ILane<TLane> =>
        SoftmaxRow.Below(TLane.LoadPartial(x + offset, count) - TLane.Splat(mean), count, 0f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Second<TLane>(nint offset, TLane first, int count) where TLane : struct, ILane<TLane> =>
        first * first;
}

/// <summary>g and g·(x − mean), with g = dy.</summary>
internal readonly unsafe struct ChannelGradientTerms(float* dy, float* x, float mean) : IChannelTerms<ChannelGradientTerms>
{
    public static bool HasSecond => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ChannelGradientTerms Of(float* dy, float* x, float* y, float mean) => new(dy, x, mean);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane First<TLane>(nint offset) where TLane : struct, ILane<TLane> =>
        TLane.Load(dy + offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Second<TLane>(nint offset, TLane first) where TLane : struct, ILane<TLane> =>
        first * (TLane.Load(x + offset) - TLane.Splat(mean));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane First<TLane>(nint offset, int count) where TLane : struct, ILane<TLane> =>
        TLane.LoadPartial(dy + offset, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Second<TLane>(nint offset, TLane first, int count) where TLane : struct, ILane<TLane> =>
        SoftmaxRow.Below(first * (TLane.LoadPartial(x + offset, count) - TLane.Splat(mean)), count, 0f);
}

/// <summary>g and g·(x − mean), with g = dy where y is positive, else 0: the mask of a ReLU.</summary>
internal readonly unsafe struct MaskedGradientTerms(float* dy, float* x, float* y, float mean) : IChannelTerms<MaskedGradientTerms>
{
    public static bool HasSecond => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MaskedGradientTerms Of(float* dy, float* x, float* y, float mean) => new(dy, x, y, mean);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane First<TLane>(nint offset) where TLane : struct, ILane<TLane> =>
        TLane.SelectGreater(TLane.Load(y + offset), TLane.Splat(0f), TLane.Load(dy + offset), TLane.Splat(0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Second<TLane>(nint offset, TLane first) where TLane : struct, ILane<TLane> =>
        first * (TLane.Load(x + offset) - TLane.Splat(mean));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane First<TLane>(nint offset, int count) where TLane : struct, ILane<TLane> =>
        TLane.SelectGreater(TLane.LoadPartial(y + offset, count), TLane.Splat(0f), TLane.LoadPartial(dy + offset, count), TLane.Splat(0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Second<TLane>(nint offset, TLane first, int count) where TLane : struct, ILane<TLane> =>
        SoftmaxRow.Below(first * (TLane.LoadPartial(x + offset, count) - TLane.Splat(mean)), count, 0f);
}

/// <summary>g and g·(x − mean), with g = dy·gain.</summary>
internal readonly unsafe struct RowGradientTerms(float* dy, float* x, float* gain, float mean) : IPairTerms
{
    public static bool HasSecond => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane First<TLane>(nint offset) where TLane : struct, ILane<TLane> =>
        TLane.Load(dy + offset) * TLane.Load(gain + offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Second<TLane>(nint offset, TLane first) where TLane : struct, ILane<TLane> =>
        first * (TLane.Load(x + offset) - TLane.Splat(mean));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane First<TLane>(nint offset, int count) where TLane : struct, ILane<TLane> =>
        TLane.LoadPartial(dy + offset, count) * TLane.LoadPartial(gain + offset, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLane Second<TLane>(nint offset, TLane first, int count) where TLane : struct, ILane<TLane> =>
        SoftmaxRow.Below(first * (TLane.LoadPartial(x + offset, count) - TLane.Splat(mean)), count, 0f);
}
