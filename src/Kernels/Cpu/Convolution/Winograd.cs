namespace Engram.Kernels.Cpu;

/// <summary>
/// Convolutions of 3×3 kernels by Winograd's minimal filtering F(2×2, 3×3) (Lavin and Gray, arXiv 1509.09308): Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A for every tile of 2×2 results. With stride 1 a tile sees 4×4 elements d of the
/// image, and sixteen products take the place of thirty-six (<see cref="WinogradUnitStride"/>); with stride 2 it sees 5×5, and there are twenty-five (<see cref="WinogradTwoStride"/>). Each place is one matrix product over the
/// channels. The gradient of the images is the same with the kernel turned round, with stride 2 the transposed algorithm (<see cref="WinogradTwoStrideImage"/>); that of the weights is dg = Gᵀ[Σ (A dY Aᵀ) ⊙ (Bᵀ d B)]G over all tiles.
/// </summary>
/// <remarks>
/// A result depends on the nine elements under its window and on nothing else, as in the direct sum: what the tile's other elements contribute cancels in the transforms' definition, not by rounding.
/// With u = 2⁻²⁴ the error of a result over C channels is at most (C + 12) u times Aᵀ̄[(Ḡ|g|Ḡᵀ) ⊙ (B̄ᵀ|d|B̄)]Ā to first order, where a bar makes the entries of a matrix
/// positive; the direct sum has (9 C + 1) u times |g| ⋆ |d|. For the gradient of the weights over T tiles it is (T + 12) u times the same form of the transposed transforms. Infinities and numbers near the end of the range
/// may give NaN where the direct sum gives an infinity. The order of additions follows from the shape: neither the number of threads nor that of images in a block changes a bit.
/// </remarks>
public static unsafe class Winograd
{
    // fewer channels or outputs leave more to the transforms than the products save
    private const int LeastChannels = 16;

    // lines of fewer tiles fill a part of a lane, which only larger products outweigh
    private const int WholeColumns = 4;

    // tiles of an image that is worked whole
    private const int MostImageTiles = 512;

    /// <summary>Whether the algorithm can compute this convolution and its gradients.</summary>
    /// <param name="s">Sizes.</param>
    public static bool Fits(in ConvolutionShape s) =>
        s is { KernelHeight: 3, KernelWidth: 3, Geometry: { StrideHeight: 1 or 2, DilationHeight: 1, DilationWidth: 1, PaddingHeight: <= 2, PaddingWidth: <= 2 } } && s.Geometry.StrideWidth == s.Geometry.StrideHeight
        && s.GroupChannels > 0 && s.GroupOutputs > 0;

    /// <summary>Whether the forward pass and the gradient of the images are faster this way: where tiles outweigh transforming the weights, and their lines fill lanes.</summary>
    /// <param name="s">Sizes.</param>
    public static bool Pays(in ConvolutionShape s)
    {
        if (!Fits(s) || Math.Min(s.GroupChannels, s.GroupOutputs) < LeastChannels)
            return false;
        long columns = Tiles(s.OutputWidth), plane = columns * Tiles(s.OutputHeight), tiles = s.Batch * plane, weights = (long)s.GroupChannels * s.GroupOutputs;
        return s.Geometry.StrideHeight == 1
            ? tiles >= Math.Max(12, weights / 8192) && (columns >= WholeColumns || weights * columns >= 4096)
            : tiles >= Math.Max(24, weights / 2048) && (columns >= WholeColumns || weights * columns >= 16384) && plane <= MostImageTiles;
    }

    /// <summary>Whether the gradient of the weights is faster this way.</summary>
    /// <param name="s">Sizes.</param>
    public static bool PaysForWeights(in ConvolutionShape s)
    {
        long tiles = (long)s.Batch * Tiles(s.OutputHeight) * Tiles(s.OutputWidth), weights = (long)s.GroupChannels * s.GroupOutputs;
        return Fits(s) && Math.Min(s.GroupChannels, s.GroupOutputs) >= LeastChannels && tiles >= Math.Max(12, weights / (s.Geometry.StrideHeight == 1 ? 8192 : 6144));
    }

    /// <summary>y ← x ⋆ weight + bias, as <see cref="Convolution.Forward"/>.</summary>
    /// <param name="plan">Rung and block sizes.</param>
    /// <param name="s">Sizes, of which <see cref="Fits"/> is true.</param>
    /// <param name="x">Images.</param>
    /// <param name="weight">Weights.</param>
    /// <param name="bias">One value per output, or null.</param>
    /// <param name="y">Results, written.</param>
    /// <param name="splitter">Threads to use.</param>
    public static void Forward(GemmPlan plan, in ConvolutionShape s, float* x, float* weight, float* bias, float* y, WorkSplitter splitter)
    {
        var g = s.Geometry;
        var layer = new WinogradLayer
        {
            Images = s.Batch, Channels = s.GroupChannels, Height = s.Height, Width = s.Width, Outputs = s.GroupOutputs, OutputHeight = s.OutputHeight, OutputWidth = s.OutputWidth,
            TileRows = Tiles(s.OutputHeight), TileColumns = Tiles(s.OutputWidth), PaddingHeight = g.PaddingHeight, PaddingWidth = g.PaddingWidth, Input = x, Output = y, Bias = bias,
            ImageStride = (nint)s.Channels * s.Height * s.Width, OutputStride = (nint)s.Outputs * s.OutputHeight * s.OutputWidth, Weight = weight, WeightRow = (nint)s.GroupChannels * s.Taps, WeightChannel = s.Taps,
        };
        if (g.StrideHeight == 1)
            Product<WinogradUnitStride>(plan, splitter, g.Groups, layer);
        else
            Product<WinogradTwoStride>(plan, splitter, g.Groups, layer);
    }

