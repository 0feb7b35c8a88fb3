using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// The gradient of the images with stride 2, <see cref="WinogradTwoStride"/> transposed: tiles of 2×2 of the results' gradient become (y₀, y₀ + y₁, −y₁, y₁), and the products m of an axis are added to five elements of the
/// image, d = (m₀, m₃, m₁ − m₀ + m₂, m₄, −m₂), the last of which is the next tile's first.
/// </summary>
internal readonly unsafe struct WinogradTwoStrideImage : IWinogradFilter
{
    public static int Step => 2;

    public static int Extent => 2;

    public static int ImageSide => 4;

    public static int Side => 5;

    public static bool WholeImages => true;

    public static int KernelRow(int i) => WinogradTwoStride.KernelRow(i);

    public static int ImageRow(int i) => WinogradTwoStride.ResultRow(i);

    public static nint Scratch(in WinogradLayer layer) => 7 * Line(layer.TileColumns);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ImageLines<T>(float** d, int width, float* to, nint pitch)
        where T : struct, ILane<T>
    {
        float* d0 = d[0], d1 = d[1];
        var i = 0;
        for (; i <= width - T.Count; i += T.Count)
            WinogradTwoStride.ResultPlaces(T.Load(d0 + i), T.Load(d1 + i), to + i, pitch);
        for (; i < width; i++)
            WinogradTwoStride.ResultPlaces(Lane1.Load(d0 + i), Lane1.Load(d1 + i), to + i, pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ImageColumns<T>(float* from, nint pitch, int tiles, float* to, nint place)
        where T : struct, ILane<T>
    {
        for (var v = 0; v < ImageSide; v++, from += pitch, to += 4 * place)
        {
            for (var s = 0; s < tiles; s += T.Count)
            {
                LanePairs.Split(T.Load(from + 2 * s), T.Load(from + 2 * s + T.Count), out var y0, out var y1);
                WinogradTwoStride.ResultPlaces(y0, y1, to + s, place);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Kernel<T>(float* g, nint tap, float* to, nint place, int count)
        where T : struct, ILane<T> => WinogradTwoStride.Kernel<T>(g, tap, to, place, count);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Results<T>(in WinogradLayer layer, float* m, nint place, int row, int rows, float bias, float* plane, float* scratch)
        where T : struct, ILane<T>
    {
        // five lines of products after the horizontal half, what the tiles above left to the next line, zeros
        var line = Line(layer.TileColumns);
        float* l0 = scratch, l1 = l0 + line, l2 = l1 + line, l3 = l2 + line, l4 = l3 + line, above = l4 + line, zeros = above + line;
        new Span<float>(above, (int)line).Clear();
        var y = -layer.PaddingHeight;
        for (var r = 0; r < rows; r++, y += 4, m += layer.TileColumns)
        {
            Columns<T>(m, place, layer.TileColumns, l0);
            Columns<T>(m + 5 * place, place, layer.TileColumns, l1);
            Columns<T>(m + 10 * place, place, layer.TileColumns, l2);
            Columns<T>(m + 15 * place, place, layer.TileColumns, l3);
            Columns<T>(m + 20 * place, place, layer.TileColumns, l4);
            Sum<T>(layer, l0, above, zeros, plane, y);
            Sum<T>(layer, l3, zeros, zeros, plane, y + 1);
            Sum<T>(layer, l1, l0, l2, plane, y + 2);
            Sum<T>(layer, l4, zeros, zeros, plane, y + 3);
            var last = above;
            above = l2;
            l2 = last;
        }

        Sum<T>(layer, zeros, above, zeros, plane, y);
        Sum<T>(layer, zeros, zeros, zeros, plane, y + 1);
    }

    // floats of a line of scratch: the elements under the tiles, the one of a tile to come, one that no window sees, and lanes to spare
    private static nint Line(int tiles) => BlockSizes.Round(4 * (tiles + WinogradTransforms.LaneOf(tiles)) + 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Columns<T>(float* m, nint place, int tiles, float* to)
        where T : struct, ILane<T>
    {
        for (var s = 0; s < tiles; s += T.Count)
        {
            T m0 = T.Load(m + s), m2 = T.Load(m + 2 * place + s);
            LanePairs.Join(m0 - T.Load(m + 2 * place + s - 1), (T.Load(m + place + s) - m0) + m2, out var low0, out var high0);
            LanePairs.Join(T.Load(m + 3 * place + s), T.Load(m + 4 * place + s), out var low1, out var high1);
            LanePairs.Join(low0, low1, out var r0, out var r1);
            LanePairs.Join(high0, high1, out var r2, out var r3);
            WinogradTransforms.Store4(r0, r1, r2, r3, to + 4 * s, T.Count);
        }

        // no tile stands before the first, none behind the last
        to[0] = m[0];
        to[4 * tiles] = -m[2 * place + tiles - 1];
        to[4 * tiles + 1] = 0;
    }

    // row y of the image ← (a − b) + c
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sum<T>(in WinogradLayer layer, float* a, float* b, float* c, float* plane, int y)
        where T : struct, ILane<T>
    {
        if ((uint)y >= (uint)layer.OutputHeight)
            return;
        var to = plane + (nint)y * layer.OutputWidth;
        a += layer.PaddingWidth;
        b += layer.PaddingWidth;
        c += layer.PaddingWidth;
        var i = 0;
        for (; i <= layer.OutputWidth - T.Count; i += T.Count)
        {
            var x = (T.Load(a + i) - T.Load(b + i)) + T.Load(c + i);
            T.Store(layer.Add ? T.Load(to + i) + x : x, to + i);
        }

        for (; i < layer.OutputWidth; i++)
        {
            var x = (a[i] - b[i]) + c[i];
            to[i] = layer.Add ? to[i] + x : x;
        }
    }
}
