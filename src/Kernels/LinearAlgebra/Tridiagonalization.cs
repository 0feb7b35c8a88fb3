using System.Runtime.Intrinsics;
using Engram.Kernels.Cpu;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// A = Q T Qᵀ with T tridiagonal, by Householder reflectors H = I − τ v vᵀ. Works on the triangle with column ≥ row, whose rows are
/// contiguous. The rank-2 update of one step and the matrix-vector product of the next share a single pass over the matrix, which is
/// what bounds the speed.
/// </summary>
internal static unsafe class Tridiagonalization
{
    private const int Strip = 32;

    /// <summary>
    /// On return <paramref name="diagonal"/> [n] and <paramref name="off"/> [n − 1 used] hold T, and row k of <paramref name="a"/> holds
    /// reflector k in columns k+1…n−1. <paramref name="work"/> takes 2n doubles.
    /// </summary>
    internal static void Reduce(double* a, int n, double* diagonal, double* off, double* tau, double* work)
    {
        // v wᵀ + w vᵀ is what the rows below k still owe; nothing at first, so any finite v will do
        double* w = work, p = work + n, v = w;
        new Span<double>(w, n).Clear();
        for (int k = 0; k < n; k++)
        {
            double* row = a + (long)k * n;
            double vk = v[k], wk = w[k];
            for (int j = k; j < n; j++)
            {
                row[j] -= vk * w[j] + wk * v[j];
            }

            int rest = n - k - 1;
            diagonal[k] = row[k];
            off[k] = rest == 1 ? row[k + 1] : 0;
            tau[k] = 0;
            if (rest < 2)
            {
                // no reflector, so the debt stays as it is for the last row
                continue;
            }

            (off[k], tau[k]) = Reflector(row + k + 1, rest);
            new Span<double>(p + k + 1, rest).Clear();
            UpdateAndMultiply(a, n, k + 1, v, w, row, p);
            v = row;
            double half = 0.5 * tau[k] * tau[k] * DoubleVectors.Dot(p + k + 1, v + k + 1, rest);
            for (int j = k + 1; j < n; j++)
            {
                w[j] = tau[k] * p[j] - half * v[j];
            }
        }
    }

    /// <summary>Doubles of scratch that <see cref="BackTransform"/> takes.</summary>
    internal static long ScratchDoubles(int n) => (long)Strip * n;

    /// <summary>
    /// Rows z of <paramref name="vectors"/> [count, n], eigenvectors of T, become Q z: 32 of them side by side in <paramref name="strip"/> [n, 32], so that a
    /// reflector's inner products with them need no sums across a vector register.
    /// </summary>
    internal static void BackTransform(double* a, int n, double* tau, double* vectors, int count, double* strip)
    {
        for (int first = 0; first < count; first += Strip)
        {
            int used = Math.Min(Strip, count - first);
            double* rows = vectors + (long)first * n;
            new Span<double>(strip, Strip * n).Clear();
            for (int lane = 0; lane < used; lane++)
            {
                for (int i = 0; i < n; i++)
                {
                    strip[(long)i * Strip + lane] = rows[(long)lane * n + i];
                }
            }

            for (int k = n - 3; k >= 0; k--)
            {
                double* v = a + (long)k * n + k + 1, z = strip + (long)(k + 1) * Strip;
                if (tau[k] == 0)
                {
                    continue;
                }

                if (Vector512.IsHardwareAccelerated)
                {
                    Reflect<DoubleLane8>(tau[k], v, n - k - 1, z);
                }
                else
                {
                    Reflect<DoubleLane4>(tau[k], v, n - k - 1, z);
                }
            }

            for (int lane = 0; lane < used; lane++)
            {
                for (int i = 0; i < n; i++)
                {
                    rows[(long)lane * n + i] = strip[(long)i * Strip + lane];
                }
            }
        }
    }

