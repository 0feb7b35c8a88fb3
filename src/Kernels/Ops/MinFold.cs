using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>The smallest number, NaN if any is.</summary>
public readonly struct MinFold : IFoldOp
{
    /// <inheritdoc/>
    public static float Identity => float.PositiveInfinity;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Accumulate<T>(T accumulator, T x) where T : struct, ILane<T> => T.Min(accumulator, x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Merge<T>(T a, T b) where T : struct, ILane<T> => T.Min(a, b);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MergeAcross<T>(T accumulator) where T : struct, ILane<T> => T.FoldMin(accumulator);
}
