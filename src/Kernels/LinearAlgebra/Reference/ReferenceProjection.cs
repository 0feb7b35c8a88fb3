namespace Engram.Kernels.LinearAlgebra.Reference;

/// <summary>A-GEM's projection by its formula, in double precision, with the guard of <see cref="GradientProjection"/>.</summary>
public static class ReferenceProjection
{
    /// <summary>Returns z.</summary>
    public static double[] Project(double[] gradient, double[] reference)
    {
        double dot = 0, rr = 0, gg = 0;
        for (int i = 0; i < gradient.Length; i++)
        {
            dot += gradient[i] * reference[i];
            rr += reference[i] * reference[i];
            gg += gradient[i] * gradient[i];
        }

        double guard = 1e-12 * Math.Max(1, Math.Sqrt(gg));
        return dot >= 0 || rr <= guard * guard ? (double[])gradient.Clone() : gradient.Select((x, i) => x - dot / rr * reference[i]).ToArray();
    }
}
