namespace Engram.Kernels.Simt;

/// <summary>
/// <see cref="TileProduct{TLeft, TRight, TTarget}"/> for large products: 128 by 128 elements per group, eight by eight per thread, in four blocks of four by
/// four, so that the threads of a warp read neighbouring quads of shared memory. An element costs half the reads.
/// </summary>
internal struct WideProduct<TLeft, TRight, TTarget> : IGroupKernel
    where TLeft : struct, ITileSource
    where TRight : struct, ITileSource
    where TTarget : struct, ITileTarget
{
    /// <summary>Rows and columns of a group's tile.</summary>
    public const int Side = 128;

    // depth that is in shared memory at once, twice: a group reads one half while it fills the other
    private const int Slice = 8;

    // lines of a slice are not a multiple of all banks apart
    private const int Pitch = Side + 4, Half = Slice * Pitch;

    // the right side's slices lie behind the left side's
    private const int OfB = 2 * Half;

    public TLeft Left;
    public TRight Right;
    public TTarget Target;
    public int Rows, Columns, Depth;

    /// <summary>Parts that the depth is cut into, and how deep one is: a plane of the grid makes one part of one of the batch's products.</summary>
    public int Parts, PartDepth;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(4 * Half);
        int t = Gpu.Thread, plane = Gpu.GroupZ, batch = plane / Parts, firstRow = Gpu.GroupY * Side, firstColumn = Gpu.GroupX * Side;
        int depth = plane % Parts * PartDepth, end = depth + PartDepth < Depth ? depth + PartDepth : Depth;

        // the four elements that this thread carries from each side
        int orderA = Left.Order, orderB = Right.Order;
        int lineA = TileOrder.Line(orderA, t, Side, Slice), depthA = TileOrder.Depth(orderA, t, Side, Slice);
        int lineB = TileOrder.Line(orderB, t, Side, Slice), depthB = TileOrder.Depth(orderB, t, Side, Slice);
        int ofRow = t / 16 * 4, ofColumn = t % 16 * 4, half = 0;
        float c00 = 0f, c01 = 0f, c02 = 0f, c03 = 0f, c04 = 0f, c05 = 0f, c06 = 0f, c07 = 0f;
        float c10 = 0f, c11 = 0f, c12 = 0f, c13 = 0f, c14 = 0f, c15 = 0f, c16 = 0f, c17 = 0f;
        float c20 = 0f, c21 = 0f, c22 = 0f, c23 = 0f, c24 = 0f, c25 = 0f, c26 = 0f, c27 = 0f;
        float c30 = 0f, c31 = 0f, c32 = 0f, c33 = 0f, c34 = 0f, c35 = 0f, c36 = 0f, c37 = 0f;
        float c40 = 0f, c41 = 0f, c42 = 0f, c43 = 0f, c44 = 0f, c45 = 0f, c46 = 0f, c47 = 0f;
        float c50 = 0f, c51 = 0f, c52 = 0f, c53 = 0f, c54 = 0f, c55 = 0f, c56 = 0f, c57 = 0f;
        float c60 = 0f, c61 = 0f, c62 = 0f, c63 = 0f, c64 = 0f, c65 = 0f, c66 = 0f, c67 = 0f;
        float c70 = 0f, c71 = 0f, c72 = 0f, c73 = 0f, c74 = 0f, c75 = 0f, c76 = 0f, c77 = 0f;
        Quad nextA = TileSlice.Fetch(Left, batch, firstRow + lineA, depth + depthA, Rows, end);
        Quad nextB = TileSlice.Fetch(Right, batch, firstColumn + lineB, depth + depthB, Columns, end);
        TileSlice.Keep(shared, (depthA * Pitch) + lineA, Pitch, orderA, nextA);
        TileSlice.Keep(shared, OfB + (depthB * Pitch) + lineB, Pitch, orderB, nextB);
        Gpu.Barrier();
        for (; depth < end; depth += Slice)
        {
            // the next slice is on its way while this one is multiplied
            int next = depth + Slice;
            if (next < end)
            {
                nextA = TileSlice.Fetch(Left, batch, firstRow + lineA, next + depthA, Rows, end);
                nextB = TileSlice.Fetch(Right, batch, firstColumn + lineB, next + depthB, Columns, end);
            }

            for (int d = 0; d < Slice; d++)
            {
                int from = half + (d * Pitch) + ofRow, onto = OfB + half + (d * Pitch) + ofColumn;
                Quad p = Gpu.Load4(shared, from), q = Gpu.Load4(shared, onto), r = Gpu.Load4(shared, from + (Side / 2)), s = Gpu.Load4(shared, onto + (Side / 2));
                c00 = Gpu.Fma(p.X, q.X, c00); c01 = Gpu.Fma(p.X, q.Y, c01); c02 = Gpu.Fma(p.X, q.Z, c02); c03 = Gpu.Fma(p.X, q.W, c03);
                c04 = Gpu.Fma(p.X, s.X, c04); c05 = Gpu.Fma(p.X, s.Y, c05); c06 = Gpu.Fma(p.X, s.Z, c06); c07 = Gpu.Fma(p.X, s.W, c07);
                c10 = Gpu.Fma(p.Y, q.X, c10); c11 = Gpu.Fma(p.Y, q.Y, c11); c12 = Gpu.Fma(p.Y, q.Z, c12); c13 = Gpu.Fma(p.Y, q.W, c13);
                c14 = Gpu.Fma(p.Y, s.X, c14); c15 = Gpu.Fma(p.Y, s.Y, c15); c16 = Gpu.Fma(p.Y, s.Z, c16); c17 = Gpu.Fma(p.Y, s.W, c17);
                c20 = Gpu.Fma(p.Z, q.X, c20); c21 = Gpu.Fma(p.Z, q.Y, c21); c22 = Gpu.Fma(p.Z, q.Z, c22); c23 = Gpu.Fma(p.Z, q.W, c23);
                c24 = Gpu.Fma(p.Z, s.X, c24); c25 = Gpu.Fma(p.Z, s.Y, c25); c26 = Gpu.Fma(p.Z, s.Z, c26); c27 = Gpu.Fma(p.Z, s.W, c27);
                c30 = Gpu.Fma(p.W, q.X, c30); c31 = Gpu.Fma(p.W, q.Y, c31); c32 = Gpu.Fma(p.W, q.Z, c32); c33 = Gpu.Fma(p.W, q.W, c33);
                c34 = Gpu.Fma(p.W, s.X, c34); c35 = Gpu.Fma(p.W, s.Y, c35); c36 = Gpu.Fma(p.W, s.Z, c36); c37 = Gpu.Fma(p.W, s.W, c37);
                c40 = Gpu.Fma(r.X, q.X, c40); c41 = Gpu.Fma(r.X, q.Y, c41); c42 = Gpu.Fma(r.X, q.Z, c42); c43 = Gpu.Fma(r.X, q.W, c43);
                c44 = Gpu.Fma(r.X, s.X, c44); c45 = Gpu.Fma(r.X, s.Y, c45); c46 = Gpu.Fma(r.X, s.Z, c46); c47 = Gpu.Fma(r.X, s.W, c47);
                c50 = Gpu.Fma(r.Y, q.X, c50); c51 = Gpu.Fma(r.Y, q.Y, c51); c52 = Gpu.Fma(r.Y, q.Z, c52); c53 = Gpu.Fma(r.Y, q.W, c53);
                c54 = Gpu.Fma(r.Y, s.X, c54); c55 = Gpu.Fma(r.Y, s.Y, c55); c56 = Gpu.Fma(r.Y, s.Z, c56); c57 = Gpu.Fma(r.Y, s.W, c57);
                c60 = Gpu.Fma(r.Z, q.X, c60); c61 = Gpu.Fma(r.Z, q.Y, c61); c62 = Gpu.Fma(r.Z, q.Z, c62); c63 = Gpu.Fma(r.Z, q.W, c63);
                c64 = Gpu.Fma(r.Z, s.X, c64); c65 = Gpu.Fma(r.Z, s.Y, c65); c66 = Gpu.Fma(r.Z, s.Z, c66); c67 = Gpu.Fma(r.Z, s.W, c67);
                c70 = Gpu.Fma(r.W, q.X, c70); c71 = Gpu.Fma(r.W, q.Y, c71); c72 = Gpu.Fma(r.W, q.Z, c72); c73 = Gpu.Fma(r.W, q.W, c73);
                c74 = Gpu.Fma(r.W, s.X, c74); c75 = Gpu.Fma(r.W, s.Y, c75); c76 = Gpu.Fma(r.W, s.Z, c76); c77 = Gpu.Fma(r.W, s.W, c77);
            }

            half = Half - half;
            if (next < end)
            {
                TileSlice.Keep(shared, half + (depthA * Pitch) + lineA, Pitch, orderA, nextA);
                TileSlice.Keep(shared, OfB + half + (depthB * Pitch) + lineB, Pitch, orderB, nextB);
            }

            Gpu.Barrier();
        }

        // registers have no index: they go to where results are written through places in shared memory that are the thread's own, so that there is one such place
        // in the code and not one per register
        const int Apart = 4 * Gpu.Threads;
        int row = firstRow + ofRow, column = firstColumn + ofColumn, own = 4 * t;
        for (int i = 0; i < 16; i++)
        {
            if (i == 0)
            {
                Gpu.Store4(shared, own, new Quad { X = c00, Y = c01, Z = c02, W = c03 });
                Gpu.Store4(shared, own + Apart, new Quad { X = c04, Y = c05, Z = c06, W = c07 });
                Gpu.Store4(shared, own + (2 * Apart), new Quad { X = c10, Y = c11, Z = c12, W = c13 });
                Gpu.Store4(shared, own + (3 * Apart), new Quad { X = c14, Y = c15, Z = c16, W = c17 });
            }

            if (i == 4)
            {
                Gpu.Store4(shared, own, new Quad { X = c20, Y = c21, Z = c22, W = c23 });
                Gpu.Store4(shared, own + Apart, new Quad { X = c24, Y = c25, Z = c26, W = c27 });
                Gpu.Store4(shared, own + (2 * Apart), new Quad { X = c30, Y = c31, Z = c32, W = c33 });
                Gpu.Store4(shared, own + (3 * Apart), new Quad { X = c34, Y = c35, Z = c36, W = c37 });
            }

            if (i == 8)
            {
                Gpu.Store4(shared, own, new Quad { X = c40, Y = c41, Z = c42, W = c43 });
                Gpu.Store4(shared, own + Apart, new Quad { X = c44, Y = c45, Z = c46, W = c47 });
                Gpu.Store4(shared, own + (2 * Apart), new Quad { X = c50, Y = c51, Z = c52, W = c53 });
                Gpu.Store4(shared, own + (3 * Apart), new Quad { X = c54, Y = c55, Z = c56, W = c57 });
            }

            if (i == 12)
            {
                Gpu.Store4(shared, own, new Quad { X = c60, Y = c61, Z = c62, W = c63 });
                Gpu.Store4(shared, own + Apart, new Quad { X = c64, Y = c65, Z = c66, W = c67 });
                Gpu.Store4(shared, own + (2 * Apart), new Quad { X = c70, Y = c71, Z = c72, W = c73 });
                Gpu.Store4(shared, own + (3 * Apart), new Quad { X = c74, Y = c75, Z = c76, W = c77 });
            }

            // rows and columns of the thread lie in two halves of the tile
            TileSlice.Put(
                Target, plane, row + (i < 8 ? i / 2 : (Side / 2) - 4 + (i / 2)), column + (i % 2 * (Side / 2)), Rows, Columns, Gpu.Load4(shared, own + (i % 4 * Apart)));
        }
    }
}
