namespace Engram.Kernels.LinearAlgebra;

/// <content>
/// Lawson and Hanson's active sets. _set holds the rows whose multiplier is free, in the order in which the lower Cholesky factor _l [m, m] of their
/// part of K took them in; the others have u = 0. A row that depends on the set, to within rounding, has a vanishing pivot. In exact arithmetic its
/// w would then be 0 and nothing would be left to do; where rounding says otherwise a ridge ρ = 1e-10 is added and its bias iterated away
/// (u ← argmin f(u) + ρ/2·‖u − u_old‖², the proximal point method, whose limit is a solution without the ridge).
/// </content>
public sealed partial class DualSolver
{
    private const double PivotFloor = 1e-13;
    private const double RelativeRidge = 1e-10;
    private const int MostProximalSteps = 40;
    private const int MostSafeSweeps = 500;

    private double[] _l = [];
    private double[] _s = [];
    private double[] _solution = [];
    private double[] _right = [];
    private double[] _kept = [];
    private int[] _set = [];
    private bool[] _free = [];
    private bool[] _blocked = [];
    private int _size;
    private double _ridge;

    private void ReserveActiveSet(int n)
    {
        _l = new double[checked(n * n)];
        _s = new double[n];
        _solution = new double[n];
        _right = new double[n];
        _kept = new double[n];
        _set = new int[n];
        _free = new bool[n];
        _blocked = new bool[n];
    }

    private DualStatus ActiveSet(double tolerance)
    {
        _ridge = 0;
        _b.AsSpan(0, _m).CopyTo(_right);
        Descend(tolerance, out int changes);
        DualStatus status = Judge(tolerance, changes, 0);
        if (status.Outcome == DualOutcome.Converged)
            return status;
        // b is at most 1: multipliers that leave more than they began with are rounding, magnified by a set close to dependent
        if (!(status.Residual < 1))
        {
            _u.AsSpan(0, _m).Clear();
            status = Judge(tolerance, changes, 0);
        }

        _ridge = RelativeRidge;
        double best = status.Residual;
        _u.AsSpan(0, _m).CopyTo(_kept);
        for (int step = 0; step < MostProximalSteps && status.Residual > tolerance; step++)
        {
            for (int a = 0; a < _m; a++)
                _right[a] = _b[a] - _ridge * _u[a];
            Descend(tolerance, out int more);
            changes += more;
            status = Judge(tolerance, changes, RelativeRidge);
            if (status.Residual >= best)
                continue;
            best = status.Residual;
            _u.AsSpan(0, _m).CopyTo(_kept);
        }

        _kept.AsSpan(0, _m).CopyTo(_u);
        status = Judge(tolerance, changes, RelativeRidge);
        if (status.Outcome == DualOutcome.Converged)
            return status;
        // sets so close to dependent that their solutions are rounding: descent along single multipliers never raises the objective
        _u.AsSpan(0, _m).Clear();
        DualStatus safe = Sweeps(tolerance, MostSafeSweeps);
        if (safe.Residual < status.Residual)
            return safe with { Iterations = changes + safe.Iterations, Ridge = RelativeRidge };
        _kept.AsSpan(0, _m).CopyTo(_u);
        return status;
    }

    // minimizes ½uᵀ(K + ρI)u + rᵀu from the feasible u at hand
    private void Descend(double tolerance, out int changes)
    {
        changes = 0;
        _size = 0;
        _free.AsSpan(0, _m).Clear();
        _blocked.AsSpan(0, _m).Clear();
        for (int a = 0; a < _m; a++)
        {
            if (_u[a] > 0 && !Append(a))
                _u[a] = 0;
        }

        changes += Move();
        int most = 20 + 10 * _m;
        while (changes < most)
        {
            int next = MostViolated(tolerance);
            if (next < 0)
                break;
            changes++;
            if (!Append(next))
            {
                _blocked[next] = true; // it depends on the others
                continue;
            }

            changes += Move();
            if (_free[next])
                _blocked.AsSpan(0, _m).Clear(); // the objective has fallen: what was hopeless before may not be so now
            else
                _blocked[next] = true; // its multiplier came back to zero at once: only rounding wanted it
        }

        Polish();
    }

    private unsafe int MostViolated(double tolerance)
    {
        int worst = -1;
        double least = -0.5 * tolerance;
        fixed (double* k = _k, u = _u)
        {
            for (int a = 0; a < _m; a++)
            {
                if (_free[a] || _blocked[a])
                    continue;
                double w = _right[a] + DoubleVectors.Dot(k + (long)a * _m, u, _m);
                if (w < least)
                    (worst, least) = (a, w);
            }
        }

        return worst;
    }

