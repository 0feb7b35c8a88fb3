using Engram.Kernels;
using Engram.Kernels.Cpu;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Kernels.Tests.Gemms;

public sealed unsafe class GemmTests : IDisposable
{
    private readonly WorkSplitter single = new(1);

    public static TheoryData<GemmRung> Rungs => [GemmRung.Bits128, GemmRung.Bits256, GemmRung.Bits512];

    public static TheoryData<GemmRung, string> RungsAndLayouts
    {
        get
        {
            var data = new TheoryData<GemmRung, string>();
            foreach (var rung in Enum.GetValues<GemmRung>())
            {
                foreach (var layout in new[] { "NN", "NT", "TN", "TT", "SN", "NS", "ST", "TS", "SS" })
                {
                    data.Add(rung, layout);
                }
            }

            return data;
        }
    }

    public void Dispose() => single.Dispose();

    [Theory]
    [MemberData(nameof(RungsAndLayouts))]
    public void Every_rung_and_layout_agrees_with_the_reference_around_the_edges_of_its_tiles(GemmRung rung, string layout)
    {
        int[] rows = GemmCase.Tiny ? [1, 3, 15] : [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 17, 20, 24, 29, 40];
        int[] columns = GemmCase.Tiny ? [1, 5, 33] : [1, 2, 3, 4, 5, 7, 8, 9, 10, 15, 16, 17, 23, 31, 32, 33, 40, 49, 65];
        int[] depths = GemmCase.Tiny ? [1, 17] : [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 21, 32, 37];
        foreach (var m in rows)
        {
            foreach (var n in columns)
            {
                // every depth meets every number of rows, and by the shift nearly every pair of the other two
                var k = depths[(m + n) % depths.Length];
                Check(rung, new GemmCase(m, n, k, layout, padding: (m + k) % 3));
            }
        }
    }

    [Theory]
    [MemberData(nameof(RungsAndLayouts))]
    public void Shapes_large_enough_for_packing_and_blocking_agree_with_the_reference(GemmRung rung, string layout)
    {
        (int M, int N, int K)[] shapes = GemmCase.Tiny
            ? [(18, 9, 40)]
            : [(100, 10, 784), (10, 100, 784), (784, 10, 100), (67, 131, 71), (193, 129, 67), (31, 70, 1100), (1, 300, 97), (300, 1, 97), (300, 97, 20), (50, 48, 900), (150, 130, 80), (2, 200, 1)];
        foreach (var (m, n, k) in shapes)
        {
            Check(rung, new GemmCase(m, n, k, layout, padding: 1));
        }
    }

