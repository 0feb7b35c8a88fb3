namespace Engram.Kernels.Simt;

/// <summary>The elements of a row that a thread of a group owns while reflections shorten it: always the same ones, so that it needs no barrier for them.</summary>
internal static class RowElements
{
    /// <summary>This thread's first element that is not before <paramref name="start"/>; the others follow 256 by 256.</summary>
    public static int From(int start)
    {
        int t = Gpu.Thread;
        return start <= t ? t : t + ((start - t + Gpu.Threads - 1) / Gpu.Threads * Gpu.Threads);
    }
}

/// <summary>
/// A step of the Householder QR factorization of the columns x₀, x₁, … that lie as rows of X [size, length]: a group per row from row <see cref="Step"/> on applies
/// the reflection I − τ v vᵀ of the row before the step's, and the first group then makes the step's own out of what is left. A reflector v stays in its row, from
/// the diagonal on; sums are taken in double precision.
/// </summary>
internal struct HouseholderStepKernel : IGroupKernel
{
    public Floats X;
    public Doubles Tau;

    /// <summary>Signs of R's diagonal.</summary>
    public Doubles Signs;

    public int Length, Step;

    public void Run()
    {
        Doubles shared = Gpu.SharedDoubles(Tree.Length);
        int t = Gpu.Thread, row = (Step + Gpu.GroupX) * Length, before = (Step - 1) * Length;
        if (Step > 0)
        {
            double dot = 0;
            for (int i = RowElements.From(Step - 1); i < Length; i += Gpu.Threads)
                dot += (double)X[before + i] * X[row + i];
            shared[t] = dot;
            Gpu.Barrier();
            Tree.Narrow(shared);
            Gpu.Barrier();
            double factor = Tau[Step - 1] * Tree.Total(shared);
            for (int i = RowElements.From(Step - 1); i < Length; i += Gpu.Threads)
                X[row + i] = (float)(X[row + i] - (factor * X[before + i]));
            Gpu.Barrier();
        }

        if (Gpu.GroupX == 0)
        {
            double tail = 0;
            for (int i = RowElements.From(Step + 1); i < Length; i += Gpu.Threads)
                tail += (double)X[row + i] * X[row + i];
            shared[t] = tail;
            Gpu.Barrier();
            Tree.Narrow(shared);
            Gpu.Barrier();
            tail = Tree.Total(shared);
            double alpha = X[row + Step], norm = Math.Sqrt((alpha * alpha) + tail), beta = alpha < 0 ? norm : -norm, inverse = tail > 0 ? 1 / (alpha - beta) : 0;
            Gpu.Barrier();

            // τ of the reflector as it is stored in single precision, so that I − τ v vᵀ is orthogonal for this very v
            double stored = 0;
            for (int i = RowElements.From(Step + 1); i < Length; i += Gpu.Threads)
            {
                float v = (float)(X[row + i] * inverse);
                X[row + i] = v;
                stored += (double)v * v;
            }

            shared[t] = stored;
            Gpu.Barrier();
            Tree.Narrow(shared);
            Gpu.Barrier();
            if (t == 0)
            {
                X[row + Step] = 1f;
                Tau[Step] = tail > 0 ? 2 / (1 + Tree.Total(shared)) : 0;
                Signs[Step] = (tail > 0 ? beta : alpha) < 0 ? -1 : 1;
            }
        }
    }
}

/// <summary>
/// The orthonormal factor of <see cref="HouseholderStepKernel"/>, a row q_c = H₀ H₁ … H_c e_c per group, whose sign makes R's diagonal positive: xᵢ goes into qᵢ with
/// the sign it has, as with Cholesky.
/// </summary>
internal struct HouseholderBasisKernel : IGroupKernel
{
    public Floats Reflectors, Q;
    public Doubles Tau, Signs;
    public int Length;

    public void Run()
    {
        Doubles shared = Gpu.SharedDoubles(Tree.Length);
        int t = Gpu.Thread, c = Gpu.GroupX, row = c * Length;
        for (int i = t; i < Length; i += Gpu.Threads)
            Q[row + i] = i == c ? (float)Signs[c] : 0f;
        for (int k = c; k >= 0; k--)
        {
            int reflector = k * Length;
            double dot = 0;
            for (int i = RowElements.From(k); i < Length; i += Gpu.Threads)
                dot += (double)Reflectors[reflector + i] * Q[row + i];
            shared[t] = dot;
            Gpu.Barrier();
            Tree.Narrow(shared);
            Gpu.Barrier();
            double factor = Tau[k] * Tree.Total(shared);
            for (int i = RowElements.From(k); i < Length; i += Gpu.Threads)
                Q[row + i] = (float)(Q[row + i] - (factor * Reflectors[reflector + i]));
            Gpu.Barrier();
        }
    }
}
