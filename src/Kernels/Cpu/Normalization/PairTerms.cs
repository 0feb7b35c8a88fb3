using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>x.</summary>
internal unsafe struct ValueTerms : IPairTerms
{
    public float* X;

    public static bool HasSecond => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Whole<TLane>(nint offset, out TLane first, out TLane second) where TLane : struct, ILane<TLane> =>
        first = second = TLane.Load(X + offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Part<TLane>(nint offset, int count, out TLane first, out TLane second) where TLane : struct, ILane<TLane> =>
        first = second = TLane.LoadPartial(X + offset, count);
}

/// <summary>x − m and (x − m)².</summary>
internal unsafe struct DeviationTerms : IPairTerms
{
    public float* X;
    public float Mean;

    public static bool HasSecond => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Whole<TLane>(nint offset, out TLane first, out TLane second) where TLane : struct, ILane<TLane>
    {
        first = TLane.Load(X + offset) - TLane.Splat(Mean);
        second = first * first;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Part<TLane>(nint offset, int count, out TLane first, out TLane second) where TLane : struct, ILane<TLane>
    {
        first = SoftmaxRow.Below(TLane.LoadPartial(X + offset, count) - TLane.Splat(Mean), count, 0f);
        second = first * first;
    }
}

/// <summary>g and g·(x − m), with g = dy, or 0 where y is given and not positive (the mask of a ReLU).</summary>
internal unsafe struct ChannelGradientTerms : IPairTerms
{
    public float* Dy, X, Y;
    public float Mean;

    public static bool HasSecond => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Whole<TLane>(nint offset, out TLane first, out TLane second) where TLane : struct, ILane<TLane>
    {
        var zero = TLane.Splat(0f);
        first = TLane.Load(Dy + offset);
        if (Y != null)
        {
            first = TLane.SelectGreater(TLane.Load(Y + offset), zero, first, zero);
        }

        second = first * (TLane.Load(X + offset) - TLane.Splat(Mean));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Part<TLane>(nint offset, int count, out TLane first, out TLane second) where TLane : struct, ILane<TLane>
    {
        var zero = TLane.Splat(0f);
        first = TLane.LoadPartial(Dy + offset, count);
        if (Y != null)
        {
            first = TLane.SelectGreater(TLane.LoadPartial(Y + offset, count), zero, first, zero);
        }

        second = SoftmaxRow.Below(first * (TLane.LoadPartial(X + offset, count) - TLane.Splat(Mean)), count, 0f);
    }
}

/// <summary>g and g·(x − m), with g = dy·gain.</summary>
internal unsafe struct RowGradientTerms : IPairTerms
{
    public float* Dy, X, Gain;
    public float Mean;

    public static bool HasSecond => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Whole<TLane>(nint offset, out TLane first, out TLane second) where TLane : struct, ILane<TLane>
    {
        first = TLane.Load(Dy + offset) * TLane.Load(Gain + offset);
        second = first * (TLane.Load(X + offset) - TLane.Splat(Mean));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Part<TLane>(nint offset, int count, out TLane first, out TLane second) where TLane : struct, ILane<TLane>
    {
        first = TLane.LoadPartial(Dy + offset, count) * TLane.LoadPartial(Gain + offset, count);
        second = SoftmaxRow.Below(first * (TLane.LoadPartial(X + offset, count) - TLane.Splat(Mean)), count, 0f);
    }
}
