namespace Engram.Kernels.Cpu;

/// <summary>The gradient of the weights of one kind of 3×3 convolution: the transposed transforms, tile by tile, with channels or outputs side by side.</summary>
internal unsafe interface IWinogradTile
{
    /// <summary>Lines and columns of the image from tile to tile, and those that a tile sees.</summary>
    static abstract int Step { get; }

    /// <inheritdoc cref="Step"/>
    static abstract int Extent { get; }

    /// <summary>Rows and columns of a transformed tile of the image, and of a tile of products.</summary>
    static abstract int ImageSide { get; }

    /// <summary>The row of the sums to which row <paramref name="i"/> of the products is added; the first for each has its own number.</summary>
    static abstract int KernelRow(int i);

    /// <summary>The row of the transformed results that row <paramref name="i"/> of the products takes.</summary>
    static abstract int ResultRow(int i);

    /// <summary>The places of one tile of as many channels as a lane holds.</summary>
    /// <param name="d">The tile's first element.</param>
    /// <param name="column">Floats from column to column.</param>
    /// <param name="row">Floats from row to row.</param>
    /// <param name="to">The first place.</param>
    /// <param name="place">Floats from place to place.</param>
    static abstract void ImageTile<T>(float* d, nint column, nint row, float* to, nint place)
        where T : struct, ILane<T>;

    /// <summary>The sixteen places of one tile of the results' gradient of as many outputs as a lane holds.</summary>
    /// <param name="y">The tile's first element.</param>
    /// <param name="column">Floats from column to column.</param>
    /// <param name="row">Floats from row to row.</param>
    /// <param name="to">The first place.</param>
    /// <param name="place">Floats from place to place.</param>
    static abstract void ResultTile<T>(float* y, nint column, nint row, float* to, nint place)
        where T : struct, ILane<T>;

    /// <summary>Sixteen sums back into the nine taps' gradients of as many kernels as a lane holds.</summary>
    /// <param name="s">The first place.</param>
    /// <param name="place">Floats from place to place.</param>
    /// <param name="to">The first tap.</param>
    /// <param name="tap">Floats from tap to tap.</param>
    static abstract void KernelGradient<T>(float* s, nint place, float* to, nint tap)
        where T : struct, ILane<T>;
}
