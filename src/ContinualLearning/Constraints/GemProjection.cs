using Engram.Kernels;
using Engram.Kernels.LinearAlgebra;

namespace Engram.ContinualLearning;

/// <summary>
/// GEM's projection (Lopez-Paz and Ranzato 2017, arXiv 1706.08840), within every module of a <see cref="ParameterModules"/> on its own (p-mGEM, arXiv
/// 2410.00868): z = g + Gᵀv is the vector nearest to g with ⟨ĝ_i, z⟩ ≥ 0 for all references. Modules share no coordinate, so their problems are
/// independent; one module is GEM.
/// </summary>
/// <remarks>
/// Inner products are summed as <see cref="Precision"/> says. With <see cref="GramPrecision.Mixed"/> those of a module of p parameters are summed again in double precision where
/// a length is outside 1e-12 to 1e18, or where references are so nearly dependent that the sums' digits would matter: <see cref="GramRows.Independence"/> below 1/p.
/// </remarks>
/// <param name="modules">The modules.</param>
/// <param name="settings">Solver and meaning of the strength.</param>
/// <param name="trigger">When a module is projected.</param>
public sealed partial class GemProjection(ParameterModules modules, DualSettings settings, ConstraintTrigger trigger) : IGradientConstraint, ICheckpointed, IDisposable
{
    private const double LeastSquare = 1e-24, MostSquare = 1e36; // between them no product of single precision that counts is lost

    private readonly DualSolver _solver = new();
    private double[] _gram = []; // of one module after the other: [n + 1, n + 1], g last; for the diagonal method [n + 1] products with g, then [n] squared norms
    private double[] _k = [];
    private double[] _b = [];
    private double[] _strengths = [];
    private double[] _multipliers = []; // [modules, n], those of the last solve: where the next one starts
    private bool[] _violated = [];
    private int _count;
    private Tensor _ordered;
    private Tensor _orderedGradient;
    private DeviceBuffer<int>? _order;

    /// <inheritdoc/>
    public long Checks { get; private set; }

    /// <inheritdoc/>
    public long Projections { get; private set; }

    /// <summary>Memory strength γ of every reference in the next step.</summary>
    public double Strength { get; set; }

    /// <summary>Share of constraints, over references and modules, that the last gradient violated.</summary>
    public double ViolatedShare { get; private set; }

    /// <summary>Solves so far: a step has one per module that was projected.</summary>
    public long Solves { get; private set; }

    /// <summary>Solves that needed a ridge on the way.</summary>
    public long RidgeSolves { get; private set; }

    /// <summary>Solves in which margins contradicted each other and were dropped.</summary>
    public long DroppedMargins { get; private set; }

    /// <summary>Modules' matrices summed in mixed precision so far, and how many of them had to be summed again in double; of this process.</summary>
    public long MixedGrams { get; private set; }

    /// <inheritdoc cref="MixedGrams"/>
    public long RepeatedGrams { get; private set; }

    /// <summary>Largest residual and violation of all solves of this process (see <see cref="DualStatus"/>).</summary>
    public (double Residual, double Violation) Worst { get; private set; }

    /// <summary>How inner products are summed; the diagonal method, which takes few, sums in double precision.</summary>
    public GramPrecision Precision { get; init; }

    private bool OnlyDiagonal => settings.Method == DualMethod.Diagonal;

    /// <summary>Changes the gradient in place where it violates constraints; else leaves it bit for bit.</summary>
    /// <param name="gradient">g [p].</param>
    /// <param name="reference">[n + 1, p]: the references ĝ, one per row; the last row is overwritten.</param>
    /// <returns>True when the gradient was changed.</returns>
    /// <exception cref="DivergenceException">A gradient is not finite.</exception>
    public bool Apply(in Tensor gradient, in Tensor reference)
    {
        int n = reference.Size(0) - 1;
        Reserve(n);
        gradient.CopyTo(reference.Select(0, n));
        Tensor rows = Ordered(reference);
        Measure(rows, n);
        Checks++;
        bool any = FindViolations(n), changed = false;
        if (!any && trigger != ConstraintTrigger.Always)
            return false;
        Tensor target = modules.Order is null ? gradient : _orderedGradient;
        if (modules.Order is not null)
            rows.Select(0, n).CopyTo(target);
        for (int m = 0; m < modules.Count; m++)
        {
            if (_violated[m] || trigger != ConstraintTrigger.PerModule)
                changed |= Solve(rows, target, m, n);
        }

        if (changed && modules.Order is not null)
            gradient.Device.ScatterRows(target.Reshape(target.Count, 1).View, IndexView.All(_order!), gradient.Reshape(gradient.Count, 1).View, accumulate: false);
        if (changed)
            Projections++;
        return changed;
    }

