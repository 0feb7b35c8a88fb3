namespace Engram.Kernels.Cpu;

/// <summary>The forward pass, or the gradient of the images, of one kind of 3×3 convolution: how many places a tile has, and its transforms.</summary>
internal unsafe interface IWinogradFilter
{
    /// <summary>Lines and columns of the image from tile to tile, and those that a tile sees.</summary>
    static abstract int Step { get; }

    /// <inheritdoc cref="Step"/>
    static abstract int Extent { get; }

    /// <summary>Rows and columns of a transformed tile of the image.</summary>
    static abstract int ImageSide { get; }

    /// <summary>Rows and columns of a tile of products.</summary>
    static abstract int Side { get; }

    /// <summary>Whether results of a tile reach into those of the next line, so that images are worked whole.</summary>
    static abstract bool WholeImages { get; }

    /// <summary>The row of the transformed kernel that row <paramref name="i"/> of the products takes.</summary>
    static abstract int KernelRow(int i);

    /// <summary>The row of the transformed image that row <paramref name="i"/> of the products takes.</summary>
    static abstract int ImageRow(int i);

    /// <summary>The vertical half of the image's transform for a line of tiles: <see cref="Extent"/> lines become <see cref="ImageSide"/> others.</summary>
    /// <param name="d">Lines of the image, or of zeros.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="to">The first column of the first line.</param>
    /// <param name="pitch">Floats from line to line.</param>
    static abstract void ImageLines<T>(float** d, int width, float* to, nint pitch)
        where T : struct, ILane<T>;

    /// <summary>The horizontal half: of what <see cref="ImageLines"/> wrote, zeros around it.</summary>
    /// <param name="from">The first tile's first column; <see cref="Step"/> lanes and <see cref="Extent"/> columns from the last tile's first are read.</param>
    /// <param name="pitch">Floats from line to line.</param>
    /// <param name="tiles">Tiles of the line.</param>
    /// <param name="to">The first tile's first place; up to a lane's length too much is written.</param>
    /// <param name="place">Floats from place to place.</param>
    static abstract void ImageColumns<T>(float* from, nint pitch, int tiles, float* to, nint place)
        where T : struct, ILane<T>;

    /// <summary>The sixteen places of the nine taps of as many kernels as a lane holds.</summary>
    /// <param name="g">The first tap.</param>
    /// <param name="tap">Floats from tap to tap; negative for a kernel turned round.</param>
    /// <param name="to">The first place.</param>
    /// <param name="place">Floats from place to place.</param>
    /// <param name="count">How many kernels there are; beside them nothing is written when this is less than a lane holds.</param>
    static abstract void Kernel<T>(float* g, nint tap, float* to, nint place, int count)
        where T : struct, ILane<T>;

    /// <summary>Floats of scratch that <see cref="Results"/> wants.</summary>
    static abstract nint Scratch(in WinogradLayer layer);

    /// <summary>Products back into results, for some lines of tiles of one plane.</summary>
    /// <param name="layer">Sizes.</param>
    /// <param name="m">The first tile's first place; up to a lane's length too much is read before and behind.</param>
    /// <param name="place">Floats from place to place.</param>
    /// <param name="row">First line of tiles.</param>
    /// <param name="rows">Lines of tiles.</param>
    /// <param name="bias">Added to every result.</param>
    /// <param name="plane">The plane's first result.</param>
    /// <param name="scratch">As many floats as <see cref="Scratch"/> says, zeros at first.</param>
    static abstract void Results<T>(in WinogradLayer layer, float* m, nint place, int row, int rows, float bias, float* plane, float* scratch)
        where T : struct, ILane<T>;
}
