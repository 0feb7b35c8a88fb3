using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engram.Kernels.Cpu;

/// <summary>What is left when the products of a rectangle are summed: bias, then the epilogue, row by row while it is in cache.</summary>
internal static unsafe class GemmFinish
{
    public static void Apply<TEpilogue>(in GemmArgs g, in TEpilogue epilogue, nint m0, nint m1, nint n0, nint n1)
        where TEpilogue : struct, IEpilogue
    {
        if (g.Bias == null && TEpilogue.IsIdentity)
            return;
        var bias = g.Bias == null ? null : g.Bias + n0;
        for (var i = m0; i < m1; i++)
        {
            var row = g.C + i * g.RowStrideC + n0;
            if (bias != null)
                Add(bias, row, (int)(n1 - n0));
            if (!TEpilogue.IsIdentity)
                epilogue.Apply(row, (int)(n1 - n0));
        }
    }

    /// <summary>C = beta * C; with beta = 0 C is cleared without being read.</summary>
    public static void Scale(in GemmArgs g)
    {
        for (nint i = 0; i < g.M; i++)
        {
            var row = new Span<float>(g.C + i * g.RowStrideC, g.N);
            if (g.Beta == 0)
            {
                row.Clear();
                continue;
            }

            foreach (ref var x in row)
            {
                x *= g.Beta;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* bias, float* row, int count)
    {
        var j = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; j <= count - Vector256<float>.Count; j += Vector256<float>.Count)
            {
                (Vector256.Load(row + j) + Vector256.Load(bias + j)).Store(row + j);
            }
        }

        for (; j <= count - Vector128<float>.Count; j += Vector128<float>.Count)
        {
            (Vector128.Load(row + j) + Vector128.Load(bias + j)).Store(row + j);
        }

        for (; j < count; j++)
        {
            row[j] += bias[j];
        }
    }
}
