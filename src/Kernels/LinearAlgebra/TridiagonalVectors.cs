using System.Runtime.Intrinsics;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Some eigenvectors of a symmetric tridiagonal matrix T whose eigenvalues are known: inverse iteration with partial pivoting, four vectors side by side, vectors
/// of near eigenvalues made orthogonal to each other. Where few of many vectors are wanted this is a small part of what QL's rotations cost.
/// </summary>
/// <remarks>
/// Promise: ‖T z − λ z‖ and |zᵀz' − δ| are below c·eps·sqrt(8n), the first times ‖T‖, or <see cref="Run"/> says no. It does so where iteration does not tell the
/// vectors of a multiple eigenvalue apart. Wilkinson, The Algebraic Eigenvalue Problem, chapter 5, sections 53 to 59.
/// </remarks>
internal static unsafe class TridiagonalVectors
{
    private const int Lanes = 4, Solves = 2;
    private const double Epsilon = 2.220446049250313e-16;

    // vectors whose eigenvalues differ by less than this share of the norm are made orthogonal; farther ones are by themselves, to eps over the share
    private const double Near = 1e-2;

    // what of a vector must be left when its neighbours are taken out; how far its rounding errors grew by that shows in its residual
    private const double Independent = 1e-4;

    internal static long ScratchDoubles(int n) => 6L * Lanes * n;

    /// <summary>Whether inverse iteration is the cheaper way to so many vectors.</summary>
    internal static bool Suits(int n, int count) => count > 0 && n >= 16 && count <= n / 8 * 5;

    /// <summary>Finds the vectors, or returns false with undefined ones.</summary>
    /// <param name="d">Diagonal [n].</param>
    /// <param name="e">Off-diagonal [n − 1].</param>
    /// <param name="n">Order.</param>
    /// <param name="values">Eigenvalues [count], descending.</param>
    /// <param name="count">How many.</param>
    /// <param name="vectors">Receives unit vectors as rows [count, n].</param>
    /// <param name="scratch"><see cref="ScratchDoubles"/> doubles.</param>
    internal static bool Run(double* d, double* e, int n, double* values, int count, double* vectors, double* scratch)
    {
        double norm = 0;
        for (int i = 0; i < n; i++)
        {
            norm = Math.Max(norm, Math.Abs(d[i]) + (i > 0 ? Math.Abs(e[i - 1]) : 0) + (i + 1 < n ? Math.Abs(e[i]) : 0));
        }

        if (!(norm > 1e-140 && norm < 1e140))
        {
            return false;
        }

        var factor = new Factor(n, norm * Epsilon, scratch);
        RandomStream stream = RandomStream.For(0, "eigenvectors");
        for (int first = 0; first < count; first += Lanes)
        {
            int used = Math.Min(Lanes, count - first);
            double* z = vectors + (long)first * n;
            factor.Decompose(d, e, values + first, used);
            factor.Start(stream, first);
            for (int solve = 0; solve <= Solves; solve++)
            {
                factor.Solve(forward: solve > 0);
            }

            for (int lane = 0; lane < used; lane++)
            {
                factor.CopyTo(lane, z + (long)lane * n);
            }
        }

        for (int k = 0, near = 0; k < count; k++)
        {
            while (values[near] - values[k] > Near * norm)
            {
                near++;
            }

            double* z = vectors + (long)k * n;
            if (!Separate(vectors + (long)near * n, k - near, z, n, scratch) || !(Residual(d, e, n, values[k], z) <= 4 * Epsilon * Math.Sqrt(8.0 * n) * norm))
            {
                return false;
            }
        }

        return true;
    }

    // z orthogonal to so many unit vectors before it, and of length 1; false where next to nothing of it is left
    private static bool Separate(double* before, int count, double* z, int n, double* dots)
    {
        for (int pass = 0; pass < 3; pass++)
        {
            for (int j = 0; j < count; j++)
            {
                dots[j] = DoubleVectors.Dot(before + (long)j * n, z, n);
            }

            double removed = 0;
            for (int j = 0; j < count; j++)
            {
                removed += dots[j] * dots[j];
                DoubleVectors.Add(-dots[j], before + (long)j * n, z, n);
            }

            double length = Math.Sqrt(DoubleVectors.Dot(z, z, n));
            if (!(length > Independent))
            {
                return false;
            }

            DoubleVectors.Scale(1 / length, z, n);

            // what was taken out was known to eps of it
            if (removed < 1e-4)
            {
                return true;
            }
        }

        return false;
    }

    private static double Residual(double* d, double* e, int n, double value, double* z)
    {
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            double r = (d[i] - value) * z[i] + (i > 0 ? e[i - 1] * z[i - 1] : 0) + (i + 1 < n ? e[i] * z[i + 1] : 0);
            sum += r * r;
        }

