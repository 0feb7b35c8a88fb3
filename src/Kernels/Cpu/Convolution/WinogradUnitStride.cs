using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Stride 1: Aᵀ = [1 1 1 0; 0 1 −1 −1], G as <see cref="WinogradTransforms"/> says, Bᵀ = [1 0 −1 0; 0 1 1 0; 0 −1 1 0; 0 1 0 −1]. The gradient of the images is the same with the kernel turned round.
/// </summary>
internal readonly unsafe struct WinogradUnitStride : IWinogradFilter, IWinogradTile
{
    public static int Step => 2;

    public static int Extent => 4;

    public static int ImageSide => 4;

    public static int Side => 4;

    public static bool WholeImages => false;

    public static int KernelRow(int i) => i;

    public static int ImageRow(int i) => i;

    public static int ResultRow(int i) => i;

    public static nint Scratch(in WinogradLayer layer) => 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ImageLines<T>(float** d, int width, float* to, nint pitch)
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ImageColumns<T>(float* from, nint pitch, int tiles, float* to, nint place)
        where T : struct, ILane<T>
    {
        for (var v = 0; v < Side; v++, from += pitch, to += 4 * place)
        {
            for (var s = 0; s < tiles; s += T.Count)
            {
                var at = from + 2 * s;
                LanePairs.Split(T.Load(at), T.Load(at + T.Count), out var c0, out var c1);
                LanePairs.Split(T.Load(at + 2), T.Load(at + 2 + T.Count), out var c2, out var c3);
                Row(c0, c1, c2, c3, to + s, place);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Kernel<T>(float* g, nint tap, float* to, nint place, int count)
        where T : struct, ILane<T>
    {
        Three(T.Load(g), T.Load(g + 3 * tap), T.Load(g + 6 * tap), out var a0, out var a1, out var a2, out var a3);
        Three(T.Load(g + tap), T.Load(g + 4 * tap), T.Load(g + 7 * tap), out var b0, out var b1, out var b2, out var b3);
        Three(T.Load(g + 2 * tap), T.Load(g + 5 * tap), T.Load(g + 8 * tap), out var c0, out var c1, out var c2, out var c3);
        KernelPlaces(a0, b0, c0, to, place, count);
        KernelPlaces(a1, b1, c1, to + 4 * place, place, count);
        KernelPlaces(a2, b2, c2, to + 8 * place, place, count);
        KernelPlaces(a3, b3, c3, to + 12 * place, place, count);
    }

    public static void Results<T>(in WinogradLayer layer, float* m, nint place, int row, int rows, float bias, float* plane, float* scratch)
        where T : struct, ILane<T>
    {
        var width = layer.OutputWidth;
        for (var r = 2 * row; r < 2 * (row + rows); r += 2, m += layer.TileColumns)
            ResultLine<T>(m, place, layer.TileColumns, bias, plane + (nint)r * width, width, r + 1 < layer.OutputHeight, layer.Add);
    }

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
        Row(a0, b0, c0, e0, to, place);
        Row(a1, b1, c1, e1, to + 4 * place, place);
        Row(a2, b2, c2, e2, to + 8 * place, place);
        Row(a3, b3, c3, e3, to + 12 * place, place);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResultTile<T>(float* y, nint column, nint row, float* to, nint place)
        where T : struct, ILane<T>
    {
        T a = T.Load(y), b = T.Load(y + column), c = T.Load(y + row), e = T.Load(y + row + column);
        ResultPlaces(a, b, to, place);
        ResultPlaces(a + c, b + e, to + 4 * place, place);
        ResultPlaces(a - c, b - e, to + 8 * place, place);
        ResultPlaces(-c, -e, to + 12 * place, place);
    }

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
        Taps(a0, b0, c0, e0, to, tap);
        Taps(a1, b1, c1, e1, to + 3 * tap, tap);
        Taps(a2, b2, c2, e2, to + 6 * tap, tap);
    }

    // two lines of results (one at the lower edge of an odd plane) of a line of tiles
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ResultLine<T>(float* m, nint place, int tiles, float bias, float* y, int width, bool lower, bool add)
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
            WinogradTransforms.Pairs(u0 + (u1 + u2) + offset, (u1 - u2) - u3 + offset, y, left, add);
            if (lower)
                WinogradTransforms.Pairs(l0 + (l1 + l2) + offset, (l1 - l2) - l3 + offset, y + width, left, add);
        }
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
    private static void KernelPlaces<T>(T x, T y, T z, float* to, nint place, int count)
        where T : struct, ILane<T>
    {
        Three(x, y, z, out var r0, out var r1, out var r2, out var r3);
        WinogradTransforms.Store4(r0, r1, r2, r3, to, place, count);
    }

    // rows of Bᵀ
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four<T>(T x, T y, T z, T w, out T r0, out T r1, out T r2, out T r3)
        where T : struct, ILane<T> => (r0, r1, r2, r3) = (x - z, y + z, z - y, y - w);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row<T>(T x, T y, T z, T w, float* to, nint place)
        where T : struct, ILane<T>
    {
        Four(x, y, z, w, out var r0, out var r1, out var r2, out var r3);
        WinogradTransforms.Store4(r0, r1, r2, r3, to, place);
    }

    // rows of A
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ResultPlaces<T>(T x, T y, float* to, nint place)
        where T : struct, ILane<T> => WinogradTransforms.Store4(x, x + y, x - y, -y, to, place);

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
    private static void Taps<T>(T x, T y, T z, T w, float* to, nint tap)
        where T : struct, ILane<T>
    {
        Back(x, y, z, w, out var r0, out var r1, out var r2);
        WinogradTransforms.Store3(r0, r1, r2, to, tap);
    }
}
