namespace Engram.Kernels.Simt;

/// <summary>Parts of inner products of rows in double precision: a group adds up one stretch of rows i and j, where (i, j) is its column of the grid.</summary>
internal struct InnerProductKernel : IGroupKernel
{
    public Floats A, B;
    public Doubles Parts;
    public int ARow, BRow, Columns, BRows, PartCount, Lower;

    public void Run()
    {
        Doubles shared = Gpu.SharedDoubles(Tree.Length);
        int t = Gpu.Thread, pair = Gpu.GroupX, part = Gpu.GroupY, i = pair / BRows, j = pair % BRows;
        double sum = 0;

        // the upper triangle of a symmetric matrix is the lower one
        if (Lower == 0 || j <= i)
        {
            for (int c = (part * Gpu.Threads) + t; c < Columns; c += PartCount * Gpu.Threads)
                sum += (double)A[(i * ARow) + c] * B[(j * BRow) + c];
        }

        shared[t] = sum;
        Gpu.Barrier();
        Tree.Narrow(shared);
        Gpu.Barrier();
        if (t == 0)
            Parts[(pair * PartCount) + part] = Tree.Total(shared);
    }
}

/// <summary>⟨g, r⟩, ⟨r, r⟩ and ⟨g, g⟩ of one stretch per group, in double precision.</summary>
internal struct ProjectionPartsKernel : IGroupKernel
{
    public Floats Gradient, Reference;
    public Doubles Parts;
    public int Count;

    public void Run()
    {
        Doubles shared = Gpu.SharedDoubles(Tree.Length);
        int t = Gpu.Thread;
        double dot = 0, reference = 0, gradient = 0;
        for (int i = (Gpu.GroupX * Gpu.Threads) + t; i < Count; i += Gpu.GroupsX * Gpu.Threads)
        {
            double g = Gradient[i], r = Reference[i];
            dot += g * r;
            reference += r * r;
            gradient += g * g;
        }

        shared[t] = dot;
        Gpu.Barrier();
        Tree.Narrow(shared);
        Gpu.Barrier();
        if (t == 0)
            Parts[3 * Gpu.GroupX] = Tree.Total(shared);
        Gpu.Barrier();
        shared[t] = reference;
        Gpu.Barrier();
        Tree.Narrow(shared);
        Gpu.Barrier();
        if (t == 0)
            Parts[(3 * Gpu.GroupX) + 1] = Tree.Total(shared);
        Gpu.Barrier();
        shared[t] = gradient;
        Gpu.Barrier();
        Tree.Narrow(shared);
        Gpu.Barrier();
        if (t == 0)
            Parts[(3 * Gpu.GroupX) + 2] = Tree.Total(shared);
    }
}

/// <summary>
/// g ← g − (⟨g, r⟩/⟨r, r⟩)·r where they conflict. Every group adds up all parts, in the same order, and decides for itself: the host is not asked.
/// </summary>
internal struct ProjectionKernel : IGroupKernel
{
    public Floats Gradient, Reference;
    public Doubles Parts, Status;
    public int Count, PartCount;

    public void Run()
    {
        Doubles shared = Gpu.SharedDoubles(3);
        int t = Gpu.Thread;
        if (t < 3)
        {
            double sum = 0;
            for (int i = 0; i < PartCount; i++)
                sum += Parts[(3 * i) + t];
            shared[t] = sum;
        }

        Gpu.Barrier();
        double dot = shared[0], reference = shared[1], gradient = shared[2];
        double coefficient = LinearAlgebra.GradientProjection.Decide(dot, reference, gradient) == LinearAlgebra.ProjectionOutcome.Projected ? dot / reference : 0;
        if (Gpu.GroupX == 0 && t < 3)
            Status[t] = shared[t];
        int index = Gpu.Global;
        if (coefficient != 0 && index < Count)
            Gradient[index] = (float)(Gradient[index] - (coefficient * Reference[index]));
    }
}
