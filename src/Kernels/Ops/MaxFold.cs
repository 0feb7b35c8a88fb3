using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>The largest number, NaN if any is.</summary>
public readonly struct MaxFold : IFoldOp
{
    /// <inheritdoc/>
    public static float Identity => float.NegativeInfinity;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Accumulate<T>(T accumulator, T x) where T : struct, ILane<T> => T.Max(accumulator, x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Merge<T>(T a, T b) where T : struct, ILane<T> => T.Max(a, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MergeAcross<T>(T accumulator) where T : struct, ILane<T> => T.FoldMax(accumulator);
}
