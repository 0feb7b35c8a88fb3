using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>The backward pass of <see cref="LayerNormalization"/>. One thread, over a range of rows.</summary>
public static unsafe class LayerNormalizationBackward
{
    // rows worked together: their sums overlap, and the parameters' gradients are read and written once for all of them
    private const int Together = 4;

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
    public static void Run(
        float* dy, float* x, nint rows, nint features, float* gain, float* means, float* deviations,
        float* dx, bool accumulate, float* dGain, float* dBias, LaneWidth width)
    {
        switch (width)
        {
            case LaneWidth.Sixteen:
                Run<Lane16>(dy, x, rows, features, gain, means, deviations, dx, accumulate, dGain, dBias);
                break;
            case LaneWidth.Eight:
                Run<Lane8>(dy, x, rows, features, gain, means, deviations, dx, accumulate, dGain, dBias);
                break;
            case LaneWidth.Four:
                Run<Lane4>(dy, x, rows, features, gain, means, deviations, dx, accumulate, dGain, dBias);
                break;
            default:
                Run<Lane1>(dy, x, rows, features, gain, means, deviations, dx, accumulate, dGain, dBias);
                break;
        }
    }

    private static void Run<TLane>(
        float* dy, float* x, nint rows, nint features, float* gain, float* means, float* deviations, float* dx, bool accumulate, float* dGain, float* dBias)
        where TLane : struct, ILane<TLane>
    {
        var terms = stackalloc ChannelBackwardTerms[Together];
        double share = 1.0 / features;
        for (nint r = 0; r < rows; r += Together)
        {
            int count = (int)nint.Min(Together, rows - r);
            nint start = r * features;
            for (int k = 0; k < count; k++)
            {
                float mean = means[r + k];
                float deviation = deviations[r + k];
                var (sum, product) = dx == null
                    ? default
                    : PairSums.Row<RowGradientTerms, TLane>(new(dy + start + (k * features), x + start + (k * features), gain, mean), features);
                terms[k] = new ChannelBackwardTerms(mean, deviation, (float)(sum * share), (float)(product * deviation * deviation * share));
            }

            Rows<TLane>(terms, count, dy + start, x + start, gain, dx == null ? null : dx + start, accumulate, dGain, dBias, features);
        }
    }

    private static void Rows<TLane>(
        ChannelBackwardTerms* terms, int rows, float* dy, float* x, float* gain, float* dx, bool accumulate, float* dGain, float* dBias, nint features)
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        nint c = 0;
        for (; c <= features - width; c += width)
        {
            var weight = TLane.Load(gain + c);
            var gainSum = dGain == null ? weight : TLane.Load(dGain + c);
            var biasSum = dGain == null ? weight : TLane.Load(dBias + c);
            nint at = c;
            for (int r = 0; r < rows; r++, at += features)
            {
                var g = TLane.Load(dy + at);
                var deviation = TLane.Splat(terms[r].Factor);
                var d = TLane.Load(x + at) - TLane.Splat(terms[r].Mean);
                TLane.Accumulate(ref gainSum, g, d * deviation);
                biasSum += g;
                if (dx != null)
                {
                    var value = deviation * TLane.FusedMultiplyAdd(d, TLane.Splat(-terms[r].Slope), (g * weight) - TLane.Splat(terms[r].Shift));
                    TLane.Store(accumulate ? TLane.Load(dx + at) + value : value, dx + at);
                }
            }

            if (dGain != null)
            {
                TLane.Store(gainSum, dGain + c);
                TLane.Store(biasSum, dBias + c);
            }
        }

        if (c < features)
        {
            Rest<TLane>(terms, rows, dy + c, x + c, gain + c, dx == null ? null : dx + c, accumulate,
                dGain == null ? null : dGain + c, dGain == null ? null : dBias + c, features, (int)(features - c));
        }
    }

    // the last columns, less than a lane
    private static void Rest<TLane>(
        ChannelBackwardTerms* terms, int rows, float* dy, float* x, float* gain, float* dx, bool accumulate, float* dGain, float* dBias, nint features,
        int count) where TLane : struct, ILane<TLane>
    {
        var weight = TLane.LoadPartial(gain, count);
        var gainSum = dGain == null ? weight : TLane.LoadPartial(dGain, count);
        var biasSum = dGain == null ? weight : TLane.LoadPartial(dBias, count);
        nint at = 0;
        for (int r = 0; r < rows; r++, at += features)
        {
            var g = TLane.LoadPartial(dy + at, count);
            var deviation = TLane.Splat(terms[r].Factor);
            var d = TLane.LoadPartial(x + at, count) - TLane.Splat(terms[r].Mean);
            TLane.Accumulate(ref gainSum, g, d * deviation);
            biasSum += g;
            if (dx != null)
            {
                var value = deviation * TLane.FusedMultiplyAdd(d, TLane.Splat(-terms[r].Slope), (g * weight) - TLane.Splat(terms[r].Shift));
                TLane.StorePartial(accumulate ? TLane.LoadPartial(dx + at, count) + value : value, dx + at, count);
            }
        }

        if (dGain != null)
        {
            TLane.StorePartial(gainSum, dGain, count);
            TLane.StorePartial(biasSum, dBias, count);
        }
    }
}
