using Engram.Kernels.LinearAlgebra;

namespace Engram.Kernels.Simt;

/// <summary>
/// Truncated SVD: an orthonormal basis of the range of A (of all of it where a side is small, else a randomized sketch with power iterations; Halko,
/// Martinsson and Tropp 2011), then the eigenproblem of what A makes of the basis. Bases are rows, made orthonormal by Cholesky QR in double precision, twice.
/// </summary>
internal abstract partial class GpuDevice
{
    // iterations where the caller does not say: the host is not asked how far the energy has come
    private const int UsualIterations = 6, SmallSide = 128, WidthStep = 16;
    private const double FloatEpsilon = 1.1920928955078125e-7;

    public override SvdStatus TruncatedSvd(in View a, RandomizedSvdOptions options, in View u, in View s, View? vt)
    {
        const string op = "truncated svd";
        if (a.Layout.Rank != 2)
            throw new ArgumentException($"{op}: expected a matrix [rows, columns], got {a.Layout}");
        int m = a.Layout.Size(0), n = a.Layout.Size(1), rank = options.Rank, small = Math.Min(m, n);
        _ = RandomizedSvd.ScratchLength(m, n, options); // its checks are the contract's
        int width = (int)Math.Min(((long)rank + options.Oversampling + WidthStep - 1) / WidthStep * WidthStep, small);
        bool exact = options.Path == SvdPath.Gram || (options.Path == SvdPath.Auto && (small <= SmallSide || small <= 2 * width));
        int size = exact ? small : width;
        if (size > TriangleKernel.Limit)
            throw new NotSupportedException($"{op}: {Name} decomposes with at most {TriangleKernel.Limit} directions, {a.Layout} with rank {rank} takes {size}");
        Floats left = Vector(op, "u", u, m * rank), values = Vector(op, "s", s, rank), right = vt is { } wanted ? Vector(op, "vt", wanted, rank * n) : values;
        Fill(u, 0f);
        Fill(s, 0f);
        if (vt is { } rows)
            Fill(rows, 0f);
        bool turned = exact && m > n;
        using DeviceBuffer<float> copy = Allocate<float>(checked(m * n));
        View whole = new(copy, Layout.RowMajor(turned ? [n, m] : [m, n]));
        Copy(turned ? a.With(a.Layout.Transpose(0, 1)) : a, whole);
        double energy = Normalize(op, whole, out double unit);
        SvdPath path = exact ? SvdPath.Gram : SvdPath.Sketch;
        if (energy == 0)
            return new SvdStatus(0, 0, true, 0, path);

        // rows of the basis, and what the matrix makes of them
        int iterations = exact ? 0 : options.PowerIterations ?? UsualIterations, columns = whole.Layout.Size(1);
        using DeviceBuffer<float> image = exact ? Allocate<float>(0) : Allocate<float>(size * columns);
        using DeviceBuffer<float> basis = exact ? UnitRows(size) : Sketch(whole, size, iterations, options.Seed, image);
        Floats of = exact ? At(whole) : Own(image).View(0, size * columns);
        using GpuBuffer<double> gram = Doubles(size * size), work = Doubles(size * size), vectors = Doubles(size * size), eigenvalues = Doubles(size);
        using GpuBuffer<double> kept = Doubles(rank), inverse = Doubles(rank);
        InnerProducts(of, columns, size, of, columns, size, columns, lower: false, gram.View(0, size * size));
        LaunchGroups(new EigenKernel
        {
            A = gram.View(0, size * size), Turned = work.View(0, size * size), Values = eigenvalues.View(0, size), Vectors = vectors.View(0, size * size), Size = size,
        }, 1);
        double drop = options.DropTolerance ?? FloatEpsilon * Math.Sqrt(Math.Max(m, n));
        Each(new SpectrumKernel
        {
            Values = eigenvalues.View(0, size), Kept = kept.View(0, rank), Inverse = inverse.View(0, rank), S = values, Drop = drop, Unit = unit, Size = size, Rank = rank,
        }, rank);

        // vectors on the basis' side, and on the other one, whose rounding 1/σ has magnified: once more orthonormal
        int count = Math.Min(rank, size), length = whole.Layout.Size(0);
        if (!turned || vt is not null)
            Combine(vectors, size, count, Own(basis).View(0, size * length), length, turned ? right : left, turned ? n : 1, turned ? 1 : rank, kept);
        if (turned || vt is not null)
        {
            using DeviceBuffer<float> other = Allocate<float>(count * columns);
            Floats raw = Own(other).View(0, count * columns);
            Combine(vectors, size, count, of, columns, raw, columns, 1, inverse);
            InnerProducts(raw, columns, count, raw, columns, count, columns, lower: true, gram.View(0, count * count));
            LaunchGroups(new TriangleKernel { Gram = gram.View(0, count * count), Inverse = work.View(0, count * count), Size = count }, 1);
            Combine(work, count, count, raw, columns, turned ? left : right, turned ? 1 : n, turned ? rank : 1, null);
        }

        return Status(eigenvalues, size, rank, drop, energy, iterations, path);
    }

