namespace Engram.Kernels.LinearAlgebra;

/// <summary>
/// Multipliers of a gradient projection onto {z : ⟨ĝ_i, z⟩ ≥ 0} from the Gram matrix alone, in double precision: GEM's quadratic program
/// (Lopez-Paz and Ranzato 2017, arXiv 1706.08840, equation 11), with memory strength in three forms. The work is in n, the number of constraints;
/// the number of parameters does not occur.
/// </summary>
/// <remarks>
/// Rows are brought to length 1 first, which leaves the feasible set as it is and makes the answer independent of the scale of every reference. Rows no
/// longer than 1e-12 of the longest say nothing and are left out. Keeps its memory from call to call: nothing is allocated once n has been seen.
/// Not thread-safe.
/// </remarks>
public sealed partial class DualSolver
{
    private const double Negligible = 1e-12;

    private int _capacity;
    private int _m; // rows that count
    private int[] _rows = [];
    private double[] _k = []; // [m, m], unit diagonal
    private double[] _b = [];
    private double[] _u = [];
    private double[] _w = [];
    private double[] _lengths = [];

    /// <summary>Solves one problem.</summary>
    /// <param name="problem">K, b, strengths.</param>
    /// <param name="settings">How.</param>
    /// <param name="multipliers">Receives v [n] with z = g + Gᵀv; read before that when <see cref="DualSettings.WarmStart"/>.</param>
    /// <returns>How good they are.</returns>
    /// <exception cref="ArgumentException">Lengths do not fit, a strength is negative, or only a diagonal was given to a method that needs the matrix.</exception>
    public DualStatus Solve(in DualProblem problem, in DualSettings settings, Span<double> multipliers)
    {
        Check(problem, settings, multipliers.Length);
        int n = problem.Count;
        Reserve(n);
        if (!IsFinite(problem))
        {
            multipliers.Clear();
            return new DualStatus(DualOutcome.NotFinite, 0, double.NaN, double.NaN, double.NaN, 0, 0);
        }

        DualStatus status = Solve(problem, settings, multipliers, settings.Form == StrengthForm.Margin);
        // margins that contradict each other make the multipliers grow without end; the approximations take one step only
        double contradiction = settings.Method == DualMethod.ActiveSet ? 1e-7 : settings.Method == DualMethod.CoordinateDescent ? 1e-3 : double.PositiveInfinity;
        if (settings.Form != StrengthForm.Margin || !(status.Violation > contradiction))
            return status;
        return Solve(problem, settings with { WarmStart = false }, multipliers, false) with { Outcome = DualOutcome.MarginDropped };
    }

    private DualStatus Solve(in DualProblem problem, in DualSettings settings, Span<double> multipliers, bool margins)
    {
        int n = problem.Count;
        double scale = Normalize(problem, settings, multipliers, margins);
        DualStatus status = new(DualOutcome.Converged, 0, 0, 0, 0, 0, 0);
        if (scale > 0)
        {
            status = settings.Method switch
            {
                DualMethod.ActiveSet => ActiveSet(settings.EffectiveTolerance),
                DualMethod.CoordinateDescent => Sweeps(settings.EffectiveTolerance, settings.EffectiveSweeps),
                DualMethod.OneSweep => Sweeps(settings.EffectiveTolerance, 1),
                _ => Diagonal(settings.EffectiveTolerance),
            };
            if (problem.OnlyDiagonal)
                status = status with { Outcome = DualOutcome.Approximate, Residual = double.NaN, Violation = double.NaN, Gap = double.NaN };
        }
        else
        {
            _u.AsSpan(0, _m).Clear();
        }

        for (int i = 0; i < n; i++)
            multipliers[i] = margins || settings.Form == StrengthForm.Margin || problem.Strengths.IsEmpty ? 0 : problem.Strengths[i];
        for (int a = 0; a < _m; a++)
            multipliers[_rows[a]] += scale > 0 ? _u[a] * scale / _lengths[a] : 0;
        return status;
    }