    // walks to the minimum over the set; where a multiplier would turn negative, stops there and drops it. Returns how many were dropped.
    private int Move()
    {
        int dropped = 0;
        while (_size > 0)
        {
            SolveSet(_right, _s);
            double step = 1;
            for (int p = 0; p < _size; p++)
            {
                if (_s[p] <= 0)
                    step = Math.Min(step, Stop(p));
            }

            if (step == 1 && AllPositive(_s))
            {
                for (int p = 0; p < _size; p++)
                    _u[_set[p]] = _s[p];
                break;
            }

            int removed = 0;
            for (int p = _size - 1; p >= 0; p--)
            {
                int a = _set[p];
                if (_s[p] <= 0 && Stop(p) <= step)
                {
                    _u[a] = 0;
                    _free[a] = false;
                    _set.AsSpan(p + 1, _size - p - 1).CopyTo(_set.AsSpan(p));
                    _s.AsSpan(p + 1, _size - p - 1).CopyTo(_s.AsSpan(p));
                    _size--;
                    removed = p;
                    dropped++;
                }
                else
                {
                    _u[a] += step * (_s[p] - _u[a]);
                }
            }

            Refactor(removed);
        }

        return dropped;
    }

    // how far a falling multiplier of the set may go before it is zero
    private double Stop(int p) => _u[_set[p]] > 0 ? _u[_set[p]] / (_u[_set[p]] - _s[p]) : 0;

    private bool AllPositive(double[] s)
    {
        for (int p = 0; p < _size; p++)
        {
            if (!(s[p] > 0))
                return false;
        }

        return true;
    }

    // the answer as a function of the set alone, whatever way led to it: rows in ascending order, and one step of refinement
    private void Polish()
    {
        _set.AsSpan(0, _size).Sort();
        Refactor(0);
        if (_size == 0)
            return;
        SolveSet(_right, _s);
        for (int p = 0; p < _size; p++)
        {
            double rest = _right[_set[p]] + _ridge * _s[p];
            for (int q = 0; q < _size; q++)
                rest += _k[_set[p] * _m + _set[q]] * _s[q];
            _w[_set[p]] = rest;
        }

        SolveSet(_w, _solution);
        for (int p = 0; p < _size; p++)
            _solution[p] += _s[p];
        if (!AllPositive(_solution))
            return;
        for (int p = 0; p < _size; p++)
            _u[_set[p]] = _solution[p];
    }

    private bool Append(int row)
    {
        _set[_size] = row;
        if (!Factor(_size))
            return false;
        _free[row] = true;
        _size++;
        return true;
    }

    private void Refactor(int from)
    {
        for (int p = from; p < _size; p++)
        {
            if (Factor(p))
                continue;
            // rounding in another order: the row goes, and a later round may take it back
            _free[_set[p]] = false;
            _u[_set[p]] = 0;
            _set.AsSpan(p + 1, _size - p - 1).CopyTo(_set.AsSpan(p));
            _size--;
            p--;
        }
    }

    // row p of the factor; false when its pivot vanishes
    private unsafe bool Factor(int p)
    {
        fixed (double* l = _l)
        {
            double* row = l + (long)p * _m;
            for (int q = 0; q < p; q++)
                row[q] = (_k[_set[p] * _m + _set[q]] - DoubleVectors.Dot(row, l + (long)q * _m, q)) / l[(long)q * _m + q];
            double pivot = 1 + _ridge - DoubleVectors.Dot(row, row, p);
            if (!(pivot > PivotFloor))
                return false;
            row[p] = Math.Sqrt(pivot);
            return true;
        }
    }

    // s ← −(K_PP + ρI)⁻¹ r_P
    private unsafe void SolveSet(double[] right, double[] s)
    {
        fixed (double* l = _l, x = s)
        {
            for (int p = 0; p < _size; p++)
                x[p] = (-right[_set[p]] - DoubleVectors.Dot(l + (long)p * _m, x, p)) / l[(long)p * _m + p];
            for (int p = _size - 1; p >= 0; p--)
            {
                x[p] /= l[(long)p * _m + p];
                DoubleVectors.Add(-x[p], l + (long)p * _m, x, p);
            }
        }
    }
}
