using Engram.Kernels;
using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Kernels.Tests.Gemms;

/// <summary>Products whose operands begin or end at the edge of mapped memory: a mask one float too wide stops the process.</summary>
public sealed unsafe class GemmEdgeTests
{
    public static TheoryData<GemmRung, string> RungsAndLayouts
    {
        get
        {
            var data = new TheoryData<GemmRung, string>();
            foreach (var rung in Enum.GetValues<GemmRung>())
            {
                foreach (var layout in new[] { "NN", "NT", "TN", "TT" })
                    data.Add(rung, layout);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(RungsAndLayouts))]
    public void Nothing_beside_the_operands_is_touched(GemmRung rung, string layout)
    {
        (int M, int N, int K)[] shapes = GemmCase.Tiny
            ? [(3, 5, 17), (1, 7, 4), (4, 9, 1)]
            :
            [
                (1, 1, 1), (1, 10, 100), (1, 37, 5), (1, 130, 9), (5, 33, 1), (9, 3, 1), (10, 7, 20), (10, 100, 3), (20, 49, 17), (6, 70, 130), (33, 17, 70),
                (70, 100, 70), (100, 1, 30), (18, 63, 400), (300, 50, 66), (80, 350, 70), (40, 70, 33),
            ];
        using var splitter = new WorkSplitter(1);
        foreach (var (m, n, k) in shapes)
        {
            foreach (var beta in new[] { 0f, 0.5f })
            {
                var (first, last) = (Product(rung, layout, m, n, k, beta, atEnd: false, splitter), Product(rung, layout, m, n, k, beta, atEnd: true, splitter));
                Assert.True(first.AsSpan().SequenceEqual(last), $"{rung} {layout} {m} x {n} x {k}, beta {beta}: the place of the operands changed the values");
            }
        }
    }

    private static float[] Product(GemmRung rung, string layout, int m, int n, int k, float beta, bool atEnd, WorkSplitter splitter)
    {
        using EdgeFloats a = Numbers(m * k, 1, atEnd), b = Numbers(k * n, 2, atEnd), c = Numbers(m * n, 3, atEnd), bias = Numbers(n, 4, atEnd);
        using var expected = Numbers(m * n, 3, atEnd);
        var args = new GemmArgs
        {
            M = m, N = n, K = k, Alpha = 1, Beta = beta,
            A = a, RowStrideA = layout[0] == 'T' ? 1 : k, ColStrideA = layout[0] == 'T' ? m : 1,
            B = b, RowStrideB = layout[1] == 'T' ? 1 : n, ColStrideB = layout[1] == 'T' ? k : 1,
            C = c, RowStrideC = n, Bias = bias,
        };
        Gemm.RunWith(GemmPlan.For(rung), args, splitter, default(NoEpilogue));
        args.C = expected;
        ReferenceGemm.Run(args);
        for (var i = 0; i < m * n; i++)
        {
            Assert.True(
                Math.Abs(expected.Span[i] - c.Span[i]) <= 2e-6 * (k + 4),
                $"{rung} {layout} {m} x {n} x {k}, beta {beta}: element {i} is {c.Span[i]}, expected {expected.Span[i]}");
        }

        return c.Span.ToArray();
    }

    private static EdgeFloats Numbers(int count, int seed, bool atEnd)
    {
        var random = new Random(seed);
        var numbers = new EdgeFloats(count, atEnd);
        for (var i = 0; i < count; i++)
            numbers.Span[i] = random.NextSingle() * 2 - 1;
        return numbers;
    }
}
