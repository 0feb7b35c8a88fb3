using Engram.Kernels;

namespace Engram.ContinualLearning;

/// <summary>
/// g ← g + α·∇ mean (logits(x′) − z′)² + λ·∇ T²·H(softmax(old(x)/T), softmax(new(x)/T)): replayed rows x′ are held to the logits z′ kept beside them, the incoming
/// rows x to the network of the last task's end, among the classes seen until then.
/// </summary>
/// <param name="options">Weights and temperature.</param>
/// <param name="step">The learner's vectors.</param>
/// <param name="buffer">The memory that keeps logits; null without α.</param>
internal sealed class Distillation(DistillationOptions options, TrainingStep step, ReplayBuffer? buffer) : ICheckpointed, IDisposable
{
    private readonly Tensor _part = Tensor.Zeros(step.Device, step.Gradient.Count);
    private readonly Tensor _values = options.Lwf > 0 ? Tensor.Zeros(step.Device, step.Values.Count) : default;
    private readonly Tensor _state = options.Lwf > 0 ? step.Model.CreateState(step.Device) : default;
    private readonly int[] _seen = new int[step.Model.Outputs];
    private readonly float[] _hidden = new float[step.Model.Outputs]; // of the teacher: the classes that it has not seen
    private bool _taught;
    private float[] _logits = [];
    private float[] _batchLogits = [];

    /// <summary>Bytes of vectors beside the step's own.</summary>
    public long Bytes => sizeof(float) * ((long)_part.Count + (_values.IsEmpty ? 0 : _values.Count) + (_state.IsEmpty ? 0 : _state.Count));

    /// <summary>Adds the gradients of both parts to the step's gradient, which is that of its loss on all rows.</summary>
    /// <param name="labels">Labels of the incoming batch.</param>
    /// <param name="replayed">Rows replayed, behind the batch.</param>
    /// <param name="chosen">Which of the rows drawn they are; empty for the first ones.</param>
    public void Add(ReadOnlySpan<int> labels, int replayed, ReadOnlySpan<int> chosen)
    {
        int current = labels.Length, outputs = step.Model.Outputs;
        foreach (int label in labels)
            _seen[label] = 1;
        if (_logits.Length < current * outputs)
            _logits = new float[current * outputs];
        if (_taught)
        {
            step.LogitsUnder(0, current, _values, _state, _logits.AsSpan(0, current * outputs));
            Soften(_logits.AsSpan(0, current * outputs), step.Targets(current));
            step.DifferentiateSoftened(0, current, options.Temperature, _hidden, _part);
            step.Device.Zip(new AddScaledOp((float)options.Lwf), step.Gradient.View, _part.View, step.Gradient.View);
        }

        if (buffer is null || replayed == 0)
            return;
        Span<float> targets = step.Targets(replayed);
        for (int i = 0; i < replayed; i++)
            buffer.Store.Companion(buffer.Drawn[chosen.IsEmpty ? i : chosen[i]]).CopyTo(targets[(i * outputs)..]);
        step.DifferentiateDistance(current, replayed, _part);
        step.Device.Zip(new AddScaledOp((float)options.Logits), step.Gradient.View, _part.View, step.Gradient.View);
    }

    /// <summary>Reads the logits of the incoming rows from the pass just made, where they are kept.</summary>
    public void ReadLogits(int current)
    {
        if (buffer is null)
            return;
        int count = current * step.Model.Outputs;
        if (_batchLogits.Length < count)
            _batchLogits = new float[count];
        step.ReadLogits(_batchLogits.AsSpan(0, count));
    }

    /// <summary>Offers a batch to the memory, every row with the logits that the network gave it in this step.</summary>
    /// <returns>False when no logits are kept: the batch is still to be offered.</returns>
    public bool Observe(in Batch batch, ref RandomCursor random)
    {
        if (buffer is null)
            return false;
        int inputs = step.Model.Inputs, outputs = step.Model.Outputs;
        for (int i = 0; i < batch.Count; i++)
        {
            _batchLogits.AsSpan(i * outputs, outputs).CopyTo(buffer.Store.Next);
            buffer.Observe(new Batch(batch.X.Slice(i * inputs, inputs), batch.Labels.Slice(i, 1)), step.Task, ref random);
        }

        return true;
    }

    /// <summary>A task has ended: the network of now is the teacher of the next one.</summary>
    public void EndTask()
    {
        if (_values.IsEmpty)
            return;
        step.Values.CopyTo(_values);
        if (!_state.IsEmpty)
            step.State.CopyTo(_state);
        for (int c = 0; c < _seen.Length; c++)
            _hidden[c] = _seen[c] != 0 ? 0f : TrainingStep.Hidden;
        _taught = true;
    }

    public void Save(CheckpointWriter writer)
    {
        writer.Counter("distillation.taught", _taught ? 1 : 0);
        writer.Array("distillation.seen", _seen);
        writer.Array("distillation.hidden", [_hidden.Length], _hidden);
        if (_values.IsEmpty)
            return;
        writer.Array("distillation.values", _values);
        if (!_state.IsEmpty)
            writer.Array("distillation.state", _state);
    }

    public void Load(CheckpointReader reader)
    {
        _taught = reader.Counter("distillation.taught", 0, 1) == 1;
        reader.Integers("distillation.seen", _seen, 0, 1);
        reader.Floats("distillation.hidden", _hidden, _hidden.Length);
        if (_values.IsEmpty)
            return;
        reader.Tensor("distillation.values", _values);
        if (!_state.IsEmpty)
            reader.Tensor("distillation.state", _state);
    }

    public void Dispose()
    {
        _part.Dispose();
        _values.Dispose();
        _state.Dispose();
    }

    // softmax(logits/T) among the classes that the teacher has seen
    private void Soften(ReadOnlySpan<float> logits, Span<float> targets)
    {
        int outputs = _hidden.Length;
        for (int start = 0; start < logits.Length; start += outputs)
        {
            double most = double.NegativeInfinity, sum = 0;
            for (int c = 0; c < outputs; c++)
                most = _hidden[c] == 0 ? Math.Max(most, logits[start + c] / options.Temperature) : most;
            for (int c = 0; c < outputs; c++)
                sum += _hidden[c] == 0 ? Math.Exp((logits[start + c] / options.Temperature) - most) : 0;
            for (int c = 0; c < outputs; c++)
                targets[start + c] = _hidden[c] == 0 ? (float)(Math.Exp((logits[start + c] / options.Temperature) - most) / sum) : 0f;
        }
    }
}
