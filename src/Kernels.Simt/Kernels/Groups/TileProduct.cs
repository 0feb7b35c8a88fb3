namespace Engram.Kernels.Simt;

/// <summary>
/// A product [rows, depth]·[depth, columns], tile by tile: a group makes 64 by 64 elements from slices of both sides in shared memory, a thread four by four of
/// them in registers (locals with names: an array or a loop over them would be memory). Matrix products and all three passes of a convolution are this kernel
/// and <see cref="WideProduct{TLeft, TRight, TTarget}"/>; they differ in where elements come from and go to.
/// </summary>
internal struct TileProduct<TLeft, TRight, TTarget> : IGroupKernel
    where TLeft : struct, ITileSource
    where TRight : struct, ITileSource
    where TTarget : struct, ITileTarget
{
    /// <summary>Rows and columns of a group's tile.</summary>
    public const int Side = 64;

    // depth that is in shared memory at once, twice: a group reads one half while it fills the other
    private const int Slice = 16;

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
        float c00 = 0f, c01 = 0f, c02 = 0f, c03 = 0f;
        float c10 = 0f, c11 = 0f, c12 = 0f, c13 = 0f;
        float c20 = 0f, c21 = 0f, c22 = 0f, c23 = 0f;
        float c30 = 0f, c31 = 0f, c32 = 0f, c33 = 0f;
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
                Quad p = Gpu.Load4(shared, half + (d * Pitch) + ofRow), q = Gpu.Load4(shared, OfB + half + (d * Pitch) + ofColumn);
                c00 = Gpu.Fma(p.X, q.X, c00); c01 = Gpu.Fma(p.X, q.Y, c01); c02 = Gpu.Fma(p.X, q.Z, c02); c03 = Gpu.Fma(p.X, q.W, c03);
                c10 = Gpu.Fma(p.Y, q.X, c10); c11 = Gpu.Fma(p.Y, q.Y, c11); c12 = Gpu.Fma(p.Y, q.Z, c12); c13 = Gpu.Fma(p.Y, q.W, c13);
                c20 = Gpu.Fma(p.Z, q.X, c20); c21 = Gpu.Fma(p.Z, q.Y, c21); c22 = Gpu.Fma(p.Z, q.Z, c22); c23 = Gpu.Fma(p.Z, q.W, c23);
                c30 = Gpu.Fma(p.W, q.X, c30); c31 = Gpu.Fma(p.W, q.Y, c31); c32 = Gpu.Fma(p.W, q.Z, c32); c33 = Gpu.Fma(p.W, q.W, c33);
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
        Gpu.Store4(shared, own, new Quad { X = c00, Y = c01, Z = c02, W = c03 });
        Gpu.Store4(shared, own + Apart, new Quad { X = c10, Y = c11, Z = c12, W = c13 });
        Gpu.Store4(shared, own + (2 * Apart), new Quad { X = c20, Y = c21, Z = c22, W = c23 });
        Gpu.Store4(shared, own + (3 * Apart), new Quad { X = c30, Y = c31, Z = c32, W = c33 });
        for (int i = 0; i < 4; i++)
            TileSlice.Put(Target, plane, row + i, column, Rows, Columns, Gpu.Load4(shared, own + (i * Apart)));
    }
}
