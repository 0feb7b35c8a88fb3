using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Engram.Results;

/// <summary>
/// One finished cell of a run: one method, one seed, one combination of swept settings. A cell is stored in its own file
/// as soon as it is done, so that a run stopped at any time loses at most the cells in flight.
/// </summary>
public sealed record CellResult
{
    /// <summary>Version of the format; see <see cref="ResultDocument.CurrentSchemaVersion"/>.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>Name of the method.</summary>
    public required string Method { get; init; }

    /// <summary>The seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Values of the swept settings, for example <c>{"optimizer.learningRate": 0.1}</c>; <c>null</c> without a sweep.</summary>
    public JsonObject? Settings { get; init; }

    /// <summary>
    /// Identifies the experiment that the cell belongs to (a digest of its configuration); a cell with another fingerprint
    /// must not be taken over when a run continues.
    /// </summary>
    public string? Fingerprint { get; init; }

    /// <summary>
    /// Accuracies: row 0 untrained, row i after task i; column j is task j. Entries that were not measured (all
    /// but the last row of a joint training) are NaN. [tasks + 1, tasks]
    /// </summary>
    public required double[][] AccuracyMatrix { get; init; }

    /// <summary>Metrics of the cell.</summary>
    public required CellMetrics Metrics { get; init; }

    /// <summary>Memory kept at the end of the stream.</summary>
    public required MemoryUse Memory { get; init; }

    /// <summary>Scalars of the summarized images over scalars kept; NaN where nothing is compressed.</summary>
    public required double CompressionFactor { get; init; }

    /// <summary>Wall time of the cell in seconds: training, memory and evaluation.</summary>
    public required double Seconds { get; init; }

    /// <summary>Median wall time of one training step in microseconds.</summary>
    public required double StepMicroseconds { get; init; }

    /// <summary>
    /// Most bytes that the cell's learner held at once: parameters, gradient, optimizer state, step memory, replay memory. Not the process, which
    /// several cells share, and not the images of the tasks. <c>null</c> in files of builds that did not measure it.
    /// </summary>
    public long? PeakBytes { get; init; }

    /// <summary>Further measured numbers by name, for example <c>fitSeconds</c> or <c>triggerRate</c>.</summary>
    public IReadOnlyDictionary<string, double>? Extras { get; init; }

    /// <summary>Inner products of the updates with old and new gradients, one row per task from the second on; <c>null</c> where they were not measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ConstraintGapRow>? ConstraintGap { get; init; }

    /// <summary>
    /// AUROC of test images of seen classes against those of unseen ones after every task but the last; <c>null</c> where it was not measured. [tasks − 1]
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? OpenSet { get; init; }

    /// <summary>Who was replayed, by class and by age; <c>null</c> for methods that retrieve nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RetrievalCounts? Retrieval { get; init; }

    /// <summary>Trajectories of class proxies; <c>null</c> where they were not followed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProxyPlane? ProxyPlane { get; init; }

    /// <summary>A few images of the memory.</summary>
    // The generated reader passes null for a key that is absent.
    public IReadOnlyList<ResultImage> Images { get; init => field = value ?? []; } = [];

    /// <summary>Remarks for the reader (fewer samples found than asked for, a kernel that fell back).</summary>
    // The generated reader passes null for a key that is absent.
    public IReadOnlyList<string> Notes { get; init => field = value ?? []; } = [];

    /// <summary>Name of the cell's configuration: the method, and the swept settings in the order of their keys.</summary>
    [JsonIgnore]
    public string Label => LabelOf(Method, Settings);

    /// <summary>Names a method with its swept settings, in the order of the keys: <c>er-gen (rank=5, training.epochs=3)</c>.</summary>
    /// <param name="method">Name of the method.</param>
    /// <param name="settings">Swept settings, or <c>null</c>.</param>
    public static string LabelOf(string method, JsonObject? settings)
    {
        if (settings is null || settings.Count == 0)
        {
            return method;
        }

        var parts = settings.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={ValueText(pair.Value)}");
        return $"{method} ({string.Join(", ", parts)})";
    }

    /// <summary>A setting as a reader writes it: text without quotes, everything else as JSON.</summary>
    /// <param name="value">The value; <c>null</c> is JSON's null.</param>
    public static string ValueText(JsonNode? value) =>
        value is null ? "null"
        : value is JsonValue scalar && scalar.TryGetValue<string>(out var text) ? text
        : value.ToJsonString();

    /// <summary>
    /// The file name of a cell: readable, safe on every file system, and different for different cells (a digest of the
    /// label is part of it).
    /// </summary>
    /// <param name="method">Name of the method.</param>
    /// <param name="settings">Swept settings, or <c>null</c>.</param>
    /// <param name="seed">The seed.</param>
    public static string FileNameOf(string method, JsonObject? settings, int seed)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(LabelOf(method, settings))).AsSpan(0, 5));
        var readable = new string([.. method.Take(40).Select(c => char.IsAsciiLetterOrDigit(c) || c == '-' ? c : '_')]);
        return string.Create(CultureInfo.InvariantCulture, $"{readable}.{digest}.seed{seed}.json");
    }
}
