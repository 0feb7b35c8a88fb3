using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Engram.Kernels.Cpu;

/// <summary>The places of a lane: their numbers, moves by one place, a question about all of them.</summary>
internal static class LanePlaces
{
    /// <summary>The number of every place of the widest lane.</summary>
    public static ReadOnlySpan<float> Numbers => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    /// <summary>first a₀ a₁ …: every number one place up, the last one dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Behind<T>(T a, float first)
        where T : struct, ILane<T>
    {
        if (typeof(T) == typeof(Lane16))
        {
            var x = ((Lane16)(object)a).Value;
            var places = Vector512.Create(16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
            return (T)(object)new Lane16(Avx512F.IsSupported
                ? Avx512F.PermuteVar16x32x2(x, places, Vector512.Create(first))
                : Vector512.Shuffle(x, Vector512.Create(0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)).WithElement(0, first));
        }

        if (typeof(T) == typeof(Lane8))
        {
            var moved = Vector256.Shuffle(((Lane8)(object)a).Value, Vector256.Create(0, 0, 1, 2, 3, 4, 5, 6));
            return (T)(object)new Lane8(moved.WithElement(0, first));
        }

        if (typeof(T) == typeof(Lane4))
            return (T)(object)new Lane4(Vector128.Shuffle(((Lane4)(object)a).Value, Vector128.Create(0, 0, 1, 2)).WithElement(0, first));
        return T.Splat(first);
    }

    /// <summary>a₁ a₂ … last: every number one place down, the first one dropped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Ahead<T>(T a, float last)
        where T : struct, ILane<T>
    {
        if (typeof(T) == typeof(Lane16))
        {
            var x = ((Lane16)(object)a).Value;
            var places = Vector512.Create(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
            return (T)(object)new Lane16(Avx512F.IsSupported
                ? Avx512F.PermuteVar16x32x2(x, places, Vector512.Create(last))
                : Vector512.Shuffle(x, Vector512.Create(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15)).WithElement(15, last));
        }

        if (typeof(T) == typeof(Lane8))
        {
            var moved = Vector256.Shuffle(((Lane8)(object)a).Value, Vector256.Create(1, 2, 3, 4, 5, 6, 7, 7));
            return (T)(object)new Lane8(moved.WithElement(7, last));
        }

        if (typeof(T) == typeof(Lane4))
            return (T)(object)new Lane4(Vector128.Shuffle(((Lane4)(object)a).Value, Vector128.Create(1, 2, 3, 3)).WithElement(3, last));
        return T.Splat(last);
    }

    /// <summary>sum + value where a = b, else sum: written as one expression, so that the JIT makes a masked addition of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T AddWhereEqual<T>(T sum, T a, T b, T value)
        where T : struct, ILane<T>
    {
        if (typeof(T) == typeof(Lane16))
        {
            var (s, v) = (((Lane16)(object)sum).Value, ((Lane16)(object)value).Value);
            return (T)(object)new Lane16(Vector512.ConditionalSelect(Vector512.Equals(((Lane16)(object)a).Value, ((Lane16)(object)b).Value), s + v, s));
        }

        return T.SelectEqual(a, b, sum + value, sum);
    }

    /// <summary>True when none is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreNumbers<T>(T a)
        where T : struct, ILane<T>
    {
        if (typeof(T) == typeof(Lane16))
            return Vector512.EqualsAll(((Lane16)(object)a).Value, ((Lane16)(object)a).Value);
        if (typeof(T) == typeof(Lane8))
            return Vector256.EqualsAll(((Lane8)(object)a).Value, ((Lane8)(object)a).Value);
        if (typeof(T) == typeof(Lane4))
            return Vector128.EqualsAll(((Lane4)(object)a).Value, ((Lane4)(object)a).Value);
        return !float.IsNaN(((Lane1)(object)a).Value);
    }
}
