using Engram.Kernels.LinearAlgebra;

namespace Engram.Kernels.Simt;

/// <summary>
/// Truncated SVD: an orthonormal basis of the range of A (of all of it where a side is small, else a randomized sketch with power iterations; Halko,
/// Martinsson and Tropp 2011), then the eigenproblem of what A makes of the basis. Vectors are rows; any number of directions.
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
        Floats left = Vector(op, "u", u, m * rank), values = Vector(op, "s", s, rank), right = vt is { } wanted ? Vector(op, "vt", wanted, rank * n) : values;
        Fill(u, 0f);
        Fill(s, 0f);
        if (vt is { } rows)
            Fill(rows, 0f);
        bool turned = exact && m > n;
        using DeviceBuffer<float> copy = Allocate<float>(checked(m * n));
        View whole = new(copy, Layout.RowMajor(turned ? [n, m] : [m, n]));
        Copy(turned ? a.With(a.Layout.Transpose(0, 1)) : a, whole);
        double energy = Normalize(a, whole, out double unit);
        SvdPath path = exact ? SvdPath.Gram : SvdPath.Sketch;
        if (energy == 0)
            return new SvdStatus(0, 0, true, 0, path);

        // rows of the basis, and what the matrix makes of them
        int iterations = exact ? 0 : options.PowerIterations ?? UsualIterations, columns = whole.Layout.Size(1);
        using DeviceBuffer<float> image = exact ? Allocate<float>(0) : Allocate<float>(size * columns);
        using DeviceBuffer<float> basis = exact ? UnitRows(size) : Sketch(whole, size, iterations, options.Seed, image);
        Floats of = exact ? At(whole) : Own(image).View(0, size * columns);
        using GpuBuffer<double> gram = Doubles(size * size), vectors = Doubles(size * size), eigenvalues = Doubles(size), inverse = Doubles(rank);
        InnerProducts(of, columns, size, of, columns, size, columns, IsAligned(columns), lower: false, gram.View(0, size * size));
        Eigenvectors(gram, size, energy, eigenvalues, vectors);
        double drop = options.DropTolerance ?? FloatEpsilon * Math.Sqrt(Math.Max(m, n));
        SvdStatus status = Status(eigenvalues, size, rank, drop, energy, iterations, path);
        int kept = status.EffectiveRank, length = whole.Layout.Size(0);
        if (kept == 0)
            return status;
        Each(new SpectrumKernel { Values = eigenvalues.View(0, size), Inverse = inverse.View(0, rank), S = values, Unit = unit, Count = kept }, kept);

        // vectors on the basis' side, and on the other one, whose rounding 1/σ has magnified: once more orthonormal
        if (!turned || vt is not null)
            Combine(vectors, size, kept, Own(basis).View(0, size * length), length, turned ? right : left, turned ? n : 1, turned ? 1 : rank, null);
        if (turned || vt is not null)
        {
            using DeviceBuffer<float> other = Allocate<float>(kept * columns), spare = Allocate<float>(kept * columns);
            Floats raw = Own(other).View(0, kept * columns);
            Combine(vectors, size, kept, of, columns, raw, columns, 1, inverse);
            Orthonormalize(raw, Own(spare).View(0, kept * columns), kept, columns, turned ? left : right, turned ? 1 : n, turned ? rank : 1);
        }

        return status;
    }

    /// <summary>Scales the matrix to a norm between 1 and 2 by a power of two; returns Σ a² afterwards.</summary>
    private double Normalize(in View a, in View whole, out double unit)
    {
        View flat = whole.With(Layout.RowMajor([whole.Count]));
        double energy = Dot(flat, flat);
        unit = 1;
        if (!double.IsFinite(energy))
            throw NotFinite(a);
        RandomizedSvd.CheckNorm(nameof(RandomizedSvd), energy);
        if (energy == 0)
            return 0;
        int exponent = Math.ILogB(Math.Sqrt(energy)), half = exponent / 2;
        unit = Math.ScaleB(1, exponent);

        // two factors, so that neither leaves the range
        Map(new ScaleOp((float)Math.ScaleB(1, -half)), flat, flat);
        Map(new ScaleOp((float)Math.ScaleB(1, half - exponent)), flat, flat);
        return energy / unit / unit;
    }

    // the first entry, row by row, that times 0 is not 0, in the words of the CPU
    private ArgumentException NotFinite(in View a)
    {
        int m = a.Layout.Size(0), n = a.Layout.Size(1);
        using DeviceBuffer<float> copy = Allocate<float>(m * n), zeros = Allocate<float>(m * n);
        using DeviceBuffer<int> first = Allocate<int>(1);
        View entries = new(copy, Layout.RowMajor([1, m * n])), marked = new(zeros, entries.Layout);
        Copy(a, entries.With(Layout.RowMajor([m, n])));
        Map(new ScaleOp(0f), entries, marked);
        ArgMax(marked, IndexView.All(first));
        Span<int> place = stackalloc int[1];
        Span<float> value = stackalloc float[1];
        Download(first, 0, place);
        Download(copy, place[0], value);
        return MatrixScan.NotFinite(nameof(RandomizedSvd), m, n, value[0], place[0] / n, place[0] % n);
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
            ExactProduct(images, transposed, rows);
            Orthonormalize(rows, spare);
            ExactProduct(rows, a, images);
            if (i < iterations)
                Orthonormalize(images, spare);
        }

        return basis;
    }

    private DeviceBuffer<float> UnitRows(int size)
    {
        DeviceBuffer<float> rows = Allocate<float>(size * size);
        Each(new UnitRowsKernel { X = Own(rows).View(0, size * size), Size = size }, (long)size * size);
        return rows;
    }

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
}
