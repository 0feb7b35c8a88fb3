using System.Runtime.CompilerServices;

namespace Engram.Kernels.Cpu;

/// <summary>
/// One step of stochastic gradient descent over a flat vector, in a single pass (Sutskever et al., 2013, in PyTorch's form):
/// g ← g + λ·p; v ← μ·v + (1 − τ)·g; p ← p − lr·v, or p − lr·(g + μ·v) with Nesterov. Gradients are only read.
/// </summary>
public static unsafe class SgdStep
{
    /// <summary>Updates <paramref name="parameters"/> (and <paramref name="velocity"/>) in place.</summary>
    /// <param name="parameters">[count].</param>
    /// <param name="gradients">[count].</param>
    /// <param name="velocity">[count]; null exactly when the momentum is 0.</param>
    /// <param name="count">Elements.</param>
    /// <param name="settings">The step's numbers.</param>
    /// <exception cref="ArgumentException">Momentum without a velocity, or Nesterov without momentum or with dampening.</exception>
    public static void Run(float* parameters, float* gradients, float* velocity, nint count, in SgdParameters settings) =>
        Run(parameters, gradients, velocity, count, settings, LaneWidths.Widest);

    /// <summary>The same with a given lane width; every width gives the same bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(float* parameters, float* gradients, float* velocity, nint count, in SgdParameters settings, LaneWidth width)
    {
        if (settings.Momentum != 0 && velocity == null)
        {
            throw new ArgumentException($"sgd: momentum {settings.Momentum} needs a velocity vector of {count} elements, got none.");
        }

        if (settings.Nesterov && (settings.Momentum == 0 || settings.Dampening != 0))
        {
            throw new ArgumentException(
                $"sgd: Nesterov needs a momentum and no dampening, got momentum {settings.Momentum}, dampening {settings.Dampening}.");
        }

        switch (width)
        {
            case LaneWidth.Sixteen:
                Choose<Lane16>(parameters, gradients, velocity, count, settings);
                break;
            case LaneWidth.Eight:
                Choose<Lane8>(parameters, gradients, velocity, count, settings);
                break;
            case LaneWidth.Four:
                Choose<Lane4>(parameters, gradients, velocity, count, settings);
                break;
            default:
                Choose<Lane1>(parameters, gradients, velocity, count, settings);
                break;
        }
    }

    private static void Choose<TLane>(float* p, float* g, float* v, nint count, in SgdParameters settings)
        where TLane : struct, ILane<TLane>
    {
        if (settings.Momentum == 0)
        {
            Plain<TLane>(p, g, count, (float)settings.LearningRate, (float)settings.WeightDecay);
        }
        else
        {
            WithMomentum<TLane>(p, g, v, count, settings);
        }
    }

    private static void Plain<TLane>(float* p, float* g, nint count, float learningRate, float weightDecay)
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        var rate = TLane.Splat(-learningRate);
        var decay = TLane.Splat(weightDecay);
        nint i = 0;
        for (; i <= count - (2 * width); i += 2 * width)
        {
            var p0 = TLane.Load(p + i);
            var p1 = TLane.Load(p + i + width);
            var g0 = TLane.FusedMultiplyAdd(decay, p0, TLane.Load(g + i));
            var g1 = TLane.FusedMultiplyAdd(decay, p1, TLane.Load(g + i + width));
            TLane.Store(TLane.FusedMultiplyAdd(rate, g0, p0), p + i);
            TLane.Store(TLane.FusedMultiplyAdd(rate, g1, p1), p + i + width);
        }

        for (; i < count; i += width)
        {
            int rest = (int)nint.Min(width, count - i);
            var old = TLane.LoadPartial(p + i, rest);
            var slope = TLane.FusedMultiplyAdd(decay, old, TLane.LoadPartial(g + i, rest));
            TLane.StorePartial(TLane.FusedMultiplyAdd(rate, slope, old), p + i, rest);
        }
    }

    private static void WithMomentum<TLane>(float* p, float* g, float* v, nint count, in SgdParameters settings)
        where TLane : struct, ILane<TLane>
    {
        int width = TLane.Count;
        var rate = TLane.Splat((float)-settings.LearningRate);
        var decay = TLane.Splat((float)settings.WeightDecay);
        var momentum = TLane.Splat((float)settings.Momentum);
        bool first = settings.IsFirstStep;
        bool nesterov = settings.Nesterov;
        var share = TLane.Splat((float)(first ? 1 : 1 - settings.Dampening));
        for (nint i = 0; i < count; i += width)
        {
            bool whole = i <= count - width;
            int rest = (int)nint.Min(width, count - i);
            var old = whole ? TLane.Load(p + i) : TLane.LoadPartial(p + i, rest);
            var slope = TLane.FusedMultiplyAdd(decay, old, whole ? TLane.Load(g + i) : TLane.LoadPartial(g + i, rest));
            var part = share * slope;

            // not Accumulate: a sum that only one branch changes would be kept in memory
            var velocity = first ? part : TLane.FusedMultiplyAdd(momentum, whole ? TLane.Load(v + i) : TLane.LoadPartial(v + i, rest), part);
            var direction = nesterov ? TLane.FusedMultiplyAdd(momentum, velocity, slope) : velocity;
            var next = TLane.FusedMultiplyAdd(rate, direction, old);
            if (whole)
            {
                TLane.Store(velocity, v + i);
                TLane.Store(next, p + i);
            }
            else
            {
                TLane.StorePartial(velocity, v + i, rest);
                TLane.StorePartial(next, p + i, rest);
            }
        }
    }
}
