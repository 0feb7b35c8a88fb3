using Engram.Kernels;
using Engram.Kernels.Cpu;
using Engram.Kernels.Cpu.Reference;

namespace Engram.Kernels.Tests.Gemms;

/// <summary>Operands of one product in native memory, fenced by guard values, and the comparison with the reference.</summary>
internal sealed unsafe class GemmCase : IDisposable
{
    private const int Fence = 40;
    private const float Guard = 12345.678f;

    private readonly List<nint> blocks = [];
    private readonly float* original;
    private readonly int sizeC;

    public GemmArgs Args;

    public GemmCase(
        int m, int n, int k, string layout = "NN", int padding = 0, float alpha = 1, float beta = 0, bool bias = false, int seed = 1)
    {
        var random = new Random(HashCode.Combine(m, n, k) ^ seed);
        var (transA, transB) = (layout[0] == 'T', layout[1] == 'T');
        Args = new GemmArgs { M = m, N = n, K = k, Alpha = alpha, Beta = beta };
        // layout S: both strides larger than one
        var step = layout[0] == 'S' ? 2 : 1;
        (Args.RowStrideA, Args.ColStrideA) = transA ? (1, m + padding) : (k * step + padding, step);
        step = layout[1] == 'S' ? 3 : 1;
        (Args.RowStrideB, Args.ColStrideB) = transB ? (1, k + padding) : (n * step + padding, step);
        Args.RowStrideC = n + padding;
        Args.A = Block(m * (int)Args.RowStrideA + k * (int)Args.ColStrideA, random);
        Args.B = Block(k * (int)Args.RowStrideB + n * (int)Args.ColStrideB, random);
        sizeC = m * (n + padding);
        Args.C = Block(sizeC, random);
        Args.Bias = bias ? Block(n, random) : null;
        original = Block(sizeC, random);
        for (var i = 0; i < m; i++)
        {
            for (var j = n; j < n + padding; j++)
            {
                Args.C[i * Args.RowStrideC + j] = Guard;
            }
        }

        new Span<float>(Args.C, sizeC).CopyTo(new Span<float>(original, sizeC));
    }

    public static bool Tiny => Environment.GetEnvironmentVariable("ENGRAM_TINY") == "1";

    public Span<float> C => new(Args.C, sizeC);

    public void Reset() => new Span<float>(original, sizeC).CopyTo(C);

    /// <summary>Sets C to a value before a run with beta = 0, padding left alone.</summary>
    public void FillC(float value)
    {
        for (var i = 0; i < Args.M; i++)
        {
            new Span<float>(Args.C + i * Args.RowStrideC, Args.N).Fill(value);
        }
    }

    /// <summary>
    /// Compares C with the reference, element by element: |difference| ≤ 2 · eps · sqrt(k + 4) · (Σ|a||b| + |beta c| + |bias|), the same kind of
    /// non-finite value where the reference has one, and untouched guards.
    /// </summary>
    public void Verify(Func<float, float>? epilogue = null)
    {
        using var expected = new Copy(this);
        using var scale = new Copy(this);
        ReferenceGemm.Run(expected.Args);
        scale.TakeAbsolutes();
        ReferenceGemm.Run(scale.Args);
        for (var i = 0; i < Args.M; i++)
        {
            for (var j = 0; j < Args.N + (Args.RowStrideC - Args.N); j++)
            {
                var at = i * Args.RowStrideC + j;
                var (want, got) = (expected.Args.C[at], Args.C[at]);
                if (j >= Args.N)
                {
                    Assert.True(got == Guard, $"padding of row {i} was overwritten with {got}");
                    continue;
                }

                want = epilogue?.Invoke(want) ?? want;
                var tolerance = 2 * 1.2e-7 * Math.Sqrt(Args.K + 4) * Math.Max(scale.Args.C[at], 1e-30) * (epilogue is null ? 1 : 4);
                var same = float.IsFinite(want) ? Math.Abs((double)want - got) <= tolerance : want.Equals(got);
                Assert.True(same, $"c[{i}, {j}] of {Describe()}: expected {want}, got {got}, tolerance {tolerance:g3}");
            }
        }

        foreach (var block in blocks)
        {
            var fence = new Span<float>((float*)block, Fence);
            Assert.True(fence.IndexOfAnyExcept(Guard) < 0, $"a guard before a buffer of {Describe()} was overwritten");
        }

        Assert.True(new Span<float>(Args.C + sizeC, Fence).IndexOfAnyExcept(Guard) < 0, $"the guard after C of {Describe()} was overwritten");
    }

    public string Describe() =>
        $"m {Args.M} n {Args.N} k {Args.K} strides A {Args.RowStrideA},{Args.ColStrideA} B {Args.RowStrideB},{Args.ColStrideB} "
        + $"C {Args.RowStrideC} alpha {Args.Alpha} beta {Args.Beta}";

    public void Dispose()
    {
        foreach (var block in blocks)
        {
            AlignedMemory.Free((void*)block);
        }
    }

    private float* Block(int count, Random random)
    {
        var block = (float*)AlignedMemory.Allocate((nuint)(count + 2 * Fence) * sizeof(float));
        blocks.Add((nint)block);
        new Span<float>(block, count + 2 * Fence).Fill(Guard);
        for (var i = 0; i < count; i++)
        {
            block[Fence + i] = random.NextSingle() * 2 - 1;
        }

        return block + Fence;
    }

    // the same product on the original C, for the reference
    private sealed class Copy : IDisposable
    {
        private readonly GemmCase source;
        private readonly List<nint> own = [];

        public GemmArgs Args;

        public Copy(GemmCase source)
        {
            this.source = source;
            Args = source.Args;
            Args.C = Clone(source.original, source.sizeC, absolute: false);
        }

        public void TakeAbsolutes()
        {
            var g = Args;
            Args.A = Clone(g.A, g.M * (int)g.RowStrideA + g.K * (int)g.ColStrideA, true);
            Args.B = Clone(g.B, g.K * (int)g.RowStrideB + g.N * (int)g.ColStrideB, true);
            Args.C = Clone(g.C, source.sizeC, true);
            if (g.Bias != null)
                Args.Bias = Clone(g.Bias, g.N, true);
            (Args.Alpha, Args.Beta) = (Math.Abs(g.Alpha), Math.Abs(g.Beta));
        }

        public void Dispose()
        {
            foreach (var block in own)
            {
                AlignedMemory.Free((void*)block);
            }
        }

        private float* Clone(float* from, int count, bool absolute)
        {
            var to = (float*)AlignedMemory.Allocate((nuint)count * sizeof(float));
            own.Add((nint)to);
            for (var i = 0; i < count; i++)
            {
                to[i] = absolute ? Math.Abs(from[i]) : from[i];
            }

            return to;
        }
    }
}
