using Engram.Kernels.Cpu;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests;

public sealed unsafe class StridedSpaceTests
{
    [Fact]
    public void Contiguous_operands_become_one_dimension()
    {
        var strides = Extents6.From(12, 4, 1);
        var space = new StridedSpace(3, Extents6.From(2, 3, 4), strides, strides, strides);
        Assert.Equal(1, space.Rank);
        Assert.Equal(24, space.InnerCount);
        Assert.Equal(1, space.RowCount);
    }

    [Fact]
    public void A_bias_over_a_batch_becomes_two_dimensions()
    {
        var full = Extents6.From(12, 4, 1);
        var space = new StridedSpace(3, Extents6.From(2, 3, 4), full, full, Extents6.From(0, 0, 1));
        Assert.Equal(2, space.Rank);
        Assert.Equal(4, space.InnerCount);
        Assert.Equal(6, space.RowCount);
        Assert.Equal(0, space.Stride(2, 0));
    }

    [Fact]
    public void A_scalar_has_one_element_and_an_empty_shape_none()
    {
        var none = default(Extents6);
        Assert.Equal(1, new StridedSpace(0, none, none, none).Count);
        var empty = new StridedSpace(2, Extents6.From(3, 0), Extents6.From(1, 1), Extents6.From(1, 1));
        Assert.Equal(0, empty.RowCount);
        Assert.False(new StridedWalk(empty).HasRow);
    }

    [Fact]
    public void A_negative_size_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new StridedSpace(1, Extents6.From(-1), Extents6.From(1), Extents6.From(1)));

    [Fact]
    public void Any_permuted_repeated_operands_give_what_plain_index_loops_give()
    {
        // shape, axis orders and repetition of both inputs are drawn; the output may be permuted as well
        var seeds = Gen.Choose(0, int.MaxValue - 1).ToArbitrary();
        var config = Config.QuickThrowOnFailure.WithMaxTest(Tiny.Of(200, 20));
        Prop.ForAll(seeds, seed => Check(new Random(seed))).Check(config);
    }

    private static void Check(Random random)
    {
        int rank = random.Next(1, 5);
        var sizes = new nint[rank];
        for (int d = 0; d < rank; d++)
        {
            sizes[d] = random.Next(1, 6);
        }

        var (strides0, count0) = Strides(random, sizes, mayRepeat: false);
        var (strides1, count1) = Strides(random, sizes, mayRepeat: true);
        var (strides2, count2) = Strides(random, sizes, mayRepeat: true);
        using var y = new GuardedFloats(count0);
        using var a = new GuardedFloats(Sample.Numbers(count1, random.Next()));
        using var b = new GuardedFloats(Sample.Numbers(count2, random.Next()));
        var space = new StridedSpace(rank, Extents6.From(sizes), Extents6.From(strides0), Extents6.From(strides1), Extents6.From(strides2));

        // in two pieces, as two threads would
        nint cut = random.Next((int)space.RowCount + 1);
        ElementwiseZip.Run(default(SubtractOp), space, y, a, b, 0, cut);
        ElementwiseZip.Run(default(SubtractOp), space, y, a, b, cut, space.RowCount);
        y.AssertGuards("strided zip");

        using var g = new GuardedFloats(count0);
        var backward = new StridedSpace(
            rank, Extents6.From(sizes), Extents6.From(strides0), Extents6.From(strides0), Extents6.From(strides1), Extents6.From(strides2));
        ElementwiseZipBackward.Run(default(MultiplyOp), ZipSide.B, backward, g, y, a, b, y, false, 0, backward.RowCount);

        var index = new nint[rank];
        for (nint i = 0; i < space.Count; i++)
        {
            nint rest = i;
            nint at0 = 0;
            nint at1 = 0;
            nint at2 = 0;
            for (int d = rank - 1; d >= 0; d--)
            {
                index[d] = rest % sizes[d];
                rest /= sizes[d];
                at0 += index[d] * strides0[d];
                at1 += index[d] * strides1[d];
                at2 += index[d] * strides2[d];
            }

            Assert.Equal(a.Span[(int)at1] - b.Span[(int)at2], y.Span[(int)at0]);
            Assert.Equal(y.Span[(int)at0] * a.Span[(int)at1], g.Span[(int)at0]);
        }
    }

    // contiguous strides of a random order of the axes; some axes repeated by stride 0
    private static (nint[] Strides, int Count) Strides(Random random, nint[] sizes, bool mayRepeat)
    {
        var order = Enumerable.Range(0, sizes.Length).ToArray();
        random.Shuffle(order);
        var strides = new nint[sizes.Length];
        nint next = 1;
        foreach (int d in order)
        {
            bool repeats = mayRepeat && random.Next(3) == 0;
            strides[d] = repeats ? 0 : next;
            next *= repeats ? 1 : sizes[d];
        }

        return (strides, (int)next);
    }
}
