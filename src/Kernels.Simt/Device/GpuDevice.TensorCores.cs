using Engram.Kernels.Cpu;

namespace Engram.Kernels.Simt;

internal abstract partial class GpuDevice
{
    /// <summary>Bytes of shared memory that a tensor core kernel takes: three stages of slices of both sides.</summary>
    internal const int TensorSharedBytes = 3 * 2 * TensorTile * TensorSlice * sizeof(float);

    // a tile's rows and columns, the depth of a slice, the least side that is worth a tile, and what a grid may have in its second and third direction
    private const int TensorTile = 128, TensorSlice = 32, LeastSide = 16, MostGroups = 65535;

    private ProductCounts _productCounts;

    /// <summary>A device; with tensor cores, products and convolutions in their precision take those.</summary>
    protected GpuDevice(ITensorCores? tensorCores = null) => TensorCores = tensorCores;

    /// <summary>What products run on that are asked for in less than float32; null where none are. Whoever made them disposes of them.</summary>
    protected ITensorCores? TensorCores { get; }

    public override ProductPrecision Precision => TensorCores?.Precision ?? ProductPrecision.Fp32;

    public override ProductCounts? ProductCounts => TensorCores is null ? null : _productCounts;

    /// <summary>
    /// A product of matrices on tensor cores, or false where the kernels in C# have to do it. Their own ending knows no activation but a rectifier: others, and sums of
    /// parts of the depth, are finished by the target's own code.
    /// </summary>
    private bool OnTensorCores<TOp>(in View a, in View b, in View c, View? bias, in MatrixTarget<TOp> target, int batch, int m, int n, int k) where TOp : struct, IUnaryOp
    {
        if (TensorCores is not { } cores || !Takes(batch, m, n, k))
            return false;
        TensorProduct product = Sizes(m, n, k);
        int rowA = a.Layout.Stride(-2), depthA = a.Layout.Stride(-1), rowB = b.Layout.Stride(-1), depthB = b.Layout.Stride(-2);
        product.Left = Side(cores, a, rowA, depthA);
        product.Right = Side(cores, b, rowB, depthB);
        product.Result = Address(cores, c);
        product.Bias = bias is { } added ? Address(cores, added) : 0;
        product.RowStep = target.RowStep;
        product.BatchStep = target.BatchStep;
        product.Wide = target.Wide;
        product.Alpha = target.Alpha;
        product.Beta = target.Beta;
        product.HasBias = target.HasBias;
        product.Relu = typeof(TOp) == typeof(ReluOp) ? 1 : 0;
        bool whole = typeof(TOp) == typeof(ReluOp) || typeof(TOp) == typeof(IdentityOp);
        string kernel = (AlongDepth(rowA, depthA), AlongDepth(rowB, depthB)) switch
        {
            (true, true) => "product_depth_depth",
            (true, false) => "product_depth_lines",
            (false, true) => "product_lines_depth",
            _ => "product_lines_lines",
        };
        Launch(cores, kernel, product, whole, target, batch);
        return true;
    }

    /// <summary>Launches a product whole, or its raw sums into scratch memory, from where the target takes them.</summary>
    private void Launch<TTarget>(ITensorCores cores, string kernel, TensorProduct product, bool whole, in TTarget target, int batch) where TTarget : struct, ITileTarget
    {
        int tilesX = (product.Columns + TensorTile - 1) / TensorTile, tilesY = (product.Rows + TensorTile - 1) / TensorTile;
        (product.Parts, product.PartDepth) = DepthParts(Tiles(TensorTile, batch, product.Rows, product.Columns), product.Depth, TensorSlice);
        _productCounts = _productCounts with { TensorCores = _productCounts.TensorCores + 1 };
        if (whole && product.Parts == 1)
        {
            cores.Launch(kernel, product, tilesX, tilesY, batch);
            return;
        }

        int elements = checked(product.Rows * product.Columns);
        Floats sums = Scratch(ProductParts, checked(batch * product.Parts * elements));
        product.Result = cores.Address(_floats[ProductParts]!, 0);
        product.RowStep = product.Columns;
        product.BatchStep = elements;
        product.Wide = IsAligned(product.Columns) ? 1 : 0;
        product.Alpha = 1f;
        product.Beta = 0f;
        product.HasBias = product.Relu = product.Planes = 0;
        cores.Launch(kernel, product, tilesX, tilesY, batch * product.Parts);
        Each(
            new AddTilesKernel<TTarget> { Parts = sums, Target = target, PartCount = product.Parts, Elements = elements, Columns = product.Columns, Count = batch * elements },
            batch * elements);
    }

    private bool Takes(int batch, int rows, int columns, int depth)
    {
        bool small = rows < LeastSide || columns < LeastSide || depth < LeastSide;
        bool large = (rows + TensorTile - 1) / TensorTile > MostGroups || batch > MostGroups;
        if (small)
            _productCounts = _productCounts with { Small = _productCounts.Small + 1 };
        else if (large)
            _productCounts = _productCounts with { Large = _productCounts.Large + 1 };
        return !small && !large;
    }

    private nint Address(ITensorCores cores, in View view) => cores.Address(Own(view.Buffer), view.Layout.Offset);

    private static TensorProduct Sizes(int rows, int columns, int depth) => new() { Rows = rows, Columns = columns, Depth = depth };

    // how the side lies in shared memory: in chunks along the depth or along its lines, as it is read at once in device memory
    private static bool AlongDepth(int lineStep, int depthStep) => depthStep == 1 || lineStep != 1;

    private TensorSide Side(ITensorCores cores, in View x, int lineStep, int depthStep)
    {
        int batchStep = x.Layout.Rank == 2 ? 0 : x.Layout.Stride(0), across = depthStep == 1 ? lineStep : lineStep == 1 ? depthStep : 1;
        return new TensorSide
        {
            Start = Address(cores, x), LineStep = lineStep, DepthStep = depthStep, BatchStep = batchStep, Wide = IsAligned(x) && IsAligned(across) && IsAligned(batchStep) ? 1 : 0,
        };
    }
}