    /// <inheritdoc/>
    public void Restore(long checks, long projections) => (Checks, Projections) = (checks, projections);

    /// <summary>Adds how solves went to the extras of a result.</summary>
    public void Describe(IDictionary<string, double> figures)
    {
        figures["solverResidualMax"] = Worst.Residual;
        figures["solverViolationMax"] = Worst.Violation;
        if (RidgeSolves > 0)
            figures["solverRidgeShare"] = (double)RidgeSolves / Solves;
        if (DroppedMargins > 0)
            figures["droppedMarginShare"] = (double)DroppedMargins / Solves;
        if (RepeatedGrams > 0)
            figures["repeatedGramShare"] = (double)RepeatedGrams / MixedGrams;
        DescribeComparisons(figures);
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        writer.Counter("constraint.checks", Checks);
        writer.Counter("constraint.projections", Projections);
        writer.Counter("constraint.solves", Solves);
        writer.Counter("constraint.ridgeSolves", RidgeSolves);
        writer.Counter("constraint.droppedMargins", DroppedMargins);
        writer.Counter("constraint.references", _count);
        long[] bits = [.. _multipliers.Take(modules.Count * _count).Select(BitConverter.DoubleToInt64Bits)];
        writer.Array("constraint.multipliers", bits);
        SaveComparisons(writer);
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        Restore(reader.Counter("constraint.checks"), reader.Counter("constraint.projections"));
        (Solves, RidgeSolves, DroppedMargins) = (reader.Counter("constraint.solves"), reader.Counter("constraint.ridgeSolves"), reader.Counter("constraint.droppedMargins"));
        int count = (int)reader.Counter("constraint.references", 0, 1 << 20);
        var bits = new long[checked(modules.Count * count)];
        reader.Longs("constraint.multipliers", bits);
        Reserve(count);
        for (int i = 0; i < bits.Length; i++)
            _multipliers[i] = BitConverter.Int64BitsToDouble(bits[i]);
        LoadComparisons(reader);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ordered.Dispose();
        _orderedGradient.Dispose();
        _order?.Dispose();
    }

    private void Reserve(int n)
    {
        if (n == _count && _violated.Length > 0)
            return;
        _count = n;
        int all = modules.Count;
        if (_multipliers.Length < all * n || _violated.Length < all)
        {
            _gram = new double[checked(all * (n + 1) * (OnlyDiagonal ? 2 : n + 1))];
            _k = new double[OnlyDiagonal ? n : n * n];
            _b = new double[n];
            _strengths = new double[n];
            _multipliers = new double[all * n];
            _violated = new bool[all];
        }

        _multipliers.AsSpan().Clear(); // other references than before: nothing to start from
    }

    // a copy with the coordinates of each module together, where they are not
    private Tensor Ordered(in Tensor reference)
    {
        if (modules.Order is null)
            return reference;
        Device device = reference.Device;
        int rows = reference.Size(0), p = reference.Size(1);
        if (_order is null)
        {
            _order = device.Allocate<int>(p);
            device.Upload<int>(modules.Order, _order, 0);
            _orderedGradient = Tensor.Zeros(device, p);
        }

        if (_ordered.IsEmpty || _ordered.Size(0) < rows)
        {
            _ordered.Dispose();
            _ordered = Tensor.Zeros(device, rows, p);
        }

        for (int i = 0; i < rows; i++)
            device.GatherRows(reference.Select(0, i).Reshape(p, 1).View, IndexView.All(_order), _ordered.Select(0, i).Reshape(p, 1).View);
        return _ordered.Slice(0, 0, rows);
    }

    private Span<double> GramOf(int module, int n)
    {
        int size = (n + 1) * (OnlyDiagonal ? 2 : n + 1);
        return _gram.AsSpan(module * size, size);
    }

