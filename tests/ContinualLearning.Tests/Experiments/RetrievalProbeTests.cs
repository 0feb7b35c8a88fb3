using Engram.ContinualLearning.Experiments;
using Engram.Results;

namespace Engram.ContinualLearning.Tests.Experiments;

public sealed class RetrievalProbeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("engram-probe-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ResultDocument Run(string name, bool measured)
    {
        string text = $$"""
            {
              "name": "{{name}}",
              "dataset": { "name": "synthetic-digits", "train": 600, "test": 100 },
              "scenario": { "kind": "class-split", "classesPerTask": 5, "labelMapping": "keep" },
              "model": { "kind": "mlp", "hidden": [16], "cosineHead": {} },
              "optimizer": { "kind": "sgd", "learningRate": 0.1 },
              "training": { "batchSize": 10, "augment": { "brightness": 0.3 } },
              "evaluation": { "drift": true{{(measured ? ", \"retrieval\": { \"every\": 5 }" : "")}} },
              "images": { "perClass": 0, "tasks": 0 },
              "methods": [
                { "name": "random", "strategy": { "kind": "pcr", "secondView": true, "replay": { "kind": "buffer", "capacity": 60 } } },
                { "name": "balanced", "strategy": { "kind": "balanced-retrieval", "candidates": 30, "loss": "proxy-contrastive", "replay": { "kind": "buffer", "capacity": 60 } } },
                { "name": "contrast", "strategy": { "kind": "balanced-retrieval", "candidates": 30, "loss": "supervised-contrastive", "secondView": true, "replay": { "kind": "buffer", "capacity": 60 } } },
                { "name": "er", "strategy": { "kind": "er", "replay": { "kind": "buffer", "capacity": 60 } } },
                { "name": "gem", "strategy": { "kind": "gem", "replay": { "kind": "buffer", "storage": "task-ring", "perTask": 20 } } }
              ],
              "seeds": "0..1"
            }
            """;
        return new ExperimentRunner(ExperimentFile.Parse(text), new RunSettings { OutFolder = Path.Combine(_folder, name), Threads = 1 }).Run();
    }

    [Fact]
    public void A_measured_run_learns_the_same_and_tells_distances_and_angles()
    {
        ResultDocument measured = Run("measured", true), plain = Run("plain", false);
        for (int m = 0; m < 5; m++)
            Assert.Equal(plain.Methods[m].AccuracyMatrices, measured.Methods[m].AccuracyMatrices);
        foreach (MethodResult method in measured.Methods.Take(4))
        {
            IReadOnlyDictionary<string, Statistic> extras = method.Extras!;
            foreach (string name in (string[])["retrievedInnerDistance", "randomInnerDistance", "retrievedProxyDistance", "randomProxyDistance"])
                Assert.All(extras[name].Values, value => Assert.InRange(value, 0.01, 2));
            Assert.All(extras["gradientCosine"].Values, value => Assert.InRange(value, -1, 1));
            Assert.All(extras["gradientAngle"].Values, value => Assert.InRange(value, 1, 179));
            Assert.All(extras["gradientConflict"].Values, value => Assert.InRange(value, 0, 1));
            Assert.NotNull(method.ProxyPlane);
        }

        Assert.False(measured.Methods[4].Extras?.ContainsKey("gradientCosine") ?? false);
        Assert.False(plain.Methods[0].Extras!.ContainsKey("gradientCosine"));
        Assert.NotNull(measured.Methods[1].Retrievals);
        Assert.Null(measured.Methods[3].Retrievals);
    }
}
