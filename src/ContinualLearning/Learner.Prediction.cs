using Engram.Data;

namespace Engram.ContinualLearning;

public sealed partial class Learner
{
    private const int MostEvaluationRows = 512; // of a small network: a block whose activations stay in the second-level cache
    private const long EvaluationFloats = 128 << 20 >> 2; // of a large one: no more step memory than training takes

    private int _evaluationRows;

    private int EvaluationRows => _evaluationRows != 0 ? _evaluationRows
        : _evaluationRows = (int)Math.Clamp(EvaluationFloats / Model.ActivationFloatsPerSample, 1, MostEvaluationRows);

    /// <summary>Logits of some samples.</summary>
    /// <param name="x">Features [count, inputs].</param>
    /// <param name="count">Number of samples.</param>
    /// <param name="logits">Receives [count, outputs].</param>
    /// <exception cref="ArgumentException">A span has the wrong length, or x holds NaN or infinity.</exception>
    public void Predict(ReadOnlySpan<float> x, int count, Span<float> logits) => PredictUnder(null, x, count, logits);

    private void PredictUnder((Tensor Values, Tensor State)? network, ReadOnlySpan<float> x, int count, Span<float> logits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        InputCheck.Features("predict", x, count, Model.Inputs, _options.CheckInputs);
        int outputs = Model.Outputs;
        if (logits.Length != (long)count * outputs)
            throw new ArgumentException($"predict: expected logits [{count}, {outputs}] = {(long)count * outputs} elements, got {logits.Length}");
        int block = EvaluationRows;
        for (int start = 0; start < count; start += block)
        {
            int rows = Math.Min(block, count - start);
            _evaluation.Reserve(rows);
            x.Slice(start * Model.Inputs, rows * Model.Inputs).CopyTo(_evaluation.Rows(0, rows));
            Forward(rows, logits.Slice(start * outputs, rows * outputs), network);
        }
    }

    /// <summary>Most probable class of some samples.</summary>
    /// <param name="x">Features [count, inputs].</param>
    /// <param name="count">Number of samples.</param>
    /// <param name="classes">Receives the index of the largest logit [count].</param>
    /// <param name="among">Classes to choose from; empty for all.</param>
    /// <param name="task">
    /// With several heads: the task that the samples belong to. Classes are then the labels within that task. With <see cref="SeparateOptions"/> also whose
    /// parameters are used.
    /// </param>
    /// <exception cref="ArgumentException">A span has the wrong length, x holds NaN or infinity, or several heads are there and no task was named.</exception>
    public void Classify(ReadOnlySpan<float> x, int count, Span<int> classes, ReadOnlySpan<int> among = default, int task = -1)
    {
        if (classes.Length != count)
            throw new ArgumentException($"classify: expected classes [{count}], got {classes.Length}");
        CheckClasses("classify", among);
        int first = FirstColumn("classify", task);
        var logits = new float[checked(count * Model.Outputs)];
        PredictUnder(_strategy.NetworkOf(task), x, count, logits);
        for (int i = 0; i < count; i++)
            classes[i] = Largest(logits.AsSpan(i * Model.Outputs + first, _step.LabelCount), among);
    }

    /// <summary>Accuracy on a test set, over all outputs and over the task's own, in one pass.</summary>
    /// <param name="images">Test images.</param>
    /// <param name="taskClasses">The task's classes; empty for all.</param>
    /// <param name="task">
    /// With several heads: the task that the images belong to. The task-incremental accuracy then chooses among that head's outputs, the
    /// class-incremental one among the outputs of all heads, those of tasks to come included: task and class must be guessed. With
    /// <see cref="SeparateOptions"/> also whose parameters are used; those of the last task when not named.
    /// </param>
    /// <param name="known">With one head: the classes among which the class-incremental accuracy chooses, e.g. those seen until now; empty for all outputs.</param>
    /// <exception cref="ArgumentException">The images do not fit the model, or several heads are there and no task was named.</exception>
    public Evaluation Evaluate(ImageSet images, ReadOnlySpan<int> taskClasses = default, int task = -1, ReadOnlySpan<int> known = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0)
            throw new ArgumentException($"evaluate: image set '{images.Name}' is empty");
        if (images.PixelCount != Model.Inputs)
            throw new ArgumentException($"evaluate: image set '{images.Name}' has {images.PixelCount} pixels an image, the model reads {Model.Inputs}");
        CheckClasses("evaluate", taskClasses);
        CheckClasses("evaluate", known);
        if (!known.IsEmpty && _options.Head == HeadPolicy.MultiHead)
            throw new ArgumentException("evaluate: with several heads the outputs belong to tasks, not to classes; leave the known classes out");
        int first = FirstColumn("evaluate", task), labels = _step.LabelCount;
        bool restricted = labels < Model.Outputs || !taskClasses.IsEmpty;
        int outputs = Model.Outputs;
        int block = EvaluationRows;
        var logits = new float[block * outputs];
        long all = 0, own = 0;
        (Tensor Values, Tensor State)? network = _strategy.NetworkOf(task);
        for (int start = 0; start < images.Count; start += block)
        {
            int rows = Math.Min(block, images.Count - start);
            _evaluation.Reserve(rows);
            PixelConversion.ToUnit(images.AllPixels.Slice(start * Model.Inputs, rows * Model.Inputs), _evaluation.Rows(0, rows));
            Forward(rows, logits.AsSpan(0, rows * outputs), network);
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<float> row = logits.AsSpan(i * outputs, outputs);
                int label = images.Labels[start + i];
                int best = Largest(row, known);
                all += best == first + label ? 1 : 0;
                own += (restricted || !known.IsEmpty ? Largest(row.Slice(first, labels), taskClasses) : best) == label ? 1 : 0;
            }
        }

        return new Evaluation((double)all / images.Count, (double)own / images.Count, images.Count);
    }

    private int FirstColumn(string op, int task)
    {
        if (_options.Head != HeadPolicy.MultiHead)
            return 0;
        int heads = Model.Outputs / _step.LabelCount;
        return (uint)task < (uint)heads ? _step.ColumnOf(task, 0)
            : throw new ArgumentException($"{op}: with several heads the task must be named, 0 to {heads - 1}; got {task}");
    }

    private void Forward(int rows, Span<float> logits, (Tensor Values, Tensor State)? network = null)
    {
        _options.Normalization?.Apply(_evaluation.Rows(0, rows), Model.Inputs);
        _evaluation.Commit(0, rows);
        Tensor x = _evaluation.Slice(0, rows);
        Tensor result = (network is { } own ? _step.Forward(x, own.Values, own.State) : _strategy.Logits(x) ?? _step.Forward(x)).Contiguous();
        result.Device.Download(result.View.Buffer, result.Layout.Offset, logits);
    }

    /// <summary>One direction per class [outputs, d]: the rows of the head (the last matrix), or what the strategy predicts by.</summary>
    internal Tensor Proxies() =>
        _strategy.Proxies() ?? Model.Parameters.Last(parameter => parameter.Layout.Rank == 2).Of(Values);

    private static int Largest(ReadOnlySpan<float> logits, ReadOnlySpan<int> among)
    {
        if (among.IsEmpty)
        {
            int best = 0;
            for (int c = 1; c < logits.Length; c++)
            {
                if (logits[c] > logits[best])
                    best = c;
            }

            return best;
        }

        int chosen = among[0];
        foreach (int c in among)
        {
            if (logits[c] > logits[chosen])
                chosen = c;
        }

        return chosen;
    }
}
