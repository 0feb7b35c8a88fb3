using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// y = gain·(x − mean)/√(variance + ε) + bias over each row of [rows, features], and its backward pass (Ba, Kiros and Hinton, 2016).
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
        for (nint r = 0; r < rows; r++)
        {
            float* row = x + (r * features);
            var (mean, variance) = Moments.Run(row, 1, 0, features, width);
            means[r] = (float)mean;
            deviations[r] = (float)(1 / Math.Sqrt(variance + epsilon));
            var op = new NormalizedOp(means[r], deviations[r]);
            switch (width)
            {
                case LaneWidth.Sixteen:
                    Row<Lane16>(op, row, gain, bias, y + (r * features), features);
                    break;
                case LaneWidth.Eight:
                    Row<Lane8>(op, row, gain, bias, y + (r * features), features);
                    break;
                case LaneWidth.Four:
                    Row<Lane4>(op, row, gain, bias, y + (r * features), features);
                    break;
                default:
                    Row<Lane1>(op, row, gain, bias, y + (r * features), features);
                    break;
            }
        }
    }

    /// <summary>
    /// With x̂ = (x − mean)·s and g = dy·gain: dx = s·(g − Σg/n − x̂·Σ(g·x̂)/n) per row, dgain += dy·x̂ and dbias += dy over the rows in order.
    /// </summary>
    /// <param name="dy">[rows, features], contiguous.</param>
    /// <param name="x">[rows, features], contiguous.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="features">Features, at least 1.</param>
    /// <param name="gain">[features].</param>
    /// <param name="means">[rows], of the forward pass.</param>
    /// <param name="deviations">[rows], of the forward pass.</param>
    /// <param name="dx">[rows, features], may be dy; null when it is not wanted.</param>
    /// <param name="accumulate">Whether dx is added to.</param>
    /// <param name="dGain">[features], added to; null when neither it nor dbias is wanted.</param>
    /// <param name="dBias">[features], added to; null together with <paramref name="dGain"/>.</param>
    /// <param name="width">Lane width; every width gives the same bits.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward(
        float* dy, float* x, nint rows, nint features, float* gain, float* means, float* deviations,
        float* dx, bool accumulate, float* dGain, float* dBias, LaneWidth width)
    {
        for (nint r = 0; r < rows; r++)
        {
            float* gradient = dy + (r * features);
            float* row = x + (r * features);
            float mean = means[r], deviation = deviations[r];
            float* to = dx == null ? null : dx + (r * features);
            var terms = default(ChannelBackwardTerms);
            if (dx != null)
            {
                var (sum, product) = PairSums.Run(new RowGradientTerms { Dy = gradient, X = row, Gain = gain, Mean = mean }, 1, 0, features, width);
                terms = new ChannelBackwardTerms(
                    mean, deviation, (float)(sum / features), (float)(product * deviation * deviation / features));
            }

            switch (width)
            {
                case LaneWidth.Sixteen:
                    BackwardRow<Lane16>(terms, mean, deviation, gradient, row, gain, to, accumulate, dGain, dBias, features);
                    break;
                case LaneWidth.Eight:
                    BackwardRow<Lane8>(terms, mean, deviation, gradient, row, gain, to, accumulate, dGain, dBias, features);
                    break;
                case LaneWidth.Four:
                    BackwardRow<Lane4>(terms, mean, deviation, gradient, row, gain, to, accumulate, dGain, dBias, features);
                    break;
                default:
                    BackwardRow<Lane1>(terms, mean, deviation, gradient, row, gain, to, accumulate, dGain, dBias, features);
                    break;
            }
        }
    }

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

    private static void BackwardRow<TLane>(
        in ChannelBackwardTerms terms, float mean, float deviation, float* dy, float* x, float* gain, float* dx, bool accumulate, float* dGain,
        float* dBias, nint features) where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        var center = TLane.Splat(mean);
        var scale = TLane.Splat(deviation);
        var shift = TLane.Splat(terms.Shift);
        var slope = TLane.Splat(-terms.Slope);
        nint i = 0;
        for (; i <= features - width; i += width)
        {
            var g = TLane.Load(dy + i);
            var d = TLane.Load(x + i) - center;
            if (dGain != null)
            {
                TLane.Store(TLane.FusedMultiplyAdd(g, d * scale, TLane.Load(dGain + i)), dGain + i);
                TLane.Store(TLane.Load(dBias + i) + g, dBias + i);
            }

            if (dx != null)
            {
                var value = scale * TLane.FusedMultiplyAdd(d, slope, (g * TLane.Load(gain + i)) - shift);
                TLane.Store(accumulate ? TLane.Load(dx + i) + value : value, dx + i);
            }
        }

        if (i < features)
        {
            int rest = (int)(features - i);
            var g = TLane.LoadPartial(dy + i, rest);
            var d = TLane.LoadPartial(x + i, rest) - center;
            if (dGain != null)
            {
                TLane.StorePartial(TLane.FusedMultiplyAdd(g, d * scale, TLane.LoadPartial(dGain + i, rest)), dGain + i, rest);
                TLane.StorePartial(TLane.LoadPartial(dBias + i, rest) + g, dBias + i, rest);
            }

            if (dx != null)
            {
                var value = scale * TLane.FusedMultiplyAdd(d, slope, (g * TLane.LoadPartial(gain + i, rest)) - shift);
                TLane.StorePartial(accumulate ? TLane.LoadPartial(dx + i, rest) + value : value, dx + i, rest);
            }
        }
    }

    private readonly struct NormalizedOp(float mean, float deviation) : IUnaryOp
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Forward<T>(T x) where T : struct, ILane<T> => (x - T.Splat(mean)) * T.Splat(deviation);
    }
}