    // fills _k, _b and _u; the returned σ is 0 when there is nothing to do
    private double Normalize(in DualProblem problem, in DualSettings settings, ReadOnlySpan<double> start, bool margins)
    {
        int n = problem.Count;
        bool bounded = settings.Form == StrengthForm.LowerBound && !problem.Strengths.IsEmpty;
        bool based = settings.Form != StrengthForm.Margin && !problem.Strengths.IsEmpty;
        // the diagonal approximation takes the matrix for diagonal here too
        bool diagonal = settings.Method == DualMethod.Diagonal;
        double longest = 0;
        for (int i = 0; i < n; i++)
            longest = Math.Max(longest, problem.Diagonal(i));
        _m = 0;
        for (int i = 0; i < n; i++)
        {
            if (problem.Diagonal(i) > Negligible * Negligible * longest)
                _rows[_m++] = i;
        }

        double scale = problem.GradientNorm;
        for (int a = 0; a < _m; a++)
        {
            int i = _rows[a];
            double length = _lengths[a] = Math.Sqrt(problem.Diagonal(i) + settings.LegacyRidge), b = problem.Products[i];
            if (bounded)
            {
                for (int j = 0; j < n; j++)
                {
                    if (!diagonal || j == i)
                        b += problem.Entry(i, j) * problem.Strengths[j];
                }

                b += settings.LegacyRidge * problem.Strengths[i];
            }
            else if (margins && !problem.Strengths.IsEmpty)
            {
                b -= problem.Strengths[i] * problem.Diagonal(i);
            }

            _b[a] = b / length;
            scale = Math.Max(scale, Math.Abs(_b[a]));
        }

        if (!(scale > 0))
            return 0;
        for (int a = 0; a < _m; a++)
        {
            _b[a] /= scale;
            double own = settings.WarmStart ? start[_rows[a]] - (based ? problem.Strengths[_rows[a]] : 0) : 0;
            _u[a] = own > 0 && double.IsFinite(own) ? own * _lengths[a] / scale : 0;
            for (int c = 0; c < _m; c++)
                _k[a * _m + c] = a == c ? 1 : problem.Entry(_rows[a], _rows[c]) / (_lengths[a] * _lengths[c]);
        }

        return scale;
    }

    // w = K·u + b over all rows, and what it says about u
    private DualStatus Judge(double tolerance, int iterations, double ridge)
    {
        Products(_u, _w);
        double residual = 0, violation = 0, gap = 0;
        int active = 0;
        for (int a = 0; a < _m; a++)
        {
            residual = Math.Max(residual, Math.Abs(Math.Min(_u[a], _w[a])));
            violation = Math.Max(violation, -_w[a]);
            gap += _u[a] * Math.Max(_w[a], 0);
            active += _u[a] > 0 ? 1 : 0;
        }

        return new DualStatus(residual <= tolerance ? DualOutcome.Converged : DualOutcome.Approximate, iterations, residual, violation, gap, ridge, active);
    }

    private unsafe void Products(double[] u, double[] w)
    {
        fixed (double* k = _k, x = u)
        {
            for (int a = 0; a < _m; a++)
                w[a] = _b[a] + DoubleVectors.Dot(k + (long)a * _m, x, _m);
        }
    }

    private void Reserve(int n)
    {
        if (n <= _capacity)
            return;
        _capacity = n;
        _rows = new int[n];
        _k = new double[checked(n * n)];
        _b = new double[n];
        _u = new double[n];
        _w = new double[n];
        _lengths = new double[n];
        ReserveActiveSet(n);
    }

    private static bool IsFinite(in DualProblem problem)
    {
        double sum = problem.GradientNorm * 0;
        foreach (double value in problem.Gram)
            sum += value * 0;
        foreach (double value in problem.Products)
            sum += value * 0;
        return sum == 0;
    }

    private static void Check(in DualProblem problem, in DualSettings settings, int multipliers)
    {
        int n = problem.Count;
        if (multipliers != n || (!problem.Strengths.IsEmpty && problem.Strengths.Length != n))
            throw new ArgumentException($"dual solver: {n} inner products need {n} multipliers and {n} strengths or none, got {multipliers} and {problem.Strengths.Length}");
        if (problem.Gram.Length != (long)n * n && !(problem.Gram.Length == n && settings.Method == DualMethod.Diagonal))
            throw new ArgumentException($"dual solver: {n} constraints need a Gram matrix [{n}, {n}] (its diagonal [{n}] is enough for the diagonal method only), got {problem.Gram.Length} numbers");
        foreach (double strength in problem.Strengths)
        {
            if (!(strength >= 0) || double.IsInfinity(strength))
                throw new ArgumentException($"dual solver: memory strengths must be finite and 0 or more, got {strength}");
        }

        if (!(settings.LegacyRidge >= 0))
            throw new ArgumentException($"dual solver: the legacy ridge must be 0 or more, got {settings.LegacyRidge}");
    }
}