    /// <summary>dx (+)= what dy makes of the images, as <see cref="Convolution.BackwardData"/>.</summary>
    /// <param name="plan">Rung and block sizes.</param>
    /// <param name="s">Sizes, of which <see cref="Fits"/> is true.</param>
    /// <param name="dy">Gradient of the results.</param>
    /// <param name="weight">Weights.</param>
    /// <param name="dx">Gradient of the images.</param>
    /// <param name="accumulate">Add to what dx holds.</param>
    /// <param name="splitter">Threads to use.</param>
    public static void BackwardData(GemmPlan plan, in ConvolutionShape s, float* dy, float* weight, float* dx, bool accumulate, WorkSplitter splitter)
    {
        var g = s.Geometry;
        var layer = new WinogradLayer
        {
            Images = s.Batch, Channels = s.GroupOutputs, Height = s.OutputHeight, Width = s.OutputWidth, Outputs = s.GroupChannels, OutputHeight = s.Height, OutputWidth = s.Width, Input = dy, Output = dx, Add = accumulate,
            ImageStride = (nint)s.Outputs * s.OutputHeight * s.OutputWidth, OutputStride = (nint)s.Channels * s.Height * s.Width, Weight = weight, WeightRow = s.Taps, WeightChannel = (nint)s.GroupChannels * s.Taps,
        };
        if (g.StrideHeight == 1)
        {
            (layer.TileRows, layer.TileColumns, layer.Turned) = (Tiles(s.Height), Tiles(s.Width), true);
            (layer.PaddingHeight, layer.PaddingWidth) = (2 - g.PaddingHeight, 2 - g.PaddingWidth);
            Product<WinogradUnitStride>(plan, splitter, g.Groups, layer);
            return;
        }

        (layer.TileRows, layer.TileColumns) = (Tiles(s.OutputHeight), Tiles(s.OutputWidth));
        (layer.PaddingHeight, layer.PaddingWidth) = (g.PaddingHeight, g.PaddingWidth);
        Product<WinogradTwoStrideImage>(plan, splitter, g.Groups, layer);
    }

    /// <summary>dweight (+)= Σ over images and results of dy · x, as <see cref="Convolution.BackwardWeight"/>.</summary>
    /// <param name="plan">Rung and block sizes.</param>
    /// <param name="s">Sizes, of which <see cref="Fits"/> is true.</param>
    /// <param name="dy">Gradient of the results.</param>
    /// <param name="x">Images.</param>
    /// <param name="dweight">Gradient of the weights.</param>
    /// <param name="accumulate">Add to what dweight holds.</param>
    /// <param name="splitter">Threads to use.</param>
    public static void BackwardWeight(GemmPlan plan, in ConvolutionShape s, float* dy, float* x, float* dweight, bool accumulate, WorkSplitter splitter)
    {
        if (s.Geometry.StrideHeight == 1)
            Gradient<WinogradUnitStride>(plan, s, dy, x, dweight, accumulate, splitter);
        else
            Gradient<WinogradTwoStride>(plan, s, dy, x, dweight, accumulate, splitter);
    }

    private static int Tiles(int results) => (results + 1) / 2;

    private static void Product<TFilter>(GemmPlan plan, WorkSplitter splitter, int groups, in WinogradLayer layer)
        where TFilter : struct, IWinogradFilter
    {
        switch (plan.Rung)
        {
            case GemmRung.Bits512: WinogradProduct<GemmRung512, TFilter>.Run(splitter, groups, layer); break;
            case GemmRung.Bits256: WinogradProduct<GemmRung256, TFilter>.Run(splitter, groups, layer); break;
            default: WinogradProduct<GemmRung128, TFilter>.Run(splitter, groups, layer); break;
        }
    }

    private static void Gradient<TTile>(GemmPlan plan, in ConvolutionShape s, float* dy, float* x, float* dweight, bool accumulate, WorkSplitter splitter)
        where TTile : struct, IWinogradTile
    {
        switch (plan.Rung)
        {
            case GemmRung.Bits512: WinogradGradient<GemmRung512, TTile>.Run(s, dy, x, dweight, accumulate, splitter); break;
            case GemmRung.Bits256: WinogradGradient<GemmRung256, TTile>.Run(s, dy, x, dweight, accumulate, splitter); break;
            default: WinogradGradient<GemmRung128, TTile>.Run(s, dy, x, dweight, accumulate, splitter); break;
        }
    }
}
