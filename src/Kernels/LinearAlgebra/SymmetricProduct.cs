using System.Runtime.Intrinsics;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// G = AᵀA in double precision from float32 data [k, n]. A Gram matrix squares the condition number; summed in double it still resolves
/// singular values down to 1.5e-8·σ₁, finer than float32 data can carry, so the eigenvalue path loses nothing.
/// </summary>
/// <remarks>
/// Rows are taken in blocks; a block is widened into panels of 16 columns ([panel][row][16], zero-padded), and a micro-kernel updates an
/// 8×16 (AVX-512) or 4×8 tile of the upper triangle from two panels. Blocks depend on the shape only.
/// </remarks>
internal static unsafe class SymmetricProduct
{
    private const int Panel = 16, SharedFrom = 4;

    internal static long ScratchDoubles(int n) => (long)Padded(n) * BlockRows(n);

    /// <summary>Writes G [n, n], both triangles, row-major with leading dimension n; the same bits for any number of threads.</summary>
    internal static void Run(in MatrixView a, double* g, double* scratch, WorkSplitter? splitter = null)
    {
        int n = a.Columns, panels = Padded(n) / Panel, block = BlockRows(n);
        new Span<double>(g, checked(n * n)).Clear();
        for (int start = 0; start < a.Rows; start += block)
        {
            int rows = Math.Min(block, a.Rows - start);
            Pack(a, start, rows, panels, scratch);
            var body = new PanelBody { Packed = scratch, G = g, Rows = rows, Order = n, Panels = panels };
            (panels < SharedFrom ? Products.Serial : splitter ?? Products.Serial).Run((panels + 1) / 2, ref body);
        }

        for (int i = 1; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                g[(long)i * n + j] = g[(long)j * n + i];
            }
        }
    }

    // a row of panels from the top of the triangle and one from its end: equal work for all
    private struct PanelBody : IChunkBody
    {
        internal double* Packed, G;
        internal int Rows, Order, Panels;

        public readonly void Execute(int chunk)
        {
            RowOfTiles(chunk);
            if (chunk != Panels - 1 - chunk)
            {
                RowOfTiles(Panels - 1 - chunk);
            }
        }

        private readonly void RowOfTiles(int i)
        {
            for (int j = i; j < Panels; j++)
            {
                Tile(Packed + (long)i * Rows * Panel, Packed + (long)j * Rows * Panel, Rows, G, Order, i * Panel, j * Panel);
            }
        }
    }

    private static int Padded(int n) => (n + Panel - 1) / Panel * Panel;

    // the whole packed block should stay in a 1 MiB second-level cache
    private static int BlockRows(int n) => n <= 512 ? 128 : 64;

    private static void Pack(in MatrixView a, int start, int rows, int panels, double* packed)
    {
        int n = a.Columns;
        for (int panel = 0; panel < panels; panel++)
        {
            int first = panel * Panel, count = Math.Min(Panel, n - first);
            double* target = packed + (long)panel * rows * Panel;
            if (count == Panel && a.ColumnStride == 1)
            {
                for (int p = 0; p < rows; p++, target += Panel)
                {
                    float* source = a.At(start + p, first);
                    for (int j = 0; j < Panel; j += 8)
                    {
                        (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(Vector256.Load(source + j));
                        lower.Store(target + j);
                        upper.Store(target + j + 4);
                    }
                }

                continue;
            }

            if (count == Panel)
            {
                PackStrided(a.At(start, first), a.RowStride, a.ColumnStride, rows, target);
                continue;
            }

            new Span<double>(target, rows * Panel).Clear();
            for (int j = 0; j < count; j++)
            {
                float* source = a.At(start, first + j);
                for (int p = 0; p < rows; p++)
                {
                    target[p * Panel + j] = source[p * a.RowStride];
                }
            }
        }
    }

    private static void PackStrided(float* source, nint rowStride, nint columnStride, int rows, double* target)
    {
        float* s4 = source + 4 * columnStride, s8 = source + 8 * columnStride, s12 = source + 12 * columnStride;
        nint two = 2 * columnStride, three = 3 * columnStride;
        for (int p = 0; p < rows; p++, target += Panel)
        {
            Vector256.Create(source[0], source[columnStride], source[two], (double)source[three]).Store(target);
            Vector256.Create(s4[0], s4[columnStride], s4[two], (double)s4[three]).Store(target + 4);
            Vector256.Create(s8[0], s8[columnStride], s8[two], (double)s8[three]).Store(target + 8);
            Vector256.Create(s12[0], s12[columnStride], s12[two], (double)s12[three]).Store(target + 12);
            source += rowStride;
            s4 += rowStride;
            s8 += rowStride;
            s12 += rowStride;
        }
    }

    private static void Tile(double* pi, double* pj, int rows, double* g, int n, int i0, int j0)
    {
        double* tile = stackalloc double[Panel * Panel];
        if (Vector512.IsHardwareAccelerated)
        {
            Tile512(pi, pj, rows, tile);
            Tile512(pi + 8, pj, rows, tile + 8 * Panel);
        }
        else
        {
            for (int i = 0; i < Panel; i += 4)
            {
                Tile256(pi + i, pj, rows, tile + i * Panel);
                Tile256(pi + i, pj + 8, rows, tile + i * Panel + 8);
            }
        }

        int height = Math.Min(Panel, n - i0), width = Math.Min(Panel, n - j0);
        for (int i = 0; i < height; i++)
        {
            double* row = g + (long)(i0 + i) * n + j0;
            for (int j = 0; j < width; j++)
            {
                row[j] += tile[i * Panel + j];
            }
        }
    }

    // 16 accumulators: rows i..i+7 of the tile, lanes 0-7 and 8-15 of its columns
    private static void Tile512(double* pi, double* pj, int rows, double* tile)
    {
        Vector512<double> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        Vector512<double> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
        for (int p = 0; p < rows; p++, pi += Panel, pj += Panel)
        {
            Vector512<double> x = Vector512.Load(pj), y = Vector512.Load(pj + 8), f = Vector512.Create(pi[0]);
            a0 = Vector512.FusedMultiplyAdd(f, x, a0);
            b0 = Vector512.FusedMultiplyAdd(f, y, b0);
            f = Vector512.Create(pi[1]);
            a1 = Vector512.FusedMultiplyAdd(f, x, a1);
            b1 = Vector512.FusedMultiplyAdd(f, y, b1);
            f = Vector512.Create(pi[2]);
            a2 = Vector512.FusedMultiplyAdd(f, x, a2);
            b2 = Vector512.FusedMultiplyAdd(f, y, b2);
            f = Vector512.Create(pi[3]);
            a3 = Vector512.FusedMultiplyAdd(f, x, a3);
            b3 = Vector512.FusedMultiplyAdd(f, y, b3);
            f = Vector512.Create(pi[4]);
            a4 = Vector512.FusedMultiplyAdd(f, x, a4);
            b4 = Vector512.FusedMultiplyAdd(f, y, b4);
            f = Vector512.Create(pi[5]);
            a5 = Vector512.FusedMultiplyAdd(f, x, a5);
            b5 = Vector512.FusedMultiplyAdd(f, y, b5);
            f = Vector512.Create(pi[6]);
            a6 = Vector512.FusedMultiplyAdd(f, x, a6);
            b6 = Vector512.FusedMultiplyAdd(f, y, b6);
            f = Vector512.Create(pi[7]);
            a7 = Vector512.FusedMultiplyAdd(f, x, a7);
            b7 = Vector512.FusedMultiplyAdd(f, y, b7);
        }

        Write(tile, a0, b0);
        Write(tile + Panel, a1, b1);
        Write(tile + 2 * Panel, a2, b2);
        Write(tile + 3 * Panel, a3, b3);
        Write(tile + 4 * Panel, a4, b4);
        Write(tile + 5 * Panel, a5, b5);
        Write(tile + 6 * Panel, a6, b6);
        Write(tile + 7 * Panel, a7, b7);
    }

    private static void Write(double* row, Vector512<double> lower, Vector512<double> upper)
    {
        lower.Store(row);
        upper.Store(row + 8);
    }

    // 8 accumulators: rows i..i+3 of the tile, lanes 0-3 and 4-7 of its columns
    private static void Tile256(double* pi, double* pj, int rows, double* tile)
    {
        Vector256<double> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (int p = 0; p < rows; p++, pi += Panel, pj += Panel)
        {
            Vector256<double> x = Vector256.Load(pj), y = Vector256.Load(pj + 4), f = Vector256.Create(pi[0]);
            a0 = Vector256.FusedMultiplyAdd(f, x, a0);
            b0 = Vector256.FusedMultiplyAdd(f, y, b0);
            f = Vector256.Create(pi[1]);
            a1 = Vector256.FusedMultiplyAdd(f, x, a1);
            b1 = Vector256.FusedMultiplyAdd(f, y, b1);
            f = Vector256.Create(pi[2]);
            a2 = Vector256.FusedMultiplyAdd(f, x, a2);
            b2 = Vector256.FusedMultiplyAdd(f, y, b2);
            f = Vector256.Create(pi[3]);
            a3 = Vector256.FusedMultiplyAdd(f, x, a3);
            b3 = Vector256.FusedMultiplyAdd(f, y, b3);
        }

        a0.Store(tile);
        b0.Store(tile + 4);
        a1.Store(tile + Panel);
        b1.Store(tile + Panel + 4);
        a2.Store(tile + 2 * Panel);
        b2.Store(tile + 2 * Panel + 4);
        a3.Store(tile + 3 * Panel);
        b3.Store(tile + 3 * Panel + 4);
    }
}
