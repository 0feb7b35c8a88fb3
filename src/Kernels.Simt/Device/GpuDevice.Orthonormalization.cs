namespace Engram.Kernels.Simt;

/// <summary>
/// Orthonormal bases. Rows are made orthonormal by Cholesky QR in double precision, twice (X ← L⁻¹X with L Lᵀ = X Xᵀ; Yamamoto et al. 2015); where a vector is
/// rounding noise beside those before it, or the first pass has not come near enough, Householder reflections take the first pass's place: their vectors are
/// orthonormal whatever the rank.
/// </summary>
internal abstract partial class GpuDevice
{
    // Of a squared norm, what must be left beside the vectors before: more than the rounding noise of single precision, and of vectors nearly orthonormal almost all.
    private const double Noise = 1e-12, Orthogonal = 0.99;

    /// <summary>Makes the rows of a contiguous matrix [size, length], size at most length, orthonormal in place, given as much memory again.</summary>
    internal void Orthonormalize(in View rows, DeviceBuffer<float> spare)
    {
        Floats x = At(rows);
        int size = rows.Layout.Size(0), length = rows.Layout.Size(1);
        Orthonormalize(x, Own(spare).View(0, size * length), size, length, x, length, 1);
    }

    /// <summary>
    /// Overwrites rows X [size, length], size at most length, and writes orthonormal rows Q with X = R Q to a target, R lower triangular with a diagonal that is not
    /// negative: row i of Q is of the first i + 1 rows of X. As many rows as there are, however many directions X has. The host waits for two numbers.
    /// </summary>
    /// <param name="x">Rows [size, length], contiguous, from the beginning of a buffer; finite.</param>
    /// <param name="spare">As many elements again.</param>
    /// <param name="size">Rows.</param>
    /// <param name="length">Their length.</param>
    /// <param name="target">Where Q goes; may be <paramref name="x"/>.</param>
    /// <param name="targetRow">Step from row to row of the target.</param>
    /// <param name="targetStep">Step from element to element of a row of the target.</param>
    private void Orthonormalize(Floats x, Floats spare, int size, int length, Floats target, int targetRow, int targetStep)
    {
        using GpuBuffer<double> gram = Doubles(size * size), inverse = Doubles(size * size), norms = Doubles(size), scale = Doubles(size), shares = Doubles(2);
        Cholesky(x, size, length, gram, inverse, norms, scale, shares, 0);
        Combine(inverse, size, size, x, length, spare, length, 1, scale);
        Cholesky(spare, size, length, gram, inverse, norms, scale, shares, 1);
        Span<double> least = stackalloc double[2];
        Receive(shares, 0, least);
        if (!(least[0] > Noise && least[1] > Orthogonal))
        {
            Householder(x, size, length, spare);
            Cholesky(spare, size, length, gram, inverse, norms, scale, shares, 1);
        }

        Combine(inverse, size, size, spare, length, target, targetRow, targetStep, scale);
    }

    /// <summary>What makes rows orthonormal: L⁻¹ of their Gram matrix, rows to be scaled; and the share of a vector beside those before it, of the worst one.</summary>
    private void Cholesky(
        Floats x, int size, int length, GpuBuffer<double> gram, GpuBuffer<double> inverse, GpuBuffer<double> norms, GpuBuffer<double> scale, GpuBuffer<double> shares, int place)
    {
        Doubles g = gram.View(0, size * size), rows = inverse.View(0, size * size), diagonal = norms.View(0, size);
        InnerProducts(x, length, size, x, length, size, length, IsAligned(length), lower: true, g);
        Each(new UnitAndDiagonalKernel { A = g, Unit = rows, Diagonal = diagonal, Size = size }, (long)size * size);
        for (int k = 0; k < size - 1; k++)
            Each(new CholeskyStepKernel { Gram = g, Inverse = rows, Size = size, Step = k }, (long)(size - 1 - k) * size);
        Each(new CholeskyEndKernel { Gram = g, Norms = diagonal, Scale = scale.View(0, size), Shares = shares.View(0, 2), Size = size, Place = place }, size);
    }

    /// <summary>Orthonormal rows of the span of X by reflections; overwrites X by the reflectors.</summary>
    private void Householder(Floats x, int size, int length, Floats q)
    {
        using GpuBuffer<double> tau = Doubles(size), signs = Doubles(size);
        for (int k = 0; k < size; k++)
            LaunchGroups(new HouseholderStepKernel { X = x, Tau = tau.View(0, size), Signs = signs.View(0, size), Length = length, Step = k }, size - k);
        LaunchGroups(new HouseholderBasisKernel { Reflectors = x, Q = q, Tau = tau.View(0, size), Signs = signs.View(0, size), Length = length }, size);
    }

    private void Combine(GpuBuffer<double> m, int terms, int rows, Floats x, int columns, Floats y, int yRow, int yStep, GpuBuffer<double>? scale) => Each(
        new CombineRowsKernel
        {
            M = m.View(0, rows * terms), Scale = (scale ?? m).View(0, scale is null ? 1 : rows), X = x, Y = y, MRow = terms, Terms = terms, XRow = columns, YRow = yRow,
            YStep = yStep, HasScale = scale is null ? 0 : 1, Rows = rows, Columns = columns,
        }, (long)rows * columns);

    private GpuBuffer<double> Doubles(int length) => (GpuBuffer<double>)Allocate<double>(length);
}
