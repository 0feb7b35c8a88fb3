using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// Nearest class mean (Rebuffi et al. 2017, iCaRL, arXiv 1611.07725; with supervised contrastive replay: Mai et al. 2021, arXiv 2103.13885): a sample belongs to
/// the class whose mean feature in the memory is nearest. Features and means have length 1, so that nearest is the largest cosine; a class that the memory
/// does not hold is never chosen. Means are taken anew whenever the network has moved.
/// </summary>
internal sealed class ClassMeans(IReplaySource replay, TrainingStep step) : IDisposable
{
    private const int MostRows = 5000;
    private const long PassFloats = 128 << 20 >> 2; // of step memory: as evaluation takes

    private Tensor _means;
    private Tensor _offsets;
    private (long Steps, int Rows, double Values, double State) _takenAt = (-1, 0, 0, 0);

    /// <summary>Bytes of the means.</summary>
    public long Bytes => _means.IsEmpty ? 0 : sizeof(float) * ((long)_means.Count + _offsets.Count);

    /// <summary>The means [outputs, d], of length 1; rows of zeros for classes that the memory does not hold. Default while it holds nothing.</summary>
    public Tensor Means()
    {
        int available = Math.Min(MostRows, replay.Available(ReplayScope.All));
        if (available == 0)
            return default;
        var now = (step.Steps, available, Squares(step.Values), Squares(step.State));
        if (now != _takenAt)
            Take(available);
        _takenAt = now;
        return _means;
    }

    /// <summary>Cosines with the means over the temperature [count, outputs]; null while the memory holds nothing.</summary>
    public Tensor? Logits(in Tensor x)
    {
        Tensor means = Means();
        return means.IsEmpty ? null : step.Cosines(x, means, _offsets);
    }

    public void Dispose()
    {
        _means.Dispose();
        _offsets.Dispose();
    }

    private double Squares(in Tensor vector) => vector.IsEmpty ? 0 : step.Device.Dot(vector.View, vector.View);

    private void Take(int count)
    {
        int inputs = step.Model.Inputs, outputs = step.Model.Outputs;
        float[] x = new float[checked(count * inputs)];
        int[] labels = new int[count], tasks = new int[count];
        RandomCursor random = step.Random("class means");
        count = replay.Draw(ReplayScope.All, ref random, x, labels, tasks);
        step.Prepare(x.AsSpan(0, count * inputs));
        int block = (int)Math.Clamp(PassFloats / step.Model.ActivationFloatsPerSample, 1, 512), features = 0;
        double[] sums = [];
        using var rows = new Staging(step.Device, inputs);
        for (int start = 0; start < count; start += block)
        {
            int now = Math.Min(block, count - start);
            rows.Reserve(now);
            x.AsSpan(start * inputs, now * inputs).CopyTo(rows.Rows(0, now));
            rows.Commit(0, now);
            Tensor unit = step.UnitFeatures(rows.Slice(0, now));
            features = unit.Size(1);
            if (sums.Length == 0)
                sums = new double[outputs * features];
            float[] values = unit.ToArray();
            for (int i = 0; i < now; i++)
            {
                int sum = labels[start + i] * features;
                for (int k = 0; k < features; k++)
                    sums[sum + k] += values[(i * features) + k];
            }
        }

        float[] means = new float[sums.Length], offsets = new float[outputs];
        for (int c = 0; c < outputs; c++)
        {
            Span<double> sum = sums.AsSpan(c * features, features);
            double length = Math.Sqrt(System.Numerics.Tensors.TensorPrimitives.SumOfSquares<double>(sum));
            offsets[c] = labels.AsSpan(0, count).Contains(c) ? 0f : TrainingStep.Hidden;
            for (int k = 0; k < features && length > 0; k++)
                means[(c * features) + k] = (float)(sum[k] / length);
        }

        if (_means.IsEmpty)
            (_means, _offsets) = (Tensor.Zeros(step.Device, outputs, features), Tensor.Zeros(step.Device, outputs));
        step.Device.Upload<float>(means, _means.View.Buffer, 0);
        step.Device.Upload<float>(offsets, _offsets.View.Buffer, 0);
    }
}
