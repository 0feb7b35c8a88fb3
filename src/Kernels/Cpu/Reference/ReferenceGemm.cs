namespace Engram.Kernels.Cpu.Reference;

/// <summary>
/// The slow, obviously right twin of <see cref="Gemm"/>: c[i, j] = alpha · Σ_p a[i, p] · b[p, j] + beta · c[i, j] + bias[j], summed in
/// double precision and rounded once.
/// </summary>
public static unsafe class ReferenceGemm
{
    /// <summary>Computes the product; beta = 0 does not read C, alpha = 0 does not read A and B.</summary>
    /// <param name="args">Operands and sizes.</param>
    public static void Run(in GemmArgs args)
    {
        for (nint i = 0; i < args.M; i++)
        {
            for (nint j = 0; j < args.N; j++)
            {
                var sum = 0.0;
                for (nint p = 0; p < args.K && args.Alpha != 0; p++)
                {
                    sum += (double)args.A[i * args.RowStrideA + p * args.ColStrideA] * args.B[p * args.RowStrideB + j * args.ColStrideB];
                }

                ref var c = ref args.C[i * args.RowStrideC + j];
                var result = args.Alpha == 0 ? 0 : args.Alpha * sum;
                if (args.Beta != 0)
                    result += (double)args.Beta * c;
                if (args.Bias != null)
                    result += args.Bias[j];
                c = (float)result;
            }
        }
    }
}
