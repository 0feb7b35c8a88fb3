namespace Engram.Results;

/// <summary>
/// What the update z (the gradient that a step goes along, after any constraint; plain SGD moves the parameters by −rate·z) does to old tasks while one task
/// is learned. At every measured step and for every finished task k, ĝ_k is the gradient of the mean loss on the task's memory and ḡ_k that on its training
/// images (or a fixed sample of them), both at the parameters before the step; means are over measured steps and, where k occurs, over finished tasks.
/// </summary>
public sealed record ConstraintGapRow
{
    /// <summary>The task that is learned, 1 for the second.</summary>
    public required int Task { get; init; }

    /// <summary>Measured steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Mean of ⟨z, ĝ_k⟩; NaN without a memory.</summary>
    public required double Memory { get; init; }

    /// <summary>Mean of ⟨z, ḡ_k⟩.</summary>
    public required double Data { get; init; }

    /// <summary>Mean of cos(z, ĝ_k); NaN without a memory.</summary>
    public required double MemoryCosine { get; init; }

    /// <summary>Mean of cos(z, ḡ_k).</summary>
    public required double DataCosine { get; init; }

    /// <summary>Mean of ⟨z, g⟩ with g the gradient on the step's own batch.</summary>
    public required double Batch { get; init; }

    /// <summary>Mean of ⟨z, ḡ_t⟩ with ḡ_t the gradient on the running task's training images.</summary>
    public required double New { get; init; }

    /// <summary>Mean of cos(z, ḡ_t).</summary>
    public required double NewCosine { get; init; }

    /// <summary>Share of pairs (step, k) whose constraint holds on the memory: ⟨z, ĝ_k⟩ ≥ −10⁻⁶·‖z‖·‖ĝ_k‖; NaN without a memory.</summary>
    public required double Held { get; init; }

    /// <summary>Share of pairs whose constraint is violated on the data: ⟨z, ḡ_k⟩ &lt; −10⁻⁶·‖z‖·‖ḡ_k‖.</summary>
    public required double Violated { get; init; }

    /// <summary>Share of pairs whose constraint holds on the memory and is violated on the data; NaN without a memory.</summary>
    public required double Hidden { get; init; }

    /// <summary>Figures of a whole run by name, for tables: means over the rows, each row weighing as its pairs (steps times finished tasks) do.</summary>
    /// <param name="rows">Rows of one run.</param>
    public static IReadOnlyDictionary<string, double> Summary(IReadOnlyList<ConstraintGapRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        double weight = rows.Sum(row => (double)row.Steps * row.Task);
        double Mean(Func<ConstraintGapRow, double> value) => weight == 0 ? double.NaN : rows.Sum(row => row.Steps * row.Task * value(row)) / weight;
        return new Dictionary<string, double>
        {
            ["oldProductMemory"] = Mean(row => row.Memory),
            ["oldProductData"] = Mean(row => row.Data),
            ["constraintGap"] = Mean(row => row.Memory - row.Data),
            ["constraintGapCosine"] = Mean(row => row.MemoryCosine - row.DataCosine),
            ["heldOnMemory"] = Mean(row => row.Held),
            ["violatedOnData"] = Mean(row => row.Violated),
            ["hiddenViolations"] = Mean(row => row.Hidden),
            ["newProductBatch"] = Mean(row => row.Batch),
            ["newProductData"] = Mean(row => row.New),
        };
    }
}
