using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// Stride 2: a tile of 2×2 results sees 5×5 elements. Along an axis the outer taps are F(2, 2) on every second element, the middle one multiplies the others: y₀ = u₀(d₀ − d₂) + u₁ d₂ + u₃ d₁ and
/// y₁ = u₁ d₂ − u₂(d₂ − d₄) + u₃ d₃ with u = (g₀, g₀ + g₂, g₂, g₁), so that twenty-five products take the place of thirty-six. Bᵀ d = (d₀ − d₂, d₂, d₂ − d₄, d₁, d₃).
/// </summary>
internal readonly unsafe struct WinogradTwoStride : IWinogradFilter, IWinogradTile
{
    public static int Step => 4;

    public static int Extent => 5;

    public static int ImageSide => 5;

    public static int Side => 5;

    public static bool WholeImages => false;

    public static int KernelRow(int i) => Math.Min(i, 3);

    public static int ImageRow(int i) => i;

    public static int ResultRow(int i) => i < 3 ? i : i == 3 ? 0 : 3;

    public static nint Scratch(in WinogradLayer layer) => 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ImageLines<T>(float** d, int width, float* to, nint pitch)
        where T : struct, ILane<T>
    {
        float* d0 = d[0], d1 = d[1], d2 = d[2], d3 = d[3], d4 = d[4];
        var i = 0;
        for (; i <= width - T.Count; i += T.Count, to += T.Count)
        {
            var x = T.Load(d2 + i);
            T.Store(T.Load(d0 + i) - x, to);
            T.Store(x, to + pitch);
            T.Store(x - T.Load(d4 + i), to + 2 * pitch);
            T.Store(T.Load(d1 + i), to + 3 * pitch);
            T.Store(T.Load(d3 + i), to + 4 * pitch);
        }

        for (; i < width; i++, to++)
        {
            to[0] = d0[i] - d2[i];
            to[pitch] = d2[i];
            to[2 * pitch] = d2[i] - d4[i];
            to[3 * pitch] = d1[i];
            to[4 * pitch] = d3[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ImageColumns<T>(float* from, nint pitch, int tiles, float* to, nint place)
        where T : struct, ILane<T>
    {
        for (var v = 0; v < Side; v++, from += pitch, to += 5 * place)
        {
            for (var s = 0; s < tiles; s += T.Count)
            {
                var at = from + 4 * s;
                LanePairs.Split(T.Load(at), T.Load(at + T.Count), out var even0, out var odd0);
                LanePairs.Split(T.Load(at + 2 * T.Count), T.Load(at + 3 * T.Count), out var even1, out var odd1);
                LanePairs.Split(even0, even1, out var c0, out var c2);
                LanePairs.Split(odd0, odd1, out var c1, out var c3);
                at += 4;
                LanePairs.Split(T.Load(at), T.Load(at + T.Count), out even0, out _);
                LanePairs.Split(T.Load(at + 2 * T.Count), T.Load(at + 3 * T.Count), out even1, out _);
                LanePairs.Split(even0, even1, out var c4, out _);
                Row(c0, c1, c2, c3, c4, to + s, place);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Kernel<T>(float* g, nint tap, float* to, nint place, int count)
        where T : struct, ILane<T>
    {
        T a0 = T.Load(g), a1 = T.Load(g + tap), a2 = T.Load(g + 2 * tap), c0 = T.Load(g + 6 * tap), c1 = T.Load(g + 7 * tap), c2 = T.Load(g + 8 * tap);
        KernelPlaces(a0, a1, a2, to, place, count);
        KernelPlaces(a0 + c0, a1 + c1, a2 + c2, to + 4 * place, place, count);
        KernelPlaces(c0, c1, c2, to + 8 * place, place, count);
        KernelPlaces(T.Load(g + 3 * tap), T.Load(g + 4 * tap), T.Load(g + 5 * tap), to + 12 * place, place, count);
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
        nint c2 = 2 * column, c3 = 3 * column, c4 = 4 * column;
        float* d2 = d + 2 * row, d4 = d2 + 2 * row;
        Row(T.Load(d) - T.Load(d2), T.Load(d + column) - T.Load(d2 + column), T.Load(d + c2) - T.Load(d2 + c2), T.Load(d + c3) - T.Load(d2 + c3), T.Load(d + c4) - T.Load(d2 + c4), to, place);
        Row(T.Load(d2), T.Load(d2 + column), T.Load(d2 + c2), T.Load(d2 + c3), T.Load(d2 + c4), to + 5 * place, place);
        Row(T.Load(d2) - T.Load(d4), T.Load(d2 + column) - T.Load(d4 + column), T.Load(d2 + c2) - T.Load(d4 + c2), T.Load(d2 + c3) - T.Load(d4 + c3), T.Load(d2 + c4) - T.Load(d4 + c4), to + 10 * place, place);
        d += row;
        Row(T.Load(d), T.Load(d + column), T.Load(d + c2), T.Load(d + c3), T.Load(d + c4), to + 15 * place, place);
        d += 2 * row;
        Row(T.Load(d), T.Load(d + column), T.Load(d + c2), T.Load(d + c3), T.Load(d + c4), to + 20 * place, place);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResultTile<T>(float* y, nint column, nint row, float* to, nint place)
        where T : struct, ILane<T>
    {
        T a = T.Load(y), b = T.Load(y + column), c = T.Load(y + row), e = T.Load(y + row + column);
        ResultPlaces(a, b, to, place);
        ResultPlaces(a + c, b + e, to + 4 * place, place);
        ResultPlaces(-c, -e, to + 8 * place, place);
        ResultPlaces(c, e, to + 12 * place, place);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void KernelGradient<T>(float* s, nint place, float* to, nint tap)
        where T : struct, ILane<T>
    {
        nint row = 4 * place;
        float* s1 = s + row, s2 = s1 + row, s3 = s2 + row;
        Taps(T.Load(s) + T.Load(s1), T.Load(s + place) + T.Load(s1 + place), T.Load(s + 2 * place) + T.Load(s1 + 2 * place), T.Load(s + 3 * place) + T.Load(s1 + 3 * place), to, tap);
        Taps(T.Load(s3), T.Load(s3 + place), T.Load(s3 + 2 * place), T.Load(s3 + 3 * place), to + 3 * tap, tap);
        Taps(T.Load(s1) + T.Load(s2), T.Load(s1 + place) + T.Load(s2 + place), T.Load(s1 + 2 * place) + T.Load(s2 + 2 * place), T.Load(s1 + 3 * place) + T.Load(s2 + 3 * place), to + 6 * tap, tap);
    }

    /// <summary>A row of a transformed tile of the results' gradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResultPlaces<T>(T x, T y, float* to, nint place)
        where T : struct, ILane<T> => WinogradTransforms.Store4(x, x + y, -y, y, to, place);

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
            Column<T>(m + 4 * place, place, out var u4, out var l4);
            var left = width - 2 * s;
            WinogradTransforms.Pairs((u0 + u1) + u3 + offset, (u1 - u2) + u4 + offset, y, left, add);
            if (lower)
                WinogradTransforms.Pairs((l0 + l1) + l3 + offset, (l1 - l2) + l4 + offset, y + width, left, add);
        }
    }

    // the vertical half of Aᵀ m A for one column of places
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Column<T>(float* m, nint place, out T upper, out T lower)
        where T : struct, ILane<T>
    {
        nint row = 5 * place;
        var m1 = T.Load(m + row);
        upper = (T.Load(m) + m1) + T.Load(m + 3 * row);
        lower = (m1 - T.Load(m + 2 * row)) + T.Load(m + 4 * row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void KernelPlaces<T>(T x, T y, T z, float* to, nint place, int count)
        where T : struct, ILane<T> => WinogradTransforms.Store4(x, x + z, z, y, to, place, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row<T>(T d0, T d1, T d2, T d3, T d4, float* to, nint place)
        where T : struct, ILane<T>
    {
        T.Store(d0 - d2, to);
        T.Store(d2, to + place);
        T.Store(d2 - d4, to + 2 * place);
        T.Store(d1, to + 3 * place);
        T.Store(d3, to + 4 * place);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Taps<T>(T x, T y, T z, T w, float* to, nint tap)
        where T : struct, ILane<T> => WinogradTransforms.Store3(x + y, w, y + z, to, tap);
}
