using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// One Adam step (Kingma and Ba, 2015; decoupled: Loshchilov and Hutter, 2019) over a flat vector, in a single pass:
/// g ← g + λ·p (or p ← p − lr·λ·p); m ← m + (1 − β₁)(g − m); v ← β₂·v + (1 − β₂)·g²;
/// p ← p − lr/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε). Gradients are only read.
/// </summary>
public static unsafe class AdamStep
{
    /// <summary>Updates parameters and both moments in place.</summary>
    /// <param name="parameters">[count].</param>
    /// <param name="gradients">[count].</param>
    /// <param name="mean">m [count], zeros before the first step.</param>
    /// <param name="meanSquare">v [count], zeros before the first step.</param>
    /// <param name="count">Elements.</param>
    /// <param name="settings">The step's numbers.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step number is below 1.</exception>
    public static void Run(float* parameters, float* gradients, float* mean, float* meanSquare, nint count, in AdamParameters settings) =>
        Run(parameters, gradients, mean, meanSquare, count, settings, LaneWidths.Widest);

    /// <summary>The same with a given lane width; every width gives the same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(
        float* parameters, float* gradients, float* mean, float* meanSquare, nint count, in AdamParameters settings, LaneWidth width)
    {
        if (settings.Step < 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(settings), $"adam: steps count from 1, got {settings.Step}. Raise the counter before the step.");
        }

        switch (width)
        {
            case LaneWidth.Sixteen:
                Loop<Lane16>(parameters, gradients, mean, meanSquare, count, settings);
                break;
            case LaneWidth.Eight:
                Loop<Lane8>(parameters, gradients, mean, meanSquare, count, settings);
                break;
            case LaneWidth.Four:
                Loop<Lane4>(parameters, gradients, mean, meanSquare, count, settings);
                break;
            default:
                Loop<Lane1>(parameters, gradients, mean, meanSquare, count, settings);
                break;
        }
    }

    private static void Loop<TLane>(float* p, float* g, float* m, float* v, nint count, in AdamParameters settings)
        where TLane : struct, ILane<TLane>
    {
        // step-wide numbers in double: 1 − βᵗ cancels in single precision at small t
        double correction1 = 1 - Math.Pow(settings.Beta1, settings.Step);
        double correction2 = 1 - Math.Pow(settings.Beta2, settings.Step);
        var stepLength = TLane.Splat((float)(-settings.LearningRate / correction1));
        var rootScale = TLane.Splat((float)(1 / Math.Sqrt(correction2)));
        var epsilon = TLane.Splat((float)settings.Epsilon);
        var share1 = TLane.Splat((float)(1 - settings.Beta1));
        var share2 = TLane.Splat((float)(1 - settings.Beta2));
        var beta2 = TLane.Splat((float)settings.Beta2);
        var added = TLane.Splat(settings.IsDecoupled ? 0f : (float)settings.WeightDecay);
        var shrink = TLane.Splat(settings.IsDecoupled ? (float)(1 - (settings.LearningRate * settings.WeightDecay)) : 1f);

        int width = TLane.Count;
        nint i = 0;
        for (; i <= count - width; i += width)
        {
            var value = TLane.Load(p + i);
            var mean = TLane.Load(m + i);
            var square = TLane.Load(v + i);
            Update(
                TLane.Load(g + i), ref value, ref mean, ref square, stepLength, rootScale, epsilon, share1, share2, beta2, added, shrink);
            TLane.Store(mean, m + i);
            TLane.Store(square, v + i);
            TLane.Store(value, p + i);
        }

        if (i < count)
        {
            int rest = (int)(count - i);
            var value = TLane.LoadPartial(p + i, rest);
            var mean = TLane.LoadPartial(m + i, rest);
            var square = TLane.LoadPartial(v + i, rest);
            Update(
                TLane.LoadPartial(g + i, rest), ref value, ref mean, ref square, stepLength, rootScale, epsilon, share1, share2, beta2,
                added, shrink);
            TLane.StorePartial(mean, m + i, rest);
            TLane.StorePartial(square, v + i, rest);
            TLane.StorePartial(value, p + i, rest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Update<TLane>(
        TLane gradient, ref TLane value, ref TLane mean, ref TLane square, TLane stepLength, TLane rootScale, TLane epsilon, TLane share1,
        TLane share2, TLane beta2, TLane added, TLane shrink)
        where TLane : struct, ILane<TLane>
    {
        var slope = TLane.FusedMultiplyAdd(added, value, gradient);
        TLane.Accumulate(ref mean, share1, slope - mean);
        square = TLane.FusedMultiplyAdd(beta2, square, share2 * slope * slope);
        var scale = TLane.FusedMultiplyAdd(TLane.Sqrt(square), rootScale, epsilon);
        value = TLane.FusedMultiplyAdd(stepLength, mean / scale, value * shrink);
    }
}
