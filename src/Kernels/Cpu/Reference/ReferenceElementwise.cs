namespace Engram.Kernels.Cpu.Reference;

/// <summary>Elementary functions and op twins in double precision: obviously right, not fast.</summary>
public static class ReferenceElementwise
{
    /// <summary>erf x = 2/√π·Σ (−1)ⁿ x^(2n+1)/(n!(2n+1)) near 0, by the continued fraction of erfc further out.</summary>
    public static double Erf(double x)
    {
        if (double.IsNaN(x))
        {
            return x;
        }

        double a = Math.Abs(x);
        if (a >= 6)
        {
            // erfc(6) = 2e-17 is below half an ulp of 1
            return Math.Sign(x);
        }

        double x2 = a * a;
        if (a < 2.5)
        {
            // the form with positive terms only: 2/√π·e^(−x²)·Σ 2ⁿ x^(2n+1)/(1·3·5…(2n+1))
            double term = a;
            double sum = a;
            for (int n = 1; term > sum * 1e-18; n++)
            {
                term *= 2 * x2 / ((2 * n) + 1);
                sum += term;
            }

            return Math.CopySign(2 / Math.Sqrt(Math.PI) * Math.Exp(-x2) * sum, x);
        }

        // erfc a = e^(−a²)/√π · 1/(a + (1/2)/(a + 1/(a + (3/2)/(a + …))))
        double tail = a;
        for (int k = 120; k >= 1; k--)
        {
            tail = a + (k / 2.0 / tail);
        }

        return Math.CopySign(1 - (Math.Exp(-x2) / Math.Sqrt(Math.PI) / tail), x);
    }

    /// <summary>ln(1 + x), with the digits that 1 + x loses put back (Kahan).</summary>
    public static double LogOnePlus(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : double.IsInfinity(u) || u <= 0 ? Math.Log(u) : Math.Log(u) * x / (u - 1);
    }
}