        return Math.Sqrt(sum);
    }

    /// <summary>P L U = T − λ I for four λ, and the vector that inverse iteration has arrived at for each; arrays are [n][4].</summary>
    private readonly struct Factor(int n, double tiny, double* scratch)
    {
        private readonly double* _inverse = scratch; // of U's diagonal
        private readonly double* _first = scratch + Lanes * n; // U's entries right of it
        private readonly double* _second = scratch + 2 * Lanes * n;
        private readonly double* _multiplier = scratch + 3 * Lanes * n;
        private readonly double* _swapped = scratch + 4 * Lanes * n; // masks
        private readonly double* _x = scratch + 5 * Lanes * n;

        internal void Decompose(double* d, double* e, double* values, int used)
        {
            Vector256<double> shift = Vector256.Create(values[0], values[Math.Min(1, used - 1)], values[Math.Min(2, used - 1)], values[used - 1]);
            Vector256<double> least = Vector256.Create(tiny), diagonal = Vector256.Create(d[0]) - shift, right = Vector256.Create(n > 1 ? e[0] : 0);
            for (int i = 0; i < n; i++)
            {
                double below = i + 1 < n ? e[i] : 0;
                Vector256<double> nextDiagonal = Vector256.Create(i + 1 < n ? d[i + 1] : 0) - shift, nextRight = Vector256.Create(i + 2 < n ? e[i + 1] : 0);
                Vector256<double> sub = Vector256.Create(below), swap = Vector256.GreaterThan(Vector256.Abs(sub), Vector256.Abs(diagonal));
                Vector256<double> pivot = Vector256.ConditionalSelect(swap, sub, diagonal), other = Vector256.ConditionalSelect(swap, diagonal, sub);
                pivot = Vector256.ConditionalSelect(Vector256.GreaterThan(Vector256.Abs(pivot), least), pivot, least);
                Vector256<double> inverse = Vector256<double>.One / pivot, m = other * inverse;
                Vector256<double> first = Vector256.ConditionalSelect(swap, nextDiagonal, right), second = swap & nextRight;
                inverse.Store(_inverse + Lanes * i);
                first.Store(_first + Lanes * i);
                second.Store(_second + Lanes * i);
                m.Store(_multiplier + Lanes * i);
                swap.Store(_swapped + Lanes * i);
                diagonal = Vector256.ConditionalSelect(swap, right, nextDiagonal) - (m * first);
                right = Vector256.ConditionalSelect(swap, Vector256<double>.Zero, nextRight) - (m * second);
            }
        }

        // other numbers for every vector, so that those of one eigenvalue come out different
        internal void Start(RandomStream stream, int index)
        {
            var single = (float*)_x;
            RandomFill.Uniform(stream, (ulong)index * (ulong)n, single, Lanes * n, -1, 1);

            // widened in place, the last first
            for (int i = Lanes * n - 1; i >= 0; i--)
            {
                _x[i] = single[i];
            }
        }

        // x ← x / ‖x‖ after (T − λ I) x' = x, or U x' = x to begin with
        internal void Solve(bool forward)
        {
            // a right-hand side of eps·‖T‖ keeps solutions near 1
            Vector256<double> scale = Vector256.Create(tiny), x = Vector256.Load(_x) * scale;
            for (int i = 0; i + 1 < n; i++)
            {
                Vector256<double> next = Vector256.Load(_x + Lanes * (i + 1)) * scale;
                if (forward)
                {
                    Vector256<double> swap = Vector256.Load(_swapped + Lanes * i);
                    Vector256<double> upper = Vector256.ConditionalSelect(swap, next, x), lower = Vector256.ConditionalSelect(swap, x, next);
                    x = upper;
                    next = lower - (Vector256.Load(_multiplier + Lanes * i) * upper);
                }

                x.Store(_x + Lanes * i);
                x = next;
            }

            Vector256<double> sum = Vector256<double>.Zero, after = Vector256<double>.Zero, afterThat = Vector256<double>.Zero;
            x.Store(_x + Lanes * (n - 1));
            for (int i = n - 1; i >= 0; i--)
            {
                // entries past the last row are zero
                Vector256<double> right = Vector256.Load(_x + Lanes * i) - (Vector256.Load(_second + Lanes * i) * afterThat);
                x = (right - (Vector256.Load(_first + Lanes * i) * after)) * Vector256.Load(_inverse + Lanes * i);
                x.Store(_x + Lanes * i);
                sum += x * x;
                (after, afterThat) = (x, after);
            }

            Vector256<double> inverse = Vector256<double>.One / Vector256.Sqrt(sum);
            for (int i = 0; i < n; i++)
            {
                (Vector256.Load(_x + Lanes * i) * inverse).Store(_x + Lanes * i);
            }
        }

        internal void CopyTo(int lane, double* target)
        {
            for (int i = 0; i < n; i++)
            {
                target[i] = _x[Lanes * i + lane];
            }
        }
    }
}
