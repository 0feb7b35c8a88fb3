using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The transforms of F(2×2, 3×3), with as many tiles, channels or outputs side by side as a lane holds: Bᵀ d B of the image, G g Gᵀ of the weights, Aᵀ m A of the products, and what their transposes
/// make of gradients. Place 4 v + h of a transformed tile is row v, column h.
/// </summary>
internal static unsafe class WinogradTransforms
{
    /// <summary>The vertical half of Bᵀ d B for a line of tiles: four lines of the image become four others.</summary>
    /// <param name="d">Four lines of the image, or of zeros.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="to">The first column of the first line.</param>
    /// <param name="pitch">Floats from line to line.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ImageRows<T>(float** d, int width, float* to, nint pitch)
        where T : struct, ILane<T>
    {
        float* d0 = d[0], d1 = d[1], d2 = d[2], d3 = d[3];
        var i = 0;
        for (; i <= width - T.Count; i += T.Count, to += T.Count)
        {
            Four(T.Load(d0 + i), T.Load(d1 + i), T.Load(d2 + i), T.Load(d3 + i), out var r0, out var r1, out var r2, out var r3);
            T.Store(r0, to);
            T.Store(r1, to + pitch);
            T.Store(r2, to + 2 * pitch);
            T.Store(r3, to + 3 * pitch);
        }

        for (; i < width; i++, to++)
        {
            to[0] = d0[i] - d2[i];
            to[pitch] = d1[i] + d2[i];
            to[2 * pitch] = d2[i] - d1[i];
            to[3 * pitch] = d1[i] - d3[i];
        }
    }

    /// <summary>The horizontal half of Bᵀ d B: what <see cref="ImageRows"/> wrote, zeros around it, with even and odd columns taken apart.</summary>
    /// <param name="from">The first tile's first column; two lanes beyond the last tile's first are read.</param>
    /// <param name="pitch">Floats from line to line.</param>
    /// <param name="tiles">Tiles of the line.</param>
    /// <param name="to">The first tile's first place; up to a lane's length too much is written.</param>
    /// <param name="place">Floats from place to place.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ImageColumns<T>(float* from, nint pitch, int tiles, float* to, nint place)
        where T : struct, ILane<T>
    {
        for (var v = 0; v < Winograd.Size; v++, from += pitch, to += 4 * place)
        {
            for (var s = 0; s < tiles; s += T.Count)
            {
                var at = from + 2 * s;
                LanePairs.Split(T.Load(at), T.Load(at + T.Count), out var c0, out var c1);
                LanePairs.Split(T.Load(at + 2), T.Load(at + 2 + T.Count), out var c2, out var c3);
                ImageRow(c0, c1, c2, c3, to + s, place);
            }
        }
    }

    /// <summary>Aᵀ m A for a line of tiles, with bias, into two lines of results (one at the lower edge of an odd plane).</summary>
    /// <param name="m">The first tile's first place; up to a lane's length too much is read.</param>
    /// <param name="place">Floats from place to place.</param>
    /// <param name="tiles">Tiles of the line.</param>
    /// <param name="bias">Added to every result.</param>
    /// <param name="y">The first result of the upper line.</param>
    /// <param name="width">Results of a line.</param>
    /// <param name="lower">Whether there is a second line.</param>
    /// <param name="add">Add to what the lines hold.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ResultLine<T>(float* m, nint place, int tiles, float bias, float* y, int width, bool lower, bool add)
        where T : struct, ILane<T>
    {
        var offset = T.Splat(bias);
        for (var s = 0; s < tiles; s += T.Count, m += T.Count, y += 2 * T.Count)
        {
            Column<T>(m, place, out var u0, out var l0);
            Column<T>(m + place, place, out var u1, out var l1);
            Column<T>(m + 2 * place, place, out var u2, out var l2);
            Column<T>(m + 3 * place, place, out var u3, out var l3);
            var left = width - 2 * s;
            Pairs(u0 + (u1 + u2) + offset, (u1 - u2) - u3 + offset, y, left, add);
            if (lower)
                Pairs(l0 + (l1 + l2) + offset, (l1 - l2) - l3 + offset, y + width, left, add);
        }
    }

