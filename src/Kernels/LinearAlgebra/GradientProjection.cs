using Engram.Kernels.Cpu;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// A-GEM's constraint on the flat gradient: if ⟨g, r⟩ &lt; 0, then g ← g − (⟨g, r⟩ / ⟨r, r⟩) · r, the closest vector to g that does not
/// raise the
/// reference loss to first order (Chaudhry et al. 2019, arXiv 1812.00420, equation 11).
/// </summary>
/// <remarks>
/// One pass reads ⟨g, r⟩, ⟨r, r⟩ and ⟨g, g⟩, a second one updates. Four products at a time are added in single precision, those sums in double precision over
/// blocks of 32,768 entries that are then added in order, so that neither lane width nor thread count can change a bit; a block whose products may have left
/// single precision's range is summed again from exact ones (as in <see cref="DoubleFold"/>). Each z_i is rounded once from double:
/// |⟨z, r⟩| ≤ 2·eps_float·‖g‖·‖r‖, of which 3·2⁻²⁴·Σ|g_i·r_i| is the sum's and the rest the rounding's.
/// Guard: ⟨r, r⟩ ≤ τ², τ = 1e-12·max(1, ‖g‖), skips the projection. No conflict leaves g untouched.
/// </remarks>
public static unsafe class GradientProjection
{
    /// <summary>Entries per block of the reductions.</summary>
    public const int Block = DoubleFold.BlockSize;

    private const double RelativeGuard = 1e-12;

    /// <summary>Projects <paramref name="gradient"/> in place.</summary>
    /// <param name="gradient">g, flat over all parameters.</param>
    /// <param name="reference">r, the gradient on the memory; same length; must not overlap g.</param>
    /// <param name="splitter">Threads; null runs on the calling thread.</param>
    /// <returns>What was done. Not finite input is reported, never spread.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static ProjectionStatus Project(Span<float> gradient, ReadOnlySpan<float> reference, WorkSplitter? splitter = null)
    {
        if (gradient.Length != reference.Length)
        {
            throw new ArgumentException(
                $"gradient projection: gradient [{gradient.Length}] and reference [{reference.Length}] differ in length; "
                + "both must be the flat vector of the same parameters.",
                nameof(reference));
        }

        fixed (float* g = gradient, r = reference)
        {
            return Project(g, r, gradient.Length, splitter);
        }
    }

    /// <summary>Projects <paramref name="gradient"/> in place.</summary>
    /// <param name="gradient">g [count].</param>
    /// <param name="reference">r [count]; must not overlap g.</param>
    /// <param name="count">Number of parameters.</param>
    /// <param name="splitter">Threads; null runs on the calling thread.</param>
    /// <returns>What was done. Not finite input is reported, never spread.</returns>
    public static ProjectionStatus Project(float* gradient, float* reference, long count, WorkSplitter? splitter = null) =>
        Project(gradient, reference, count, splitter, LaneWidths.Widest);

    /// <summary>The same in a given lane width; every width gives the same bits.</summary>
    /// <param name="gradient">g [count].</param>
    /// <param name="reference">r [count]; must not overlap g.</param>
    /// <param name="count">Number of parameters.</param>
    /// <param name="splitter">Threads; null runs on the calling thread.</param>
    /// <param name="width">Lane width.</param>
    /// <returns>What was done. Not finite input is reported, never spread.</returns>
    public static ProjectionStatus Project(float* gradient, float* reference, long count, WorkSplitter? splitter, LaneWidth width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        (double dot, double rr, double gg) = InnerProducts(gradient, reference, count, splitter, width);
        ProjectionOutcome outcome = Decide(dot, rr, gg);
        if (outcome != ProjectionOutcome.Projected)
        {
            return new ProjectionStatus(outcome, dot, rr, gg, 0);
        }

        double coefficient = dot / rr;
        var update = new UpdateBody { Gradient = gradient, Reference = reference, Count = count, Coefficient = coefficient, Width = width };
        (splitter ?? Products.Serial).Run(Blocks(count), ref update);
        return new ProjectionStatus(outcome, dot, rr, gg, coefficient);
    }

