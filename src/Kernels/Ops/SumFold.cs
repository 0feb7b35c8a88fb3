using System.Runtime.CompilerServices;

namespace Engram.Kernels;

/// <summary>Σ xᵢ.</summary>
public readonly struct SumFold : IFoldOp
{
    /// <inheritdoc/>
    public static float Identity => 0f;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Accumulate<T>(T accumulator, T x) where T : struct, ILane<T> => accumulator + x;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Merge<T>(T a, T b) where T : struct, ILane<T> => a + b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MergeAcross<T>(T accumulator) where T : struct, ILane<T> => T.FoldSum(accumulator);
}
