namespace Engram.Kernels.LinearAlgebra.Reference;

/// <summary>
/// The projection of g onto {z : ⟨ĝ_i, z⟩ ≥ m_i} by trying every set of active constraints, in double precision on the vectors themselves: for a few
/// constraints only. The nearest of all candidates that satisfy every constraint is the answer.
/// </summary>
public static class ReferenceDual
{
    /// <summary>Returns z [p], or null when no candidate satisfies the constraints.</summary>
    /// <param name="gradient">g [p].</param>
    /// <param name="rows">ĝ, one array [p] per constraint.</param>
    /// <param name="margins">m; zeros when null.</param>
    /// <param name="tolerance">Slack of a constraint, relative to ‖g‖·‖ĝ_i‖.</param>
    public static double[]? Project(double[] gradient, double[][] rows, double[]? margins = null, double tolerance = 1e-9)
    {
        double[]? best = null;
        double nearest = double.PositiveInfinity, norm = Norm(gradient);
        for (int set = 0; set < 1 << rows.Length; set++)
        {
            int[] active = [.. Enumerable.Range(0, rows.Length).Where(i => (set >> i & 1) == 1)];
            if (OnFace(gradient, rows, active, margins) is not { } z)
                continue;
            bool feasible = rows.Select((row, i) => (row, i)).All(x =>
                Dot(x.row, z) - (margins?[x.i] ?? 0) >= -tolerance * Norm(x.row) * Math.Max(norm, margins is null || Norm(x.row) == 0 ? 0 : margins[x.i] / Norm(x.row)));
            double distance = Norm([.. z.Zip(gradient, (a, b) => a - b)]);
            if (feasible && distance < nearest)
                (best, nearest) = (z, distance);
        }

        return best;
    }

    // the nearest point to g on ⟨ĝ_i, z⟩ = m_i for the active rows, by Gram-Schmidt; null when the rows depend on each other
    private static double[]? OnFace(double[] gradient, double[][] rows, int[] active, double[]? margins)
    {
        List<(double[] Direction, double Level)> basis = [];
        foreach (int i in active)
        {
            double[] direction = (double[])rows[i].Clone();
            double level = margins?[i] ?? 0, length = Norm(direction);
            for (int pass = 0; pass < 2; pass++)
            {
                foreach ((double[] q, double at) in basis)
                {
                    double c = Dot(direction, q);
                    for (int k = 0; k < direction.Length; k++)
                        direction[k] -= c * q[k];
                    level -= c * at;
                }
            }

            double rest = Norm(direction);
            if (rest <= 1e-11 * length)
                return null;
            basis.Add(([.. direction.Select(x => x / rest)], level / rest));
        }

        double[] z = (double[])gradient.Clone();
        foreach ((double[] q, double at) in basis)
        {
            double c = at - Dot(z, q);
            for (int k = 0; k < z.Length; k++)
                z[k] += c * q[k];
        }

        return z;
    }

    private static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();

    private static double Norm(double[] x) => Math.Sqrt(Dot(x, x));
}