    // ⟨g, r⟩, ⟨r, r⟩ and ⟨g, g⟩ in one pass
    private static (double Dot, double ReferenceNormSquared, double GradientNormSquared) InnerProducts(
        float* gradient, float* reference, long count, WorkSplitter? splitter, LaneWidth width)
    {
        double dot = 0, rr = 0, gg = 0;
        double* parts = stackalloc double[3 * PartsPerRun];
        long blocks = Blocks(count);
        for (long first = 0; first < blocks; first += PartsPerRun)
        {
            int run = (int)Math.Min(PartsPerRun, blocks - first);
            var body = new ReduceBody { Gradient = gradient, Reference = reference, Count = count, First = first, Parts = parts, Width = width };
            (splitter ?? Products.Serial).Run(run, ref body);
            for (int i = 0; i < run; i++)
            {
                dot += parts[3 * i];
                rr += parts[3 * i + 1];
                gg += parts[3 * i + 2];
            }
        }

        return (dot, rr, gg);
    }

    // partial sums live on the stack: 128 blocks are four million parameters per run of the splitter
    private const int PartsPerRun = 128;

    private static int Blocks(long count) => checked((int)((count + Block - 1) / Block));

    // squares of finite float32 values neither overflow nor vanish in double, so a sum that is not finite names the culprit
    internal static ProjectionOutcome Decide(double dot, double rr, double gg)
    {
        if (!double.IsFinite(gg))
        {
            return ProjectionOutcome.GradientNotFinite;
        }

        if (!double.IsFinite(rr))
        {
            return ProjectionOutcome.ReferenceNotFinite;
        }

        if (dot >= 0)
        {
            return ProjectionOutcome.NoConflict;
        }

        double guard = RelativeGuard * Math.Max(1, Math.Sqrt(gg));
        return rr <= guard * guard ? ProjectionOutcome.ReferenceVanishes : ProjectionOutcome.Projected;
    }

    private struct ReduceBody : IChunkBody
    {
        internal float* Gradient;
        internal float* Reference;
        internal long Count;
        internal long First;
        internal double* Parts;
        internal LaneWidth Width;

        public readonly void Execute(int chunk)
        {
            long start = (First + chunk) * Block;
            int n = (int)Math.Min(Block, Count - start);
            PairFold.Run(Gradient + start, Reference + start, n, Parts + 3 * chunk, Width);
        }
    }

    private struct UpdateBody : IChunkBody
    {
        internal float* Gradient;
        internal float* Reference;
        internal long Count;
        internal double Coefficient;
        internal LaneWidth Width;

        public readonly void Execute(int chunk)
        {
            long start = (long)chunk * Block;
            float* g = Gradient + start, r = Reference + start;
            int n = (int)Math.Min(Block, Count - start);
            switch (Width)
            {
                case LaneWidth.Sixteen:
                    Update<DoubleLane8>(g, r, n, Coefficient);
                    break;
                case LaneWidth.Eight:
                    Update<DoubleLane4>(g, r, n, Coefficient);
                    break;
                case LaneWidth.Four:
                    Update<DoubleLane2>(g, r, n, Coefficient);
                    break;
                default:
                    Update<DoubleLane1>(g, r, n, Coefficient);
                    break;
            }
        }
    }

    // widened, because c·r rounded to float32 would leave up to eps·|c|·‖r‖² of the conflict, and c itself may not fit float32
    private static void Update<TLane>(float* g, float* r, int n, double coefficient) where TLane : struct, IDoubleLane<TLane>
    {
        int width = TLane.Count, i = 0;
        TLane c = TLane.Splat(-coefficient);
        for (; i <= n - 2 * width; i += 2 * width)
        {
            TLane lower = TLane.Widen(g + i), upper = TLane.Widen(g + i + width);
            TLane.Accumulate(ref lower, c, TLane.Widen(r + i));
            TLane.Accumulate(ref upper, c, TLane.Widen(r + i + width));
            TLane.Narrow(lower, g + i);
            TLane.Narrow(upper, g + i + width);
        }

        for (; i < n; i++)
        {
            g[i] = (float)Math.FusedMultiplyAdd(-coefficient, r[i], g[i]);
        }
    }
}
