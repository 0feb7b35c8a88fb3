using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <summary>The way of a tile that was computed as its transpose into C.</summary>
internal static unsafe class GemmTranspose
{
    /// <summary>c[i, j] = tile[j, i] + beta · c[i, j] for j &lt; rows (of the tile), i &lt; columns; beta = 0 never reads c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Merge(float* tile, nint rowTile, int rows, int columns, float* c, nint rowC, float beta)
    {
        var j = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; j <= rows - 8; j += 8)
                Eight(tile + j * rowTile, rowTile, columns, c + j, rowC, beta);
        }

        for (; j <= rows - 4; j += 4)
            Four(tile + j * rowTile, rowTile, columns, c + j, rowC, beta);
        for (; j < rows; j++)
        {
            for (var i = 0; i < columns; i++)
                Blend(tile[j * rowTile + i], c + i * rowC + j, beta);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight(float* t, nint rowTile, int columns, float* c, nint rowC, float beta)
    {
        nint row2 = 2 * rowTile, row3 = 3 * rowTile, rowC2 = 2 * rowC, rowC3 = 3 * rowC;
        var t4 = t + 4 * rowTile;
        var left = columns;
        for (; left >= 4; left -= 4, t += 4, t4 += 4, c += 4 * rowC)
        {
            var r0 = Vector256.Create(Vector128.Load(t), Vector128.Load(t4));
            var r1 = Vector256.Create(Vector128.Load(t + rowTile), Vector128.Load(t4 + rowTile));
            var r2 = Vector256.Create(Vector128.Load(t + row2), Vector128.Load(t4 + row2));
            var r3 = Vector256.Create(Vector128.Load(t + row3), Vector128.Load(t4 + row3));
            Transposition.Turn(ref r0, ref r1, ref r2, ref r3);
            Blend(r0, c, beta);
            Blend(r1, c + rowC, beta);
            Blend(r2, c + rowC2, beta);
            Blend(r3, c + rowC3, beta);
        }

        for (; left > 0; left--, t++, t4++, c += rowC)
            Blend(Vector256.Create(t[0], t[rowTile], t[row2], t[row3], t4[0], t4[rowTile], t4[row2], t4[row3]), c, beta);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(float* t, nint rowTile, int columns, float* c, nint rowC, float beta)
    {
        nint row2 = 2 * rowTile, row3 = 3 * rowTile;
        var left = columns;
        for (; left >= 4; left -= 4, t += 4, c += 4 * rowC)
        {
            var r0 = Vector128.Load(t);
            var r1 = Vector128.Load(t + rowTile);
            var r2 = Vector128.Load(t + row2);
            var r3 = Vector128.Load(t + row3);
            Transposition.Turn(ref r0, ref r1, ref r2, ref r3);
            Blend(r0, c, beta);
            Blend(r1, c + rowC, beta);
            Blend(r2, c + 2 * rowC, beta);
            Blend(r3, c + 3 * rowC, beta);
        }

        for (; left > 0; left--, t++, c += rowC)
            Blend(Vector128.Create(t[0], t[rowTile], t[row2], t[row3]), c, beta);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Blend(Vector256<float> sum, float* c, float beta)
    {
        if (beta != 0)
            sum = Vector256.MultiplyAddEstimate(Vector256.Create(beta), Vector256.Load(c), sum);
        sum.Store(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Blend(Vector128<float> sum, float* c, float beta)
    {
        if (beta != 0)
            sum = Vector128.MultiplyAddEstimate(Vector128.Create(beta), Vector128.Load(c), sum);
        sum.Store(c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Blend(float sum, float* c, float beta) => *c = beta != 0 ? float.MultiplyAddEstimate(beta, *c, sum) : sum;
}
