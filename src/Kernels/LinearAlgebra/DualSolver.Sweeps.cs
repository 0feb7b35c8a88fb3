namespace Engram.Kernels.LinearAlgebra;

public sealed partial class DualSolver
{
    // Hildreth: u_i ← max(0, u_i − w_i) for rows of length 1; w follows every change, so a sweep without changes costs n
    private unsafe DualStatus Sweeps(double tolerance, int most)
    {
        Products(_u, _w);
        int sweep = 0;
        fixed (double* k = _k, w = _w)
        {
            for (; sweep < most && Residual() > tolerance; sweep++)
            {
                for (int a = 0; a < _m; a++)
                {
                    double next = Math.Max(0, _u[a] - w[a]), change = next - _u[a];
                    if (change == 0)
                        continue;
                    _u[a] = next;
                    DoubleVectors.Add(change, k + (long)a * _m, w, _m);
                }
            }
        }

        return Judge(tolerance, sweep, 0);
    }

    private DualStatus Diagonal(double tolerance)
    {
        for (int a = 0; a < _m; a++)
            _u[a] = Math.Max(0, -_b[a]);
        return Judge(tolerance, 1, 0);
    }

    private double Residual()
    {
        double residual = 0;
        for (int a = 0; a < _m; a++)
            residual = Math.Max(residual, Math.Abs(Math.Min(_u[a], _w[a])));
        return residual;
    }
}
