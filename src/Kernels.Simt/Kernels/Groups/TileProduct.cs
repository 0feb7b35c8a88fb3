namespace Engram.Kernels.Simt;

/// <summary>
/// A product [rows, depth]·[depth, columns], tile by tile: a group makes 64 by 64 elements from slices of both sides in shared memory, a thread four by four of
/// them in registers (locals with names: an array or a loop over them would be memory). Matrix products and all three passes of a convolution are this kernel;
/// they differ in where elements come from and go to.
/// </summary>
internal struct TileProduct<TLeft, TRight, TTarget> : IGroupKernel
    where TLeft : struct, ITileSource
    where TRight : struct, ITileSource
    where TTarget : struct, ITileTarget
{
    /// <summary>Rows and columns of a group's tile.</summary>
    public const int Side = 64;

    private const int Slice = 16, Block = 4;

    // lines of a slice are not a multiple of all banks apart
    private const int Pitch = Side + Block;

    public TLeft Left;
    public TRight Right;
    public TTarget Target;
    public int Rows, Columns, Depth;

    public void Run()
    {
        Floats a = Gpu.SharedFloats(Slice * Pitch), b = Gpu.SharedFloats(Slice * Pitch);
        int t = Gpu.Thread, batch = Gpu.GroupZ, firstRow = Gpu.GroupY * Side, firstColumn = Gpu.GroupX * Side;
        int ofRow = t / (Side / Block) * Block, ofColumn = t % (Side / Block) * Block;
        float c00 = 0f, c01 = 0f, c02 = 0f, c03 = 0f;
        float c10 = 0f, c11 = 0f, c12 = 0f, c13 = 0f;
        float c20 = 0f, c21 = 0f, c22 = 0f, c23 = 0f;
        float c30 = 0f, c31 = 0f, c32 = 0f, c33 = 0f;
        for (int depth = 0; depth < Depth; depth += Slice)
        {
            for (int i = t; i < Slice * Side; i += Gpu.Threads)
            {
                int line = Left.AlongDepth != 0 ? i / Slice : i % Side, d = Left.AlongDepth != 0 ? i % Slice : i / Side;
                a[(d * Pitch) + line] = firstRow + line < Rows && depth + d < Depth ? Left.At(batch, firstRow + line, depth + d) : 0f;
            }

            for (int i = t; i < Slice * Side; i += Gpu.Threads)
            {
                int line = Right.AlongDepth != 0 ? i / Slice : i % Side, d = Right.AlongDepth != 0 ? i % Slice : i / Side;
                b[(d * Pitch) + line] = firstColumn + line < Columns && depth + d < Depth ? Right.At(batch, firstColumn + line, depth + d) : 0f;
            }

            Gpu.Barrier();
            for (int d = 0; d < Slice; d++)
            {
                int from = (d * Pitch) + ofRow, onto = (d * Pitch) + ofColumn;
                float a0 = a[from], a1 = a[from + 1], a2 = a[from + 2], a3 = a[from + 3];
                float b0 = b[onto], b1 = b[onto + 1], b2 = b[onto + 2], b3 = b[onto + 3];
                c00 = Gpu.Fma(a0, b0, c00); c01 = Gpu.Fma(a0, b1, c01); c02 = Gpu.Fma(a0, b2, c02); c03 = Gpu.Fma(a0, b3, c03);
                c10 = Gpu.Fma(a1, b0, c10); c11 = Gpu.Fma(a1, b1, c11); c12 = Gpu.Fma(a1, b2, c12); c13 = Gpu.Fma(a1, b3, c13);
                c20 = Gpu.Fma(a2, b0, c20); c21 = Gpu.Fma(a2, b1, c21); c22 = Gpu.Fma(a2, b2, c22); c23 = Gpu.Fma(a2, b3, c23);
                c30 = Gpu.Fma(a3, b0, c30); c31 = Gpu.Fma(a3, b1, c31); c32 = Gpu.Fma(a3, b2, c32); c33 = Gpu.Fma(a3, b3, c33);
            }

            Gpu.Barrier();
        }

        int row = firstRow + ofRow, column = firstColumn + ofColumn;
        PutRow(batch, row + 0, column, c00, c01, c02, c03);
        PutRow(batch, row + 1, column, c10, c11, c12, c13);
        PutRow(batch, row + 2, column, c20, c21, c22, c23);
        PutRow(batch, row + 3, column, c30, c31, c32, c33);
    }

    private void PutRow(int batch, int row, int column, float v0, float v1, float v2, float v3)
    {
        if (row >= Rows)
            return;
        if (column < Columns)
            Target.Put(batch, row, column, v0);
        if (column + 1 < Columns)
            Target.Put(batch, row, column + 1, v1);
        if (column + 2 < Columns)
            Target.Put(batch, row, column + 2, v2);
        if (column + 3 < Columns)
            Target.Put(batch, row, column + 3, v3);
    }
}
