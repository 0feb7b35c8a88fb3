using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// y = gain·(x − mean)/√(variance + ε) + bias over each row of [rows, features] (Ba, Kiros and Hinton, 2016).
/// One thread, over a range of rows.
/// </summary>
public static unsafe class LayerNormalization
{
    /// <summary>Normalizes rows.</summary>
    /// <param name="x">[rows, features], contiguous.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="features">Features, at least 1.</param>
    /// <param name="gain">[features].</param>
    /// <param name="bias">[features].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="means">[rows], the rows' means.</param>
    /// <param name="deviations">[rows], 1/√(variance + ε).</param>
    /// <param name="y">[rows, features]; may be x.</param>
    /// <param name="width">Lane width; every width gives the same bits.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(
        float* x, nint rows, nint features, float* gain, float* bias, float epsilon, float* means, float* deviations, float* y, LaneWidth width)
    {
        switch (width)
        {
            case LaneWidth.Sixteen:
                Run<Lane16>(x, rows, features, gain, bias, epsilon, means, deviations, y);
                break;
            case LaneWidth.Eight:
                Run<Lane8>(x, rows, features, gain, bias, epsilon, means, deviations, y);
                break;
            case LaneWidth.Four:
                Run<Lane4>(x, rows, features, gain, bias, epsilon, means, deviations, y);
                break;
            default:
                Run<Lane1>(x, rows, features, gain, bias, epsilon, means, deviations, y);
                break;
        }
    }

    private static void Run<TLane>(float* x, nint rows, nint features, float* gain, float* bias, float epsilon, float* means, float* deviations, float* y)
        where TLane : struct, ILane<TLane>
    {
        double share = 1.0 / features;
        for (nint r = 0; r < rows; r++)
        {
            float* row = x + (r * features);
            var (mean, variance) = Moments.Row<TLane>(row, features, share);
            means[r] = (float)mean;
            deviations[r] = (float)(1 / Math.Sqrt(variance + epsilon));
            Row<TLane>(new NormalizedOp(means[r], deviations[r]), row, gain, bias, y + (r * features), features);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row<TLane>(in NormalizedOp op, float* x, float* gain, float* bias, float* y, nint features) where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        nint i = 0;
        for (; i <= features - width; i += width)
        {
            TLane.Store(TLane.FusedMultiplyAdd(op.Forward(TLane.Load(x + i)), TLane.Load(gain + i), TLane.Load(bias + i)), y + i);
        }

        if (i < features)
        {
            int rest = (int)(features - i);
            var value = op.Forward(TLane.LoadPartial(x + i, rest));
            TLane.StorePartial(TLane.FusedMultiplyAdd(value, TLane.LoadPartial(gain + i, rest), TLane.LoadPartial(bias + i, rest)), y + i, rest);
        }
    }

    private readonly struct NormalizedOp(float mean, float deviation) : IUnaryOp
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Forward<T>(T x) where T : struct, ILane<T> => (x - T.Splat(mean)) * T.Splat(deviation);
    }
}
