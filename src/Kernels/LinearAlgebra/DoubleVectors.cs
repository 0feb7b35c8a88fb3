using System.Runtime.Intrinsics;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>Vector loops on contiguous doubles. Fixed lane order: the result depends on the length and the machine's width only.</summary>
internal static unsafe class DoubleVectors
{
    internal static double Dot(double* x, double* y, int n)
    {
        int i = 0;
        double sum = 0;
        if (Vector512.IsHardwareAccelerated && n >= 16)
        {
            Vector512<double> s0 = Vector512<double>.Zero, s1 = Vector512<double>.Zero;
            for (; i <= n - 16; i += 16)
            {
                s0 = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(y + i), s0);
                s1 = Vector512.FusedMultiplyAdd(Vector512.Load(x + i + 8), Vector512.Load(y + i + 8), s1);
            }

            sum = Vector512.Sum(s0 + s1);
        }

        Vector256<double> t0 = Vector256<double>.Zero, t1 = Vector256<double>.Zero;
        for (; i <= n - 8; i += 8)
        {
            t0 = Vector256.FusedMultiplyAdd(Vector256.Load(x + i), Vector256.Load(y + i), t0);
            t1 = Vector256.FusedMultiplyAdd(Vector256.Load(x + i + 4), Vector256.Load(y + i + 4), t1);
        }

        sum += Vector256.Sum(t0 + t1);
        for (; i < n; i++)
        {
            sum = Math.FusedMultiplyAdd(x[i], y[i], sum);
        }

        return sum;
    }

    /// <summary>y += a·x.</summary>
    internal static void Add(double a, double* x, double* y, int n)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<double> factor = Vector512.Create(a);
            for (; i <= n - 8; i += 8)
            {
                Vector512.FusedMultiplyAdd(factor, Vector512.Load(x + i), Vector512.Load(y + i)).Store(y + i);
            }
        }
        else
        {
            Vector256<double> factor = Vector256.Create(a);
            for (; i <= n - 4; i += 4)
            {
                Vector256.FusedMultiplyAdd(factor, Vector256.Load(x + i), Vector256.Load(y + i)).Store(y + i);
            }
        }

        for (; i < n; i++)
        {
            y[i] = Math.FusedMultiplyAdd(a, x[i], y[i]);
        }
    }

    /// <summary>(x, y) ← (c·x − s·y, s·x + c·y).</summary>
    internal static void Rotate(double* x, double* y, double c, double s, int n)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<double> vc = Vector512.Create(c), vs = Vector512.Create(s);
            for (; i <= n - 8; i += 8)
            {
                Vector512<double> a = Vector512.Load(x + i), b = Vector512.Load(y + i);
                Vector512.FusedMultiplyAdd(vc, a, -(vs * b)).Store(x + i);
                Vector512.FusedMultiplyAdd(vs, a, vc * b).Store(y + i);
            }
        }
        else
        {
            Vector256<double> vc = Vector256.Create(c), vs = Vector256.Create(s);
            for (; i <= n - 4; i += 4)
            {
                Vector256<double> a = Vector256.Load(x + i), b = Vector256.Load(y + i);
                Vector256.FusedMultiplyAdd(vc, a, -(vs * b)).Store(x + i);
                Vector256.FusedMultiplyAdd(vs, a, vc * b).Store(y + i);
            }
        }

        for (; i < n; i++)
        {
            double a = x[i], b = y[i];
            x[i] = c * a - s * b;
            y[i] = s * a + c * b;
        }
    }

    internal static void Scale(double a, double* x, int n)
    {
        for (int i = 0; i < n; i++)
        {
            x[i] *= a;
        }
    }
}