    /// <summary>G g Gᵀ for the nine taps of as many kernels as a lane holds.</summary>
    /// <param name="g">The first tap.</param>
    /// <param name="tap">Floats from tap to tap; negative for a kernel turned round.</param>
    /// <param name="to">The first place.</param>
    /// <param name="place">Floats from place to place.</param>
    /// <param name="count">How many kernels there are; beside them nothing is written when this is less than a lane holds.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Kernel<T>(float* g, nint tap, float* to, nint place, int count)
        where T : struct, ILane<T>
    {
        Three(T.Load(g), T.Load(g + 3 * tap), T.Load(g + 6 * tap), out var a0, out var a1, out var a2, out var a3);
        Three(T.Load(g + tap), T.Load(g + 4 * tap), T.Load(g + 7 * tap), out var b0, out var b1, out var b2, out var b3);
        Three(T.Load(g + 2 * tap), T.Load(g + 5 * tap), T.Load(g + 8 * tap), out var c0, out var c1, out var c2, out var c3);
        KernelRow(a0, b0, c0, to, place, count);
        KernelRow(a1, b1, c1, to + 4 * place, place, count);
        KernelRow(a2, b2, c2, to + 8 * place, place, count);
        KernelRow(a3, b3, c3, to + 12 * place, place, count);
    }

    /// <summary>Bᵀ d B for one tile of as many channels as a lane holds.</summary>
    /// <param name="d">The tile's first element.</param>
    /// <param name="column">Floats from column to column.</param>
    /// <param name="row">Floats from row to row.</param>
    /// <param name="to">The first place.</param>
    /// <param name="place">Floats from place to place.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ImageTile<T>(float* d, nint column, nint row, float* to, nint place)
        where T : struct, ILane<T>
    {
        Four(T.Load(d), T.Load(d + row), T.Load(d + 2 * row), T.Load(d + 3 * row), out var a0, out var a1, out var a2, out var a3);
        d += column;
        Four(T.Load(d), T.Load(d + row), T.Load(d + 2 * row), T.Load(d + 3 * row), out var b0, out var b1, out var b2, out var b3);
        d += column;
        Four(T.Load(d), T.Load(d + row), T.Load(d + 2 * row), T.Load(d + 3 * row), out var c0, out var c1, out var c2, out var c3);
        d += column;
        Four(T.Load(d), T.Load(d + row), T.Load(d + 2 * row), T.Load(d + 3 * row), out var e0, out var e1, out var e2, out var e3);
        ImageRow(a0, b0, c0, e0, to, place);
        ImageRow(a1, b1, c1, e1, to + 4 * place, place);
        ImageRow(a2, b2, c2, e2, to + 8 * place, place);
        ImageRow(a3, b3, c3, e3, to + 12 * place, place);
    }

    /// <summary>A dY Aᵀ for one tile of as many outputs as a lane holds.</summary>
    /// <param name="y">The tile's first element.</param>
    /// <param name="column">Floats from column to column.</param>
    /// <param name="row">Floats from row to row.</param>
    /// <param name="to">The first place.</param>
    /// <param name="place">Floats from place to place.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResultTile<T>(float* y, nint column, nint row, float* to, nint place)
        where T : struct, ILane<T>
    {
        T a = T.Load(y), b = T.Load(y + column), c = T.Load(y + row), e = T.Load(y + row + column);
        ResultRow(a, b, to, place);
        ResultRow(a + c, b + e, to + 4 * place, place);
        ResultRow(a - c, b - e, to + 8 * place, place);
        ResultRow(-c, -e, to + 12 * place, place);
    }