    private void Measure(in Tensor rows, int n)
    {
        Device device = rows.Device;
        for (int m = 0; m < modules.Count; m++)
        {
            (int start, int count) = modules[m];
            View part = rows.Slice(1, start, count).View;
            Span<double> gram = GramOf(m, n);
            if (OnlyDiagonal)
            {
                device.GramRow(part, n, gram[..(n + 1)]);
                for (int i = 0; i < n; i++)
                {
                    View row = part.With(part.Layout.Select(0, i));
                    gram[n + 1 + i] = device.Dot(row, row);
                }
            }
            else
            {
                device.Gram(part, gram, Precision);
                if (Precision != GramPrecision.Mixed)
                    continue;
                MixedGrams++;
                if (DigitsSuffice(gram, n, count))
                    continue;
                RepeatedGrams++;
                device.Gram(part, gram);
            }
        }
    }

    private bool DigitsSuffice(ReadOnlySpan<double> gram, int n, int parameters)
    {
        for (int i = 0; i <= n; i++)
        {
            if (gram[i * (n + 2)] is not (>= LeastSquare and <= MostSquare))
                return false;
        }

        return GramRows.Independence(gram, n + 1, n, _k) * parameters >= 1;
    }

    // ⟨ĝ_i, g⟩ of a module, and ‖ĝ_i‖²; i = n stands for g itself
    private double Product(Span<double> gram, int i, int n) => OnlyDiagonal ? gram[i] : gram[n * (n + 1) + i];

    private double Square(Span<double> gram, int i, int n) => OnlyDiagonal ? (i < n ? gram[n + 1 + i] : gram[n]) : gram[i * (n + 2)];

    private bool FindViolations(int n)
    {
        bool any = false;
        int violated = 0;
        double margin = settings.Form == StrengthForm.Margin ? Strength : 0;
        for (int m = 0; m < modules.Count; m++)
        {
            Span<double> gram = GramOf(m, n);
            if (!double.IsFinite(Square(gram, n, n)))
                throw NotFinite("gradient");
            _violated[m] = false;
            for (int i = 0; i < n; i++)
            {
                if (!double.IsFinite(Square(gram, i, n)))
                    throw NotFinite("gradient on the memory");
                bool below = Product(gram, i, n) < margin * Square(gram, i, n);
                violated += below ? 1 : 0;
                _violated[m] |= below;
            }

            any |= _violated[m];
        }

        ViolatedShare = n == 0 ? 0 : (double)violated / ((long)n * modules.Count);
        return any;
    }

    private bool Solve(in Tensor rows, in Tensor target, int m, int n)
    {
        Span<double> gram = GramOf(m, n), v = _multipliers.AsSpan(m * n, n);
        for (int i = 0; i < n; i++)
        {
            _b[i] = Product(gram, i, n);
            _strengths[i] = Strength;
            if (OnlyDiagonal)
                _k[i] = Square(gram, i, n);
            else
                gram.Slice(i * (n + 1), n).CopyTo(_k.AsSpan(i * n));
        }

        Span<double> k = _k.AsSpan(0, OnlyDiagonal ? n : n * n);
        DualStatus status = _solver.Solve(new DualProblem(k, _b.AsSpan(0, n), _strengths.AsSpan(0, n), Math.Sqrt(Square(gram, n, n))), settings, v);
        Solves++;
        RidgeSolves += status.Ridge > 0 ? 1 : 0;
        DroppedMargins += status.Outcome == DualOutcome.MarginDropped ? 1 : 0;
        // NaN where only the diagonal is known
        if (CompareEvery > 0 && (Solves - 1) % CompareEvery == 0)
            Compare(rows, m, n, v);
        Worst = (Math.Max(Worst.Residual, double.IsNaN(status.Residual) ? 0 : status.Residual), Math.Max(Worst.Violation, double.IsNaN(status.Violation) ? 0 : status.Violation));
        if (v.IndexOfAnyExcept(0.0) < 0)
            return false;
        (int start, int count) = modules[m];
        target.Device.AddRows(v, rows.Slice(0, 0, n).Slice(1, start, count).View, target.Slice(0, start, count).View);
        return true;
    }

    private static DivergenceException NotFinite(string what) => new(
        $"gradient constraint: the {what} holds NaN or infinity; the parameters have diverged. Lower optimizer.learningRate or strategy.strength.");
}
