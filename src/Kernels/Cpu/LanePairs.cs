using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels.Cpu;

/// <summary>Two neighbouring lanes taken apart into their even and odd places, and the way back.</summary>
internal static unsafe class LanePairs
{
    /// <summary>even = a₀ a₂ … b₀ b₂ …, odd = a₁ a₃ … b₁ b₃ ….</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Split<T>(T a, T b, out T even, out T odd)
        where T : struct, ILane<T>
    {
        if (typeof(T) == typeof(Lane16))
        {
            var (x, y) = (((Lane16)(object)a).Value, ((Lane16)(object)b).Value);
            even = (T)(object)new Lane16(Pick16(x, y, Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)));
            odd = (T)(object)new Lane16(Pick16(x, y, Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)));
        }
        else if (typeof(T) == typeof(Lane8))
        {
            var (x, y) = (((Lane8)(object)a).Value, ((Lane8)(object)b).Value);
            if (Avx2.IsSupported)
            {
                even = (T)(object)new Lane8(Avx2.Permute4x64(Avx.Shuffle(x, y, 0b10_00_10_00).AsDouble(), 0b11_01_10_00).AsSingle());
                odd = (T)(object)new Lane8(Avx2.Permute4x64(Avx.Shuffle(x, y, 0b11_01_11_01).AsDouble(), 0b11_01_10_00).AsSingle());
                return;
            }

            var (xe, xo) = (Split4(x.GetLower(), x.GetUpper(), 0), Split4(x.GetLower(), x.GetUpper(), 1));
            var (ye, yo) = (Split4(y.GetLower(), y.GetUpper(), 0), Split4(y.GetLower(), y.GetUpper(), 1));
            (even, odd) = ((T)(object)new Lane8(Vector256.Create(xe, ye)), (T)(object)new Lane8(Vector256.Create(xo, yo)));
        }
        else if (typeof(T) == typeof(Lane1))
        {
            (even, odd) = (a, b);
        }
        else
        {
            var (x, y) = (((Lane4)(object)a).Value, ((Lane4)(object)b).Value);
            (even, odd) = ((T)(object)new Lane4(Split4(x, y, 0)), (T)(object)new Lane4(Split4(x, y, 1)));
        }
    }

    /// <summary>low and high = even₀ odd₀ even₁ odd₁ ….</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Join<T>(T even, T odd, out T low, out T high)
        where T : struct, ILane<T>
    {
        if (typeof(T) == typeof(Lane16))
        {
            var (x, y) = (((Lane16)(object)even).Value, ((Lane16)(object)odd).Value);
            low = (T)(object)new Lane16(Pick16(x, y, Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)));
            high = (T)(object)new Lane16(Pick16(x, y, Vector512.Create(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)));
        }
        else if (typeof(T) == typeof(Lane8))
        {
            var (x, y) = (((Lane8)(object)even).Value, ((Lane8)(object)odd).Value);
            var (l, h) = (GemmLanes.ZipLow(x, y), GemmLanes.ZipHigh(x, y));
            low = (T)(object)new Lane8(Avx.IsSupported ? Avx.Permute2x128(l, h, 0x20) : Vector256.Create(l.GetLower(), h.GetLower()));
            high = (T)(object)new Lane8(Avx.IsSupported ? Avx.Permute2x128(l, h, 0x31) : Vector256.Create(l.GetUpper(), h.GetUpper()));
        }
        else if (typeof(T) == typeof(Lane1))
        {
            (low, high) = (even, odd);
        }
        else
        {
            var (x, y) = (((Lane4)(object)even).Value, ((Lane4)(object)odd).Value);
            (low, high) = ((T)(object)new Lane4(GemmLanes.ZipLow(x, y)), (T)(object)new Lane4(GemmLanes.ZipHigh(x, y)));
        }
    }

    /// <summary>The even and the odd places of <paramref name="count"/> numbers, zeros behind them; no memory beyond them is touched, nor beyond two lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<T>(float* x, int count, out T even, out T odd)
        where T : struct, ILane<T>
    {
        int width = T.Count;
        if (count >= 2 * width)
            Split(T.Load(x), T.Load(x + width), out even, out odd);
        else if (count >= width)
            Split(T.Load(x), T.LoadPartial(x + width, count - width), out even, out odd);
        else
            Split(T.LoadPartial(x, count), T.Splat(0f), out even, out odd);
    }

    /// <summary>Writes even and odd places; only the first <paramref name="count"/> numbers where there are fewer than two lanes of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T even, T odd, float* x, int count)
        where T : struct, ILane<T>
    {
        int width = T.Count;
        Join(even, odd, out var low, out var high);
        if (count >= 2 * width)
        {
            T.Store(low, x);
            T.Store(high, x + width);
        }
        else if (count >= width)
        {
            T.Store(low, x);
            T.StorePartial(high, x + width, count - width);
        }
        else
        {
            T.StorePartial(low, x, count);
        }
    }

    // of thirty-two numbers the sixteen at these places
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Pick16(Vector512<float> x, Vector512<float> y, Vector512<int> places)
    {
        if (Avx512F.IsSupported)
            return Avx512F.PermuteVar16x32x2(x, places, y);
        var mine = places & Vector512.Create(15);
        return Vector512.ConditionalSelect(Vector512.LessThan(places, Vector512.Create(16)).AsSingle(), Vector512.Shuffle(x, mine), Vector512.Shuffle(y, mine));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Split4(Vector128<float> x, Vector128<float> y, int first)
    {
        if (Sse.IsSupported)
            return first == 0 ? Sse.Shuffle(x, y, 0b10_00_10_00) : Sse.Shuffle(x, y, 0b11_01_11_01);
        return first == 0 ? Vector128.Create(x[0], x[2], y[0], y[2]) : Vector128.Create(x[1], x[3], y[1], y[3]);
    }
}
