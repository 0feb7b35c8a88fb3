namespace Engram.Kernels.Simt;

/// <summary>
/// y ← x for matrices that lie row by row in y and column by column in x: a group reads a tile of 32 by 32 along x, meets, and writes it along y. A plane of the grid is a matrix.
/// </summary>
internal struct TransposeKernel : IGroupKernel
{
    /// <summary>Rows and columns of a group's tile.</summary>
    public const int Side = 32;

    private const int Pitch = Side + 1, Lines = Gpu.Threads / Side;

    public Floats X, Y;
    public Space Space;
    public Steps AtX, AtY;
    public int Rows, Columns;

    public void Run()
    {
        Floats shared = Gpu.SharedFloats(Side * Pitch);
        int along = Gpu.Thread % Side, across = Gpu.Thread / Side, first = Gpu.GroupZ * Rows * Columns, firstRow = Gpu.GroupY * Side, firstColumn = Gpu.GroupX * Side;
        int x = Space.At(first, AtX), y = Space.At(first, AtY);
        for (int i = across; i < Side; i += Lines)
        {
            int row = firstRow + along, column = firstColumn + i;
            if (row < Rows && column < Columns)
                shared[(i * Pitch) + along] = X[x + row + (column * AtX.S5)];
        }

        Gpu.Barrier();
        for (int i = across; i < Side; i += Lines)
        {
            int row = firstRow + i, column = firstColumn + along;
            if (row < Rows && column < Columns)
                Y[y + (row * AtY.S4) + column] = shared[(along * Pitch) + i];
        }
    }
}
