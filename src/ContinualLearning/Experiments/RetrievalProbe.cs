using Engram.Kernels;

namespace Engram.ContinualLearning.Experiments;

/// <summary>
/// Measures what <see cref="RetrievalMeasureOptions"/> names, before the optimizer's step. It draws from random streams of its own and leaves parameters,
/// running statistics and memory as they are: a measured run is the unmeasured one, bit for bit.
/// </summary>
internal sealed class RetrievalProbe : IDisposable
{
    private readonly Learner _learner;
    private readonly int _every;
    private readonly Tensor _incoming, _replayed;
    private readonly Staging _rows;
    private readonly Figure _inner = new(), _randomInner = new(), _proxy = new(), _randomProxy = new(), _cosine = new(), _angle = new(), _conflict = new();
    private long _seen;

    public RetrievalProbe(Learner learner, RetrievalMeasureOptions options)
    {
        (_learner, _every) = (learner, options.Every);
        TrainingStep step = learner.Step;
        (_incoming, _replayed) = (Tensor.Zeros(step.Device, step.Gradient.Count), Tensor.Zeros(step.Device, step.Gradient.Count));
        _rows = new Staging(step.Device, learner.Model.Inputs);
        step.BeforeApply += Look;
    }

    /// <summary>True for methods whose steps join replayed rows to the batch.</summary>
    public static bool Applies(StrategyOptions strategy) => strategy is RetrievalOptions or ErOptions or ErAceOptions or DerOptions;

    /// <summary>Adds the figures to the extras of a result; nothing where no row was replayed.</summary>
    public void Describe(Dictionary<string, double> extras)
    {
        foreach ((string name, Figure figure) in new[]
        {
            ("retrievedInnerDistance", _inner), ("randomInnerDistance", _randomInner), ("retrievedProxyDistance", _proxy), ("randomProxyDistance", _randomProxy),
            ("gradientCosine", _cosine), ("gradientAngle", _angle), ("gradientConflict", _conflict),
        })
        {
            if (figure.Count > 0)
                extras[name] = figure.Mean;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _learner.Step.BeforeApply -= Look;
        _incoming.Dispose();
        _replayed.Dispose();
        _rows.Dispose();
    }

    /// <summary>Mean distance between two rows of length 1 [n, d]; NaN for fewer than two.</summary>
    public static double InnerDistance(ReadOnlySpan<float> rows, int n)
    {
        int d = rows.Length / Math.Max(1, n);
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                sum += System.Numerics.Tensors.TensorPrimitives.Distance<float>(rows.Slice(i * d, d), rows.Slice(j * d, d));
        }

        return n < 2 ? double.NaN : sum / (0.5 * n * (n - 1));
    }

    private void Look(TrainingStep step)
    {
        (int batch, int replayed) = step.Parts;
        if (_seen++ % _every != 0 || replayed == 0)
            return;
        // features first: rows of proxies may be another strategy's business (class means), computed on the step's tape
        int[] labels = step.LabelsOf(batch, replayed).ToArray();
        Distances(step.UnitFeatures(batch, replayed).ToArray(), labels, _inner, _proxy);
        float[] x = new float[replayed * _learner.Model.Inputs];
        int[] others = new int[replayed], tasks = new int[replayed];
        RandomCursor draw = step.Random("retrieval probe");
        int drawn = _learner.Replay!.Draw(ReplayScope.All, ref draw, x, others, tasks);
        step.Prepare(x.AsSpan(0, drawn * _learner.Model.Inputs));
        _rows.Reserve(drawn);
        x.AsSpan(0, drawn * _learner.Model.Inputs).CopyTo(_rows.Rows(0, drawn));
        _rows.Commit(0, drawn);
        Distances(step.UnitFeatures(_rows.Slice(0, drawn)).ToArray(), others.AsSpan(0, drawn), _randomInner, _randomProxy);
        step.DifferentiateStaged(0, batch, _incoming);
        step.DifferentiateStaged(batch, replayed, _replayed);
        double product = step.Device.Dot(_incoming.View, _replayed.View);
        double lengths = Math.Sqrt(step.Device.Dot(_incoming.View, _incoming.View) * step.Device.Dot(_replayed.View, _replayed.View));
        if (lengths == 0)
            return; // one of them moves nothing: there is no angle
        double cosine = Math.Clamp(product / lengths, -1, 1);
        _cosine.Add(cosine);
        _angle.Add(Math.Acos(cosine) * 180 / Math.PI);
        _conflict.Add(cosine < 0 ? 1 : 0);
    }

    private void Distances(float[] unit, ReadOnlySpan<int> labels, Figure inner, Figure proxy)
    {
        int n = labels.Length, d = unit.Length / n;
        inner.Add(InnerDistance(unit, n));
        Tensor proxies = _learner.Proxies();
        if (proxies.Size(1) != d)
            return; // a head that does not read the features as they are (several heads)
        float[] all = proxies.ToArray();
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += 1 - System.Numerics.Tensors.TensorPrimitives.CosineSimilarity<float>(unit.AsSpan(i * d, d), all.AsSpan(labels[i] * d, d));
        proxy.Add(sum / n);
    }

    private sealed class Figure
    {
        private double _sum;

        public long Count { get; private set; }

        public double Mean => _sum / Count;

        public void Add(double value)
        {
            if (double.IsNaN(value))
                return;
            _sum += value;
            Count++;
        }
    }
}