    /// <summary>Scales the matrix to a norm between 1 and 2 by a power of two; returns Σ a² afterwards.</summary>
    private double Normalize(string op, in View whole, out double unit)
    {
        View flat = whole.With(Layout.RowMajor([whole.Count]));
        double energy = Dot(flat, flat);
        unit = 1;
        if (!double.IsFinite(energy))
            throw new ArgumentException($"{op}: an entry of the matrix is NaN or infinite");
        if (energy > (double)float.MaxValue * float.MaxValue)
            throw new ArgumentException($"{op}: the Frobenius norm {Math.Sqrt(energy):g3} exceeds the largest float32, so singular values cannot be returned. Scale the input down.");
        if (energy == 0)
            return 0;
        int exponent = Math.ILogB(Math.Sqrt(energy)), half = exponent / 2;
        unit = Math.ScaleB(1, exponent);

        // two factors, so that neither leaves the range
        Map(new ScaleOp((float)Math.ScaleB(1, -half)), flat, flat);
        Map(new ScaleOp((float)Math.ScaleB(1, half - exponent)), flat, flat);
        return energy / unit / unit;
    }

    /// <summary>Orthonormal rows [size, rows] that span the range of a, and their products with a [size, columns].</summary>
    private DeviceBuffer<float> Sketch(in View a, int size, int iterations, ulong seed, DeviceBuffer<float> image)
    {
        int m = a.Layout.Size(0), n = a.Layout.Size(1);
        DeviceBuffer<float> basis = Allocate<float>(size * m);
        using DeviceBuffer<float> spare = Allocate<float>(size * Math.Max(m, n));
        View rows = new(basis, Layout.RowMajor([size, m])), images = new(image, Layout.RowMajor([size, n])), transposed = a.With(a.Layout.Transpose(0, 1));
        FillNormal(RandomStream.For(seed, "randomized svd"), images.With(Layout.RowMajor([size * n])), 0f, 1f);
        for (int i = 0; i <= iterations; i++)
        {
            Gemm(images, transposed, rows, 1f, 0f, null, default(IdentityOp));
            Orthonormalize(rows, spare);
            Gemm(rows, a, images, 1f, 0f, null, default(IdentityOp));
            if (i < iterations)
                Orthonormalize(images, spare);
        }

        return basis;
    }

    private void Orthonormalize(in View rows, DeviceBuffer<float> spare)
    {
        int size = rows.Layout.Size(0), length = rows.Layout.Size(1);
        using GpuBuffer<double> gram = Doubles(size * size), triangle = Doubles(size * size);
        Floats x = At(rows), y = Own(spare).View(0, size * length);
        for (int pass = 0; pass < 2; pass++)
        {
            InnerProducts(x, length, size, x, length, size, length, lower: true, gram.View(0, size * size));
            LaunchGroups(new TriangleKernel { Gram = gram.View(0, size * size), Inverse = triangle.View(0, size * size), Size = size }, 1);
            Combine(triangle, size, size, x, length, y, length, 1, null);
            (x, y) = (y, x);
        }
    }

    private DeviceBuffer<float> UnitRows(int size)
    {
        DeviceBuffer<float> rows = Allocate<float>(size * size);
        Each(new UnitRowsKernel { X = Own(rows).View(0, size * size), Size = size }, (long)size * size);
        return rows;
    }

    private void Combine(GpuBuffer<double> m, int terms, int rows, Floats x, int columns, Floats y, int yRow, int yStep, GpuBuffer<double>? scale) => Each(
        new CombineRowsKernel
        {
            M = m.View(0, rows * terms), Scale = (scale ?? m).View(0, scale is null ? 1 : rows), X = x, Y = y, MRow = terms, Terms = terms, XRow = columns, YRow = yRow,
            YStep = yStep, HasScale = scale is null ? 0 : 1, Rows = rows, Columns = columns,
        }, (long)rows * columns);

    private SvdStatus Status(GpuBuffer<double> eigenvalues, int size, int rank, double drop, double energy, int iterations, SvdPath path)
    {
        Span<double> values = new double[size];
        Receive(eigenvalues, 0, values);
        int kept = 0;
        double captured = 0;
        while (kept < Math.Min(rank, size) && values[kept] > 0 && Math.Sqrt(values[kept]) > drop * Math.Sqrt(values[0]))
            captured += values[kept++];
        return new SvdStatus(kept, iterations, true, Math.Sqrt(Math.Max(0, energy - captured) / energy), path);
    }

    private GpuBuffer<double> Doubles(int length) => (GpuBuffer<double>)Allocate<double>(length);
}
