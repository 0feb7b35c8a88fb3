using System.Text.Json.Nodes;

namespace Engram.Results;

/// <summary>
/// The result of one experiment: what was run, where, and what came out, over all methods and seeds. It is what
/// <c>engram run --json</c> prints and the only thing that reports are made from.
/// </summary>
public sealed record ResultDocument
{
    /// <summary>Path of the setting that a sweep over datasets changes.</summary>
    public const string DatasetSetting = "dataset.name";

    /// <summary>Name of the axis that an experiment with named axes gives its datasets.</summary>
    public const string DatasetAxis = "dataset";

    /// <summary>
    /// Version that this build writes and the only one it reads. New optional keys keep the number; anything that changes
    /// the meaning of an existing key raises it.
    /// </summary>
    public const int CurrentSchemaVersion = 1;

    /// <summary>Version of the format.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>Name of the experiment.</summary>
    public required string Name { get; init; }

    /// <summary>The experiment as it was run, with every default filled in.</summary>
    public required JsonObject Config { get; init; }

    /// <summary>Where and with what it was run.</summary>
    public required RunEnvironment Environment { get; init; }

    /// <summary>The methods, in the order in which they were asked for.</summary>
    public required IReadOnlyList<MethodResult> Methods { get; init; }

    /// <summary>A few real and generated images.</summary>
    // The generated reader passes null for a key that is absent.
    public IReadOnlyList<ResultImage> Images { get; init => field = value ?? []; } = [];

    /// <summary>Remarks for the reader.</summary>
    // The generated reader passes null for a key that is absent.
    public IReadOnlyList<string> Notes { get; init => field = value ?? []; } = [];

    /// <summary>Cells of the experiment without a result: the run was filtered or stopped, or a dataset is not there.</summary>
    // The generated reader passes null for a key that is absent.
    public IReadOnlyList<MissingResult> Missing { get; init => field = value ?? []; } = [];

    /// <summary>The dataset that settings name, by a sweep or an axis; <c>null</c> when they name none.</summary>
    /// <param name="settings">Settings of a method or a cell.</param>
    public static string? DatasetOf(JsonObject? settings) => (settings?[DatasetSetting] ?? settings?[DatasetAxis])?.ToString();
}
