using System.Text.Json.Nodes;

namespace Engram.ContinualLearning.Experiments;

/// <summary>One cell of an experiment: one method with one seed at one combination of settings.</summary>
public sealed record ExperimentCell
{
    /// <summary>The experiment of this cell alone: one method, one seed, the swept settings written into their places.</summary>
    public required ExperimentOptions Options { get; init; }

    /// <summary>The swept settings, or <c>null</c> without a sweep.</summary>
    public JsonObject? Settings { get; init; }

    /// <summary>Digest of everything that the cell's numbers depend on.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The method.</summary>
    public MethodOptions Method => Options.Methods[0];

    /// <summary>The seed.</summary>
    public int Seed => Options.Seeds.Values[0];

    /// <summary>The name of the cell in messages.</summary>
    public string Label => $"{Results.CellResult.LabelOf(Method.Name, Settings)}, seed {Seed}";

    /// <summary>File name of the cell's result, safe on every file system and different for different cells.</summary>
    public string FileName
    {
        get
        {
            string readable = new([.. Method.Name.Take(40).Select(c => char.IsAsciiLetterOrDigit(c) || c == '-' ? c : '_')]);
            return $"{readable}.{Fingerprint[..16]}.seed{Seed}.json";
        }
    }
}
