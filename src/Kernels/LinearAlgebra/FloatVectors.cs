using System.Runtime.Intrinsics;

namespace Engram.Kernels.LinearAlgebra;

/// <summary>Vector loops on contiguous float32. Dot products are summed in double precision; fixed lane order.</summary>
internal static unsafe class FloatVectors
{
    internal static double Dot(float* x, float* y, int n)
    {
        int i = 0;
        double sum = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<double> s0 = Vector512<double>.Zero, s1 = Vector512<double>.Zero;
            for (; i <= n - 16; i += 16)
            {
                (Vector512<double> xl, Vector512<double> xu) = Vector512.Widen(Vector512.Load(x + i));
                (Vector512<double> yl, Vector512<double> yu) = Vector512.Widen(Vector512.Load(y + i));
                s0 = Vector512.FusedMultiplyAdd(xl, yl, s0);
                s1 = Vector512.FusedMultiplyAdd(xu, yu, s1);
            }

            sum = Vector512.Sum(s0 + s1);
        }

        Vector256<double> t0 = Vector256<double>.Zero, t1 = Vector256<double>.Zero;
        for (; i <= n - 8; i += 8)
        {
            (Vector256<double> xl, Vector256<double> xu) = Vector256.Widen(Vector256.Load(x + i));
            (Vector256<double> yl, Vector256<double> yu) = Vector256.Widen(Vector256.Load(y + i));
            t0 = Vector256.FusedMultiplyAdd(xl, yl, t0);
            t1 = Vector256.FusedMultiplyAdd(xu, yu, t1);
        }

        sum += Vector256.Sum(t0 + t1);
        for (; i < n; i++)
        {
            sum += (double)x[i] * y[i];
        }

        return sum;
    }

    /// <summary>y += a·x.</summary>
    internal static void Add(float a, float* x, float* y, int n)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<float> factor = Vector512.Create(a);
            for (; i <= n - 16; i += 16)
            {
                Vector512.FusedMultiplyAdd(factor, Vector512.Load(x + i), Vector512.Load(y + i)).Store(y + i);
            }
        }
        else
        {
            Vector256<float> factor = Vector256.Create(a);
            for (; i <= n - 8; i += 8)
            {
                Vector256.FusedMultiplyAdd(factor, Vector256.Load(x + i), Vector256.Load(y + i)).Store(y + i);
            }
        }

        for (; i < n; i++)
        {
            y[i] = MathF.FusedMultiplyAdd(a, x[i], y[i]);
        }
    }

    internal static void Scale(float a, float* x, long n)
    {
        for (long i = 0; i < n; i++)
        {
            x[i] *= a;
        }
    }
}