    /// <summary>Gᵀ s G: the nine taps' gradients of as many kernels as a lane holds.</summary>
    /// <param name="s">The first place.</param>
    /// <param name="place">Floats from place to place.</param>
    /// <param name="to">The first tap.</param>
    /// <param name="tap">Floats from tap to tap.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void KernelGradient<T>(float* s, nint place, float* to, nint tap)
        where T : struct, ILane<T>
    {
        nint row = 4 * place;
        Back(T.Load(s), T.Load(s + row), T.Load(s + 2 * row), T.Load(s + 3 * row), out var a0, out var a1, out var a2);
        s += place;
        Back(T.Load(s), T.Load(s + row), T.Load(s + 2 * row), T.Load(s + 3 * row), out var b0, out var b1, out var b2);
        s += place;
        Back(T.Load(s), T.Load(s + row), T.Load(s + 2 * row), T.Load(s + 3 * row), out var c0, out var c1, out var c2);
        s += place;
        Back(T.Load(s), T.Load(s + row), T.Load(s + 2 * row), T.Load(s + 3 * row), out var e0, out var e1, out var e2);
        GradientRow(a0, b0, c0, e0, to, tap);
        GradientRow(a1, b1, c1, e1, to + 3 * tap, tap);
        GradientRow(a2, b2, c2, e2, to + 6 * tap, tap);
    }

    // the vertical half of Aᵀ m A for one column of places
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Column<T>(float* m, nint place, out T upper, out T lower)
        where T : struct, ILane<T>
    {
        T m1 = T.Load(m + 4 * place), m2 = T.Load(m + 8 * place);
        upper = T.Load(m) + (m1 + m2);
        lower = (m1 - m2) - T.Load(m + 12 * place);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pairs<T>(T even, T odd, float* y, int left, bool add)
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

    // rows of G
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Three<T>(T x, T y, T z, out T r0, out T r1, out T r2, out T r3)
        where T : struct, ILane<T>
    {
        var half = T.Splat(0.5f);
        var ends = x + z;
        (r0, r1, r2, r3) = (x, (ends + y) * half, (ends - y) * half, z);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void KernelRow<T>(T x, T y, T z, float* to, nint place, int count)
        where T : struct, ILane<T>
    {
        Three(x, y, z, out var r0, out var r1, out var r2, out var r3);
        if (count >= T.Count)
        {
            T.Store(r0, to);
            T.Store(r1, to + place);
            T.Store(r2, to + 2 * place);
            T.Store(r3, to + 3 * place);
            return;
        }

        T.StorePartial(r0, to, count);
        T.StorePartial(r1, to + place, count);
        T.StorePartial(r2, to + 2 * place, count);
        T.StorePartial(r3, to + 3 * place, count);
    }

    // rows of Bᵀ
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four<T>(T x, T y, T z, T w, out T r0, out T r1, out T r2, out T r3)
        where T : struct, ILane<T> => (r0, r1, r2, r3) = (x - z, y + z, z - y, y - w);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ImageRow<T>(T x, T y, T z, T w, float* to, nint place)
        where T : struct, ILane<T>
    {
        T.Store(x - z, to);
        T.Store(y + z, to + place);
        T.Store(z - y, to + 2 * place);
        T.Store(y - w, to + 3 * place);
    }

    // rows of A
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ResultRow<T>(T x, T y, float* to, nint place)
        where T : struct, ILane<T>
    {
        T.Store(x, to);
        T.Store(x + y, to + place);
        T.Store(x - y, to + 2 * place);
        T.Store(-y, to + 3 * place);
    }

    // rows of Gᵀ
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Back<T>(T x, T y, T z, T w, out T r0, out T r1, out T r2)
        where T : struct, ILane<T>
    {
        var half = T.Splat(0.5f);
        var middle = (y + z) * half;
        (r0, r1, r2) = (x + middle, (y - z) * half, middle + w);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GradientRow<T>(T x, T y, T z, T w, float* to, nint tap)
        where T : struct, ILane<T>
    {
        Back(x, y, z, w, out var r0, out var r1, out var r2);
        T.Store(r0, to);
        T.Store(r1, to + tap);
        T.Store(r2, to + 2 * tap);
    }
}
