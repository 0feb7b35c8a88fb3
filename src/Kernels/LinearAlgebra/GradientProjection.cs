using System.Runtime.Intrinsics;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// A-GEM's constraint on the flat gradient: if ⟨g, r⟩ &lt; 0, then g ← g − (⟨g, r⟩ / ⟨r, r⟩) · r, the closest vector to g that does not
/// raise the
/// reference loss to first order (Chaudhry et al. 2019, arXiv 1812.00420, equation 11).
/// </summary>
/// <remarks>
/// One pass reads ⟨g, r⟩, ⟨r, r⟩ and ⟨g, g⟩, a second one updates. Sums run in double precision over blocks of 16,384 entries that are
/// then added in
/// order, so the number of threads cannot change a bit. Each z_i is rounded once from double: |⟨z, r⟩| ≤ eps_float·‖g‖·‖r‖.
/// Guard: ⟨r, r⟩ ≤ τ², τ = 1e-12·max(1, ‖g‖), skips the projection. No conflict leaves g untouched.
/// </remarks>
public static unsafe class GradientProjection
{
    /// <summary>Entries per block of the reductions.</summary>
    public const int Block = 16384;

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
    public static ProjectionStatus Project(float* gradient, float* reference, long count, WorkSplitter? splitter = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        (double dot, double rr, double gg) = InnerProducts(gradient, reference, count, splitter);
        ProjectionOutcome outcome = Decide(dot, rr, gg);
        if (outcome != ProjectionOutcome.Projected)
        {
            return new ProjectionStatus(outcome, dot, rr, gg, 0);
        }

        double coefficient = dot / rr;
        var update = new UpdateBody { Gradient = gradient, Reference = reference, Count = count, Coefficient = coefficient };
        (splitter ?? Products.Serial).Run(Blocks(count), ref update);
        return new ProjectionStatus(outcome, dot, rr, gg, coefficient);
    }

    /// <summary>⟨g, r⟩, ⟨r, r⟩ and ⟨g, g⟩ in one pass, in double precision.</summary>
    public static (double Dot, double ReferenceNormSquared, double GradientNormSquared) InnerProducts(
        float* gradient, float* reference, long count, WorkSplitter? splitter = null)
    {
        double dot = 0, rr = 0, gg = 0;
        double* parts = stackalloc double[3 * PartsPerRun];
        long blocks = Blocks(count);
        for (long first = 0; first < blocks; first += PartsPerRun)
        {
            int run = (int)Math.Min(PartsPerRun, blocks - first);
            var body = new ReduceBody { Gradient = gradient, Reference = reference, Count = count, First = first, Parts = parts };
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

    // partial sums live on the stack: 128 blocks are two million parameters per run of the splitter
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

        public readonly void Execute(int chunk)
        {
            long start = (First + chunk) * Block;
            int n = (int)Math.Min(Block, Count - start);
            if (Vector512.IsHardwareAccelerated)
            {
                Reduce512(Gradient + start, Reference + start, n, Parts + 3 * chunk);
            }
            else
            {
                Reduce256(Gradient + start, Reference + start, n, Parts + 3 * chunk);
            }
        }
    }

    private struct UpdateBody : IChunkBody
    {
        internal float* Gradient;
        internal float* Reference;
        internal long Count;
        internal double Coefficient;

        public readonly void Execute(int chunk)
        {
            long start = (long)chunk * Block;
            Update(Gradient + start, Reference + start, (int)Math.Min(Block, Count - start), Coefficient);
        }
    }

    private static void Reduce512(float* g, float* r, int n, double* sums)
    {
        Vector512<double> d0 = default, d1 = default, r0 = default, r1 = default, g0 = default, g1 = default;
        int i = 0;
        for (; i <= n - 16; i += 16)
        {
            (Vector512<double> gl, Vector512<double> gu) = Vector512.Widen(Vector512.Load(g + i));
            (Vector512<double> rl, Vector512<double> ru) = Vector512.Widen(Vector512.Load(r + i));
            d0 = Vector512.FusedMultiplyAdd(gl, rl, d0);
            d1 = Vector512.FusedMultiplyAdd(gu, ru, d1);
            r0 = Vector512.FusedMultiplyAdd(rl, rl, r0);
            r1 = Vector512.FusedMultiplyAdd(ru, ru, r1);
            g0 = Vector512.FusedMultiplyAdd(gl, gl, g0);
            g1 = Vector512.FusedMultiplyAdd(gu, gu, g1);
        }

        Finish(g, r, i, n, Vector512.Sum(d0 + d1), Vector512.Sum(r0 + r1), Vector512.Sum(g0 + g1), sums);
    }

    private static void Reduce256(float* g, float* r, int n, double* sums)
    {
        Vector256<double> d0 = default, d1 = default, r0 = default, r1 = default, g0 = default, g1 = default;
        int i = 0;
        for (; i <= n - 8; i += 8)
        {
            (Vector256<double> gl, Vector256<double> gu) = Vector256.Widen(Vector256.Load(g + i));
            (Vector256<double> rl, Vector256<double> ru) = Vector256.Widen(Vector256.Load(r + i));
            d0 = Vector256.FusedMultiplyAdd(gl, rl, d0);
            d1 = Vector256.FusedMultiplyAdd(gu, ru, d1);
            r0 = Vector256.FusedMultiplyAdd(rl, rl, r0);
            r1 = Vector256.FusedMultiplyAdd(ru, ru, r1);
            g0 = Vector256.FusedMultiplyAdd(gl, gl, g0);
            g1 = Vector256.FusedMultiplyAdd(gu, gu, g1);
        }

        Finish(g, r, i, n, Vector256.Sum(d0 + d1), Vector256.Sum(r0 + r1), Vector256.Sum(g0 + g1), sums);
    }

    private static void Finish(float* g, float* r, int i, int n, double dot, double rr, double gg, double* sums)
    {
        for (; i < n; i++)
        {
            dot += (double)g[i] * r[i];
            rr += (double)r[i] * r[i];
            gg += (double)g[i] * g[i];
        }

        sums[0] = dot;
        sums[1] = rr;
        sums[2] = gg;
    }

    // widened, because c·r rounded to float32 would leave up to eps·|c|·‖r‖² of the conflict, and c itself may not fit float32
    private static void Update(float* g, float* r, int n, double coefficient)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<double> c = Vector512.Create(-coefficient);
            for (; i <= n - 16; i += 16)
            {
                (Vector512<double> gl, Vector512<double> gu) = Vector512.Widen(Vector512.Load(g + i));
                (Vector512<double> rl, Vector512<double> ru) = Vector512.Widen(Vector512.Load(r + i));
                Vector512.Narrow(Vector512.FusedMultiplyAdd(c, rl, gl), Vector512.FusedMultiplyAdd(c, ru, gu)).Store(g + i);
            }
        }
        else
        {
            Vector256<double> c = Vector256.Create(-coefficient);
            for (; i <= n - 8; i += 8)
            {
                (Vector256<double> gl, Vector256<double> gu) = Vector256.Widen(Vector256.Load(g + i));
                (Vector256<double> rl, Vector256<double> ru) = Vector256.Widen(Vector256.Load(r + i));
                Vector256.Narrow(Vector256.FusedMultiplyAdd(c, rl, gl), Vector256.FusedMultiplyAdd(c, ru, gu)).Store(g + i);
            }
        }

        for (; i < n; i++)
        {
            g[i] = (float)Math.FusedMultiplyAdd(-coefficient, r[i], g[i]);
        }
    }
}
