using Engram.Kernels;

namespace Engram;

public readonly partial struct Tensor
{
    /// <summary>op(x) element for element, in a new tensor.</summary>
    public Tensor Map<TOp>(in TOp op) where TOp : struct, IUnaryOp
    {
        Tensor y = Uninitialized(Device, Layout.Sizes);
        Device.Map(op, View, y._view);
        return y;
    }

    /// <summary>op(this, other) element for element under broadcasting, in a new tensor.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Zip<TOp>(in Tensor other, in TOp op) where TOp : struct, IBinaryOp
    {
        Dims6 sizes = Layout.BroadcastSizes(typeof(TOp).Name, Layout, other.Layout, out int rank);
        ReadOnlySpan<int> shape = ((ReadOnlySpan<int>)sizes)[..rank];
        Tensor y = Uninitialized(Device, shape);
        Device.Zip(op, BroadcastTo(shape).View, other.BroadcastTo(shape).View, y._view);
        return y;
    }

    /// <summary>Matrix product [m, k]·[k, n] → [m, n], or [b, m, k]·[b, k, n] → [b, m, n]; transposed operands are not copied.</summary>
    /// <exception cref="ArgumentException">The inner sizes differ, or the ranks are not 2 or 3.</exception>
    public Tensor MatMul(in Tensor other)
    {
        Dims6 sizes = MatMulSizes("matmul", this, other, out int rank);
        Tensor c = Uninitialized(Device, ((ReadOnlySpan<int>)sizes)[..rank]);
        Device.Gemm(View, other.View, c._view, 1f, 0f, null);
        return c;
    }

    /// <summary>Sizes of a matrix product, or the error that says why there is none.</summary>
    public static Dims6 MatMulSizes(string op, in Tensor a, in Tensor b, out int rank)
    {
        rank = a.Rank;
        if (a.Rank != b.Rank || rank is not (2 or 3))
            throw new ArgumentException($"{op}: expected two matrices or two batches of matrices, got {a.Layout} and {b.Layout}");
        int m = a.Size(-2), k = a.Size(-1), n = b.Size(-1);
        if (k != b.Size(-2))
            throw new ArgumentException($"{op}: inner sizes differ: a {a.Layout} has {k} columns, b {b.Layout} has {b.Size(-2)} rows." +
                (n == k ? " Did you mean b.T?" : a.Size(-2) == b.Size(-2) ? " Did you mean a.T?" : ""));
        if (rank == 3 && a.Size(0) != b.Size(0))
            throw new ArgumentException($"{op}: batch sizes differ: a {a.Layout} has {a.Size(0)} matrices, b {b.Layout} has {b.Size(0)}");
        return rank == 2 ? Dims6.Of([m, n]) : Dims6.Of([a.Size(0), m, n]);
    }

    /// <summary>Fold over one axis, which is kept with size 1 when <paramref name="keepAxis"/>.</summary>
    public Tensor Fold(FoldKind kind, int axis, bool keepAxis = false)
    {
        Dims6 sizes = Dims6.Of(Layout.Sizes);
        int a = axis < 0 ? axis + Rank : axis;
        _ = Layout.Size(axis);
        sizes[a] = 1;
        Tensor y = Uninitialized(Device, ((ReadOnlySpan<int>)sizes)[..Rank]);
        Device.Fold(kind, View, y._view);
        return keepAxis ? y : y.Select(a, 0);
    }

    /// <summary>Fold over every element, as a scalar tensor [].</summary>
    public Tensor Fold(FoldKind kind)
    {
        Span<int> ones = stackalloc int[Rank];
        ones.Fill(1);
        Tensor y = Uninitialized(Device, ones);
        Device.Fold(kind, View, y._view);
        return y.Reshape();
    }

    /// <summary>Sum of all elements.</summary>
    public float Sum() => Fold(FoldKind.Sum).ToScalar();

    /// <summary>Mean of all elements.</summary>
    public float Mean() => Fold(FoldKind.Mean).ToScalar();

    /// <summary>Largest element.</summary>
    public float Max() => Fold(FoldKind.Max).ToScalar();

    /// <summary>Smallest element.</summary>
    public float Min() => Fold(FoldKind.Min).ToScalar();

    /// <summary>Sum, element for element under broadcasting.</summary>
    public static Tensor operator +(in Tensor a, in Tensor b) => a.Zip(b, default(AddOp));

    /// <summary>Difference, element for element under broadcasting.</summary>
    public static Tensor operator -(in Tensor a, in Tensor b) => a.Zip(b, default(SubtractOp));

    /// <summary>Product, element for element under broadcasting.</summary>
    public static Tensor operator *(in Tensor a, in Tensor b) => a.Zip(b, default(MultiplyOp));

    /// <summary>Quotient, element for element under broadcasting.</summary>
    public static Tensor operator /(in Tensor a, in Tensor b) => a.Zip(b, default(DivideOp));

    /// <summary>Every element times a number.</summary>
    public static Tensor operator *(in Tensor a, float factor) => a.Map(new ScaleOp(factor));

    /// <summary>Every element with the sign turned.</summary>
    public static Tensor operator -(in Tensor a) => a.Map(default(NegateOp));
}