    [Theory]
    [MemberData(nameof(RungsAndLayouts))]
    public void Many_small_blocks_agree_with_the_reference_and_with_any_number_of_threads(GemmRung rung, string layout)
    {
        // several blocks of rows, columns and depth, panels that end in every way, A packed and in place
        (int M, int N, int K)[] shapes = GemmCase.Tiny
            ? [(35, 21, 70)]
            : [(35, 117, 70), (65, 64, 99), (66, 145, 65), (90, 200, 130), (40, 49, 81), (20, 333, 66), (70, 100, 80), (33, 130, 140), (36, 65, 200)];
        foreach (var (packColumns, nearB) in new[] { (1, 0), (1000, 0), (1000, 100_000) })
        {
            var plan = GemmPlan.For(rung) with
            {
                BlockM = 16, BlockN = 100, BlockK = 32, PackRows = 1, PackColumns = packColumns, SwapRows = 1000, PackBothRows = 1, NearB = nearB, WideColumns = 20,
            };
            foreach (var (m, n, k) in shapes)
            {
                using var c = new GemmCase(m, n, k, layout, padding: 1, beta: 0.5f, bias: true);
                Gemm.RunWith(plan, c.Args, single, default(NoEpilogue));
                c.Verify();
                var first = c.C.ToArray();
                using var splitter = new WorkSplitter(3);
                c.Reset();
                Gemm.RunWith(plan, c.Args, splitter, default(NoEpilogue));
                Assert.True(c.C.SequenceEqual(first), $"3 threads changed {c.Describe()}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(RungsAndLayouts))]
    public void Alpha_beta_and_bias_enter_as_the_formula_says(GemmRung rung, string layout)
    {
        (int, int, int)[] shapes = GemmCase.Tiny ? [(3, 5, 17)] : [(3, 5, 17), (10, 40, 33), (30, 70, 40), (1, 40, 20), (40, 1, 20), (70, 140, 70), (2, 3, 1)];
        foreach (var (m, n, k) in shapes)
        {
            foreach (var (alpha, beta) in new[] { (1f, 1f), (-0.5f, 0f), (2f, -0.25f), (0f, 0.5f), (0f, 0f) })
            {
                Check(rung, new GemmCase(m, n, k, layout, 2, alpha, beta, bias: true));
                Check(rung, new GemmCase(m, n, k, layout, 0, alpha, beta, bias: false));
            }
        }
    }

    [Theory]
    [MemberData(nameof(RungsAndLayouts))]
    public void With_beta_zero_the_old_C_is_never_read(GemmRung rung, string layout)
    {
        foreach (var (m, n, k) in new[] { (1, 3, 20), (5, 19, 20), (15, 33, 18), (30, 70, 20), (3, 4, 0) })
        {
            using var c = new GemmCase(m, n, k, layout, 1, bias: true);
            c.FillC(float.NaN);
            Gemm.RunWith(GemmPlan.For(rung), c.Args, single, default(NoEpilogue));
            c.Verify();
        }
    }

    [Theory]
    [MemberData(nameof(RungsAndLayouts))]
    public void Infinities_and_NaN_reach_exactly_the_elements_they_should(GemmRung rung, string layout)
    {
        foreach (var (m, n, k) in new[] { (5, 19, 21), (30, 70, 35), (1, 7, 23), (15, 34, 70) })
        {
            // first, middle and last positions along k: the last ones lie in the tail of a vector
            foreach (var p in new[] { 0, k / 2, k - 5, k - 1 })
            {
                using var c = new GemmCase(m, n, k, layout, 1);
                c.Args.A[(m - 1) * c.Args.RowStrideA + p * c.Args.ColStrideA] = float.PositiveInfinity;
                c.Args.B[p * c.Args.RowStrideB + (n - 1) * c.Args.ColStrideB] = float.NaN;
                c.Args.B[p * c.Args.RowStrideB + 0 * c.Args.ColStrideB] = float.NegativeInfinity;
                Gemm.RunWith(GemmPlan.For(rung), c.Args, single, default(NoEpilogue));
                c.Verify();
            }
        }
    }

    [Theory]
    [MemberData(nameof(RungsAndLayouts))]
    public void The_epilogue_sees_every_finished_element_once(GemmRung rung, string layout)
    {
        foreach (var (m, n, k) in new[] { (1, 3, 20), (5, 19, 20), (15, 34, 18), (30, 70, 20), (300, 40, 0), (20, 40, 600) })
        {
            if (GemmCase.Tiny && m * n > 600)
                continue;
            using var c = new GemmCase(m, n, k, layout, 1, bias: true, beta: 0.5f);
            Gemm.RunWith(GemmPlan.For(rung), c.Args, single, default(TwicePlusOne));
            c.Verify(x => 2 * x + 1);
        }
    }

    [Theory]
    [MemberData(nameof(RungsAndLayouts))]
    public void The_number_of_threads_does_not_change_a_bit(GemmRung rung, string layout)
    {
        (int, int, int)[] shapes = GemmCase.Tiny ? [(3, 20, 18)] : [(10, 784, 256), (200, 300, 90), (30, 256, 784), (300, 190, 200), (1, 2000, 300), (256, 784, 10), (256, 100, 784), (600, 66, 90), (90, 257, 70)];
        foreach (var (m, n, k) in shapes)
        {
            using var c = new GemmCase(m, n, k, layout, 1, beta: 0.5f, bias: true);
            float[]? first = null;
            for (var threads = 1; threads <= 4; threads++)
            {
                using var splitter = new WorkSplitter(threads);
                c.Reset();
                Gemm.RunWith(GemmPlan.For(rung), c.Args, splitter, default(TwicePlusOne));
                first ??= c.C.ToArray();
                Assert.True(c.C.SequenceEqual(first), $"{threads} threads changed {c.Describe()}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rungs))]
    public void Random_products_agree_with_the_reference(GemmRung rung)
    {
        var (most, deepest) = GemmCase.Tiny ? (6, 20) : (90, 150);
        string[] letters = ["N", "T", "S"];
        var cases =
            from m in Gen.Choose(0, most)
            from n in Gen.Choose(0, most)
            from k in Gen.Choose(0, deepest)
            from a in Gen.Elements(letters)
            from b in Gen.Elements(letters)
            from padding in Gen.Choose(0, 5)
            from alpha in Gen.Elements(1f, -1.5f)
            from beta in Gen.Elements(0f, 1f, 0.75f)
            from bias in Gen.Elements(true, false)
            from seed in Gen.Choose(0, 1000)
            select (m, n, k, a + b, padding, alpha, beta, bias, seed);
        Prop.ForAll(Arb.From(cases), x =>
        {
            var (m, n, k, layout, padding, alpha, beta, bias, seed) = x;
            Check(rung, new GemmCase(m, n, k, layout, padding, alpha, beta, bias, seed));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_repeated_product_allocates_nothing()
    {
        using var splitter = new WorkSplitter(2);
        var (m, n, k) = GemmCase.Tiny ? (4, 9, 20) : (128, 256, 100);
        foreach (var layout in new[] { "NN", "NT", "TN" })
        {
            using var c = new GemmCase(m, n, k, layout);
            var args = c.Args;
            Assert.Equal(0, Allocation.Least(() => Gemm.Run(args, splitter)));
        }
    }

    [Fact]
    public void Impossible_sizes_are_refused_with_the_numbers()
    {
        using var c = new GemmCase(3, 4, 5);
        c.Args.RowStrideC = 3;
        Assert.Contains("row stride is 3, expected at least 4", Assert.Throws<ArgumentException>(() => Gemm.Run(c.Args, single)).Message);
        c.Args.K = -1;
        Assert.Contains("k = -1", Assert.Throws<ArgumentException>(() => Gemm.Run(c.Args, single)).Message);
    }

    [Fact]
    public void The_native_plan_is_one_of_the_table()
    {
        Assert.Equal(GemmPlan.For(GemmPlan.Native.Rung), GemmPlan.Native);
        Assert.All(Enum.GetValues<GemmRung>(), rung => Assert.Equal(rung, GemmPlan.For(rung).Rung));
    }

    private void Check(GemmRung rung, GemmCase c)
    {
        using (c)
        {
            Gemm.RunWith(GemmPlan.For(rung), c.Args, single, default(NoEpilogue));
            c.Verify();
        }
    }

    private readonly struct TwicePlusOne : IEpilogue
    {
        public static bool IsIdentity => false;

        public void Apply(float* row, int count)
        {
            for (var i = 0; i < count; i++)
            {
                row[i] = 2 * row[i] + 1;
            }
        }
    }
}