    // Z ← Z − τ v (vᵀ Z) for Z [n, 32], four vector registers of columns at a time
    private static void Reflect<TLane>(double tau, double* v, int n, double* z) where TLane : struct, IDoubleLane<TLane>
    {
        int width = TLane.Count;
        for (int first = 0; first < Strip; first += 4 * width)
        {
            TLane s0 = TLane.Zero, s1 = s0, s2 = s0, s3 = s0;
            double* row = z + first;
            for (int i = 0; i < n; i++, row += Strip)
            {
                TLane x = TLane.Splat(v[i]);
                TLane.Accumulate(ref s0, x, TLane.Load(row));
                TLane.Accumulate(ref s1, x, TLane.Load(row + width));
                TLane.Accumulate(ref s2, x, TLane.Load(row + 2 * width));
                TLane.Accumulate(ref s3, x, TLane.Load(row + 3 * width));
            }

            row = z + first;
            for (int i = 0; i < n; i++, row += Strip)
            {
                TLane x = TLane.Splat(-tau * v[i]);
                TLane z0 = TLane.Load(row), z1 = TLane.Load(row + width), z2 = TLane.Load(row + 2 * width), z3 = TLane.Load(row + 3 * width);
                TLane.Accumulate(ref z0, x, s0);
                TLane.Accumulate(ref z1, x, s1);
                TLane.Accumulate(ref z2, x, s2);
                TLane.Accumulate(ref z3, x, s3);
                TLane.Store(z0, row);
                TLane.Store(z1, row + width);
                TLane.Store(z2, row + 2 * width);
                TLane.Store(z3, row + 3 * width);
            }
        }
    }

    // x becomes v with v[0] = 1; H x = (beta, 0, …)
    private static (double Beta, double Tau) Reflector(double* x, int n)
    {
        double tail = DoubleVectors.Dot(x + 1, x + 1, n - 1), alpha = x[0];
        if (tail == 0)
        {
            x[0] = 1;
            return (alpha, 0);
        }

        double beta = -Math.CopySign(Math.Sqrt(alpha * alpha + tail), alpha);
        DoubleVectors.Scale(1 / (alpha - beta), x + 1, n - 1);
        x[0] = 1;
        return (beta, (beta - alpha) / beta);
    }

    // A −= v wᵀ + w vᵀ on rows and columns ≥ first, and p = A u with the updated A, in one pass over the upper triangle
    private static void UpdateAndMultiply(double* a, int n, int first, double* v, double* w, double* u, double* p)
    {
        for (int i = first; i < n; i++)
        {
            double* row = a + (long)i * n;
            double vi = v[i], wi = w[i], ui = u[i];
            row[i] -= 2 * vi * wi;
            double sum = row[i] * ui;
            int j = i + 1;
            if (Vector512.IsHardwareAccelerated)
            {
                Vector512<double> xv = Vector512.Create(-vi), xw = Vector512.Create(-wi), xu = Vector512.Create(ui), s = Vector512<double>.Zero;
                for (; j <= n - 8; j += 8)
                {
                    Vector512<double> x = Vector512.FusedMultiplyAdd(xv, Vector512.Load(w + j), Vector512.Load(row + j));
                    x = Vector512.FusedMultiplyAdd(xw, Vector512.Load(v + j), x);
                    x.Store(row + j);
                    s = Vector512.FusedMultiplyAdd(x, Vector512.Load(u + j), s);
                    Vector512.FusedMultiplyAdd(x, xu, Vector512.Load(p + j)).Store(p + j);
                }

                sum += Vector512.Sum(s);
            }
            else
            {
                Vector256<double> xv = Vector256.Create(-vi), xw = Vector256.Create(-wi), xu = Vector256.Create(ui), s = Vector256<double>.Zero;
                for (; j <= n - 4; j += 4)
                {
                    Vector256<double> x = Vector256.FusedMultiplyAdd(xv, Vector256.Load(w + j), Vector256.Load(row + j));
                    x = Vector256.FusedMultiplyAdd(xw, Vector256.Load(v + j), x);
                    x.Store(row + j);
                    s = Vector256.FusedMultiplyAdd(x, Vector256.Load(u + j), s);
                    Vector256.FusedMultiplyAdd(x, xu, Vector256.Load(p + j)).Store(p + j);
                }

                sum += Vector256.Sum(s);
            }

            for (; j < n; j++)
            {
                row[j] -= vi * w[j] + wi * v[j];
                sum += row[j] * u[j];
                p[j] += row[j] * ui;
            }

            p[i] += sum;
        }
    }
}
