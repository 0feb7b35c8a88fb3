using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <summary>
/// What the transforms of F(2×2, 3×3) share, with as many tiles, channels or outputs side by side as a lane holds. The kernel becomes G g Gᵀ of four rows: g₀, (g₀ + g₁ + g₂)/2, (g₀ − g₁ + g₂)/2, g₂ with
/// stride 1; g₀, g₀ + g₂, g₂, g₁ with stride 2.
/// </summary>
internal static unsafe class WinogradTransforms
{
    /// <summary>Floats of the lane for lines of so many tiles.</summary>
    public static int LaneOf(int tiles) => tiles > 8 && Vector512.IsHardwareAccelerated ? 16 : tiles > 4 && Vector256.IsHardwareAccelerated ? 8 : 4;

    /// <summary>Results of even and odd columns, side by side, as far as the line reaches.</summary>
    /// <param name="even">Even columns.</param>
    /// <param name="odd">Odd columns.</param>
    /// <param name="y">Where they go.</param>
    /// <param name="left">Columns to the line's end.</param>
    /// <param name="add">Add to what is there.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pairs<T>(T even, T odd, float* y, int left, bool add)
        where T : struct, ILane<T>
    {
        LanePairs.Join(even, odd, out var low, out var high);
        if (left >= 2 * T.Count)
        {
            T.Store(add ? T.Load(y) + low : low, y);
            T.Store(add ? T.Load(y + T.Count) + high : high, y + T.Count);
            return;
        }

        var count = Math.Min(left, T.Count);
        T.StorePartial(add ? T.LoadPartial(y, count) + low : low, y, count);
        count = left - T.Count;
        if (count > 0)
            T.StorePartial(add ? T.LoadPartial(y + T.Count, count) + high : high, y + T.Count, count);
    }

    /// <summary>A row of four places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store4<T>(T r0, T r1, T r2, T r3, float* to, nint place)
        where T : struct, ILane<T>
    {
        T.Store(r0, to);
        T.Store(r1, to + place);
        T.Store(r2, to + 2 * place);
        T.Store(r3, to + 3 * place);
    }

    /// <summary>A row of four places, of each at most so many numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store4<T>(T r0, T r1, T r2, T r3, float* to, nint place, int count)
        where T : struct, ILane<T>
    {
        if (count >= T.Count)
        {
            Store4(r0, r1, r2, r3, to, place);
            return;
        }

        T.StorePartial(r0, to, count);
        T.StorePartial(r1, to + place, count);
        T.StorePartial(r2, to + 2 * place, count);
        T.StorePartial(r3, to + 3 * place, count);
    }

    /// <summary>A row of three taps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store3<T>(T r0, T r1, T r2, float* to, nint tap)
        where T : struct, ILane<T>
    {
        T.Store(r0, to);
        T.Store(r1, to + tap);
        T.Store(r2, to + 2 * tap);
    }
}
