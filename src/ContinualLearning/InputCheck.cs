using System.Numerics.Tensors;

namespace Engram.ContinualLearning;

/// <summary>Looks at a batch before it is learned; every complaint names the row, and the remedy.</summary>
internal static class InputCheck
{
    public static void Batch(in Batch batch, int features, int labels, int heads, bool values)
    {
        if (batch.Count == 0)
            throw new ArgumentException("observe: the batch is empty; a step needs at least one sample");
        Features("observe", batch.X, batch.Count, features, values);
        for (int row = 0; row < batch.Count; row++)
        {
            if ((uint)batch.Labels[row] >= (uint)labels)
                throw new ArgumentException($"observe: the label of row {row} is {batch.Labels[row]}, the model has outputs 0 to {labels - 1}{(heads > 1 ? " per task" : "")}; " +
                    "map the labels, or build the model with more outputs");
        }

        if (batch.Tasks.IsEmpty)
            return;
        if (batch.Tasks.Length != batch.Count || (heads > 1 && batch.Tasks.ContainsAnyExceptInRange(0, heads - 1)))
            throw new ArgumentException($"observe: expected one task of 0 to {heads - 1} per row for {batch.Count} rows, got {batch.Tasks.Length}" +
                (batch.Tasks.Length == batch.Count ? $" from {TensorPrimitives.Min(batch.Tasks)} to {TensorPrimitives.Max(batch.Tasks)}" : ""));
    }

    public static void Features(string op, ReadOnlySpan<float> x, int count, int features, bool values)
    {
        if (x.Length != (long)count * features)
            throw new ArgumentException($"{op}: expected x [{count}, {features}] = {(long)count * features} features, got {x.Length}" +
                (count > 0 && x.Length % count == 0 ? $" ({x.Length / count} per sample); flatten or resize the samples to the model's inputs" : ""));
        if (values && !TensorPrimitives.IsFiniteAll(x))
            throw NotFinite(op, x, features);
    }

    /// <summary>For memories that store bytes: found before the step, so that a bad batch changes nothing.</summary>
    public static void UnitInterval(ReadOnlySpan<float> x, int features)
    {
        int bad = ByteCodec.FirstOutside(x);
        if (bad >= 0)
            throw new ArgumentException($"observe: x holds {x[bad]} in row {bad / features}, column {bad % features}, and the replay buffer's payload \"byte\" stores " +
                "values in [0, 1]; scale the inputs, or choose payload \"half\" or \"float\"");
    }

    private static ArgumentException NotFinite(string op, ReadOnlySpan<float> x, int features)
    {
        int at = 0;
        while (float.IsFinite(x[at]))
            at++;
        return new ArgumentException($"{op}: x holds {x[at]} in row {at / features}, column {at % features}; clean the data before it is learned " +
            "(LearnerOptions.CheckInputs = false skips this search)");
    }
}
