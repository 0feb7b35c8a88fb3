namespace Engram.Cli.Tests;

/// <summary>A temporary folder with a tiny experiment: two tasks of a few hundred built-in digits, two arms.</summary>
internal sealed class RunFolder : IDisposable
{
    public RunFolder(string? json = null)
    {
        Folder = Directory.CreateTempSubdirectory("engram-test-").FullName;
        Experiment = Path.Combine(Folder, "tiny.json");
        File.WriteAllText(Experiment, json ?? Tiny);
    }

    public const string Tiny = """
        {
          "name": "tiny",
          "dataset": { "name": "synthetic-digits", "train": 400, "test": 100 },
          "scenario": { "kind": "rotation", "tasks": 2, "degreesPerTask": 40 },
          "model": { "kind": "mlp", "hidden": [16] },
          "optimizer": { "kind": "sgd", "learningRate": 0.1 },
          "methods": [
            { "name": "raw", "strategy": { "kind": "er", "replay": { "kind": "buffer", "storage": "task-end", "perTask": 5 } } },
            { "name": "gen", "strategy": { "kind": "agem", "replay": { "kind": "svd-generators", "rank": 2 } }, "baseline": "raw" }
          ],
          "seeds": "0..1"
        }
        """;

    public string Folder { get; }

    public string Experiment { get; }

    public string Out => Path.Combine(Folder, "out");

    public string[] Cells => Directory.Exists(Path.Combine(Out, "cells")) ? Directory.GetFiles(Path.Combine(Out, "cells"), "*.json") : [];

    public EngramProcess.Result Run(params string[] more) => EngramProcess.Run(["run", Experiment, "--out", Out, .. more]);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
