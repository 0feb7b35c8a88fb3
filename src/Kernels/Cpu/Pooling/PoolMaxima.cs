using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>The largest number seen so far and the place that holds it, in every place of a lane: the first of equal ones, and a NaN before all numbers.</summary>
internal static class PoolMaxima
{
    /// <summary>Looks at the next number, which is no NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Take<T>(ref T most, ref T place, T value, T valuePlace)
        where T : struct, ILane<T>
    {
        place = T.SelectGreater(value, most, valuePlace, place);
        most = T.MaxNative(value, most);
    }

    /// <summary>Looks at the next number or NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TakeAny<T>(ref T most, ref T place, T value, T valuePlace)
        where T : struct, ILane<T>
    {
        place = T.SelectNaN(most, place, T.SelectGreaterOrEqual(most, value, place, valuePlace));
        most = T.SelectNaN(most, most, T.SelectGreaterOrEqual(most, value, most, value));
    }
}
