namespace Engram.Kernels.Simt;

/// <summary>Parts of inner products of rows in double precision: a group adds up one stretch of rows i and j, where (i, j) is its column of the grid.</summary>
internal struct InnerProductKernel : IGroupKernel
{
    public Floats A, B;
    public Doubles Parts;
    public int ARow, BRow, Columns, BRows, PartCount, Lower, Wide;

    public void Run()
    {
        Doubles shared = Gpu.SharedDoubles(Tree.Length);
        int t = Gpu.Thread, pair = Gpu.GroupX, part = Gpu.GroupY, i = pair / BRows, j = pair % BRows;
        double sum = 0;

        // the upper triangle of a symmetric matrix is the lower one
        if (Lower == 0 || j <= i)
        {
            int c = 4 * ((part * Gpu.Threads) + t);
            for (; c + 3 < Columns; c += 4 * PartCount * Gpu.Threads)
            {
                Quad a = Four.Read(A, (i * ARow) + c, Wide), b = Four.Read(B, (j * BRow) + c, Wide);
                sum += ((double)a.X * b.X) + ((double)a.Y * b.Y) + (((double)a.Z * b.Z) + ((double)a.W * b.W));
            }

            for (; c < Columns; c++)
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
    public int Count, Wide;

    public void Run()
    {
        Doubles shared = Gpu.SharedDoubles(3 * Tree.Length);
        int t = Gpu.Thread, i = 4 * Gpu.Global;
        double dot = 0, reference = 0, gradient = 0;
        for (; i + 3 < Count; i += 4 * Gpu.GroupsX * Gpu.Threads)
        {
            Quad g = Four.Read(Gradient, i, Wide), r = Four.Read(Reference, i, Wide);
            dot += ((double)g.X * r.X) + ((double)g.Y * r.Y) + (((double)g.Z * r.Z) + ((double)g.W * r.W));
            reference += ((double)r.X * r.X) + ((double)r.Y * r.Y) + (((double)r.Z * r.Z) + ((double)r.W * r.W));
            gradient += ((double)g.X * g.X) + ((double)g.Y * g.Y) + (((double)g.Z * g.Z) + ((double)g.W * g.W));
        }

        for (; i < Count; i++)
        {
            double g = Gradient[i], r = Reference[i];
            dot += g * r;
            reference += r * r;
            gradient += g * g;
        }

        shared[t] = dot;
        shared[Tree.Length + t] = reference;
        shared[(2 * Tree.Length) + t] = gradient;
        Gpu.Barrier();
        Tree.Narrow(shared, 3);
        Gpu.Barrier();
        if (t < 3)
            Parts[(3 * Gpu.GroupX) + t] = Tree.Total(shared, t);
    }
}

/// <summary>
/// g ← g − (⟨g, r⟩/⟨r, r⟩)·r where they conflict, four elements per thread. Every group adds up all parts, at most one per thread, in the same order, and decides for itself:
/// the host is not asked.
/// </summary>
internal struct ProjectionKernel : IGroupKernel
{
    public Floats Gradient, Reference;
    public Doubles Parts, Status;
    public int Count, PartCount, Wide;

    public void Run()
    {
        Doubles shared = Gpu.SharedDoubles(3 * Tree.Length);
        int t = Gpu.Thread;
        Tree.Spread(shared, Parts, 0, PartCount, 3, 3);
        Gpu.Barrier();
        Tree.Narrow(shared, 3);
        Gpu.Barrier();
        double dot = Tree.Total(shared, 0), reference = Tree.Total(shared, 1), gradient = Tree.Total(shared, 2);
        double coefficient = LinearAlgebra.GradientProjection.Decide(dot, reference, gradient) == LinearAlgebra.ProjectionOutcome.Projected ? dot / reference : 0;
        if (Gpu.GroupX == 0 && t < 3)
            Status[t] = Tree.Total(shared, t);
        int i = coefficient == 0 ? Count : 4 * Gpu.Global;
        if (i + 3 < Count)
        {
            Quad g = Four.Read(Gradient, i, Wide), r = Four.Read(Reference, i, Wide);
            Four.Write(Gradient, i, Wide, new Quad
            {
                X = (float)(g.X - (coefficient * r.X)), Y = (float)(g.Y - (coefficient * r.Y)), Z = (float)(g.Z - (coefficient * r.Z)), W = (float)(g.W - (coefficient * r.W)),
            });
            i = Count;
        }

        for (; i < Count; i++)
            Gradient[i] = (float)(Gradient[i] - (coefficient * Reference[i]));
    }
}
