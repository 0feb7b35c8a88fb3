using Engram.ContinualLearning.Experiments;
using Engram.Data;

namespace Engram.ContinualLearning.Tests.Experiments;

public class DomainTests
{
    private const string Two = """
        {
          "name": "domains",
          "dataset": { "name": "domains", "domains": ["synthetic-digits", "synthetic-digits"], "size": 32, "channels": 3, "train": 60, "test": 30 },
          "scenario": { "kind": "domains", "trainPerTask": 40, "testPerTask": 20 },
          "methods": [ { "name": "finetune", "strategy": { "kind": "finetune" } } ]
        }
        """;

    [Fact]
    public void Every_part_is_a_task_with_all_classes_in_one_form()
    {
        ExperimentOptions experiment = ExperimentFile.Parse(Two);
        Dataset dataset = experiment.Dataset.Load(null);
        Assert.Equal((2, 120, 60), (dataset.Parts.Count, dataset.Train.Count, dataset.Test.Count));
        TaskStream stream = experiment.Scenario.CreateStream(dataset, 1);
        Assert.Equal((2, 10, 3 * 32 * 32), (stream.KnownLength, stream.Outputs, stream.Inputs));
        StreamTask[] tasks = [.. stream];
        Assert.All(tasks, task => Assert.Equal((40, 20, 10), (task.Train.Count, task.Test.Count, task.Classes.Count)));
        // every task draws its own images, the same ones for one seed
        Assert.NotEqual(tasks[0].Train.Labels.ToArray(), tasks[1].Train.Labels.ToArray());
        Assert.Equal(tasks[0].Train.AllPixels.ToArray(), experiment.Scenario.CreateStream(dataset, 1).Task(0).Train.AllPixels.ToArray());
    }

    [Fact]
    public void The_order_follows_the_dataset_or_the_seed()
    {
        ImageSet Images(string name) => new(name, new byte[] { 1, 2 }, new[] { 0, 1 }, 1, 1, 1, 2);
        Dataset[] parts = [.. "abcdef".Select(c => new Dataset($"{c}", Images($"{c}"), Images($"{c}")))];
        var dataset = new Dataset("domains", Images("all"), Images("all")) { Parts = parts };
        Assert.Equal(["a", "b", "c", "d", "e", "f"], new DomainScenario().CreateStream(dataset, 3).Select(task => task.Name));
        string[] Shuffled(ulong seed) => [.. new DomainScenario { ShuffledOrder = true }.CreateStream(dataset, seed).Select(task => task.Name)];
        Assert.Equal(Shuffled(3), Shuffled(3));
        Assert.Contains(Enumerable.Range(0, 5), seed => !Shuffled((ulong)seed).SequenceEqual(["a", "b", "c", "d", "e", "f"]));
        Assert.All(Enumerable.Range(0, 5), seed => Assert.Equal(6, Shuffled((ulong)seed).Distinct().Count()));
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        string Problem(params (string, string)[] changes) => Assert.Throws<ConfigurationException>(() => ExperimentFile.Parse(Two, changes: changes)).Message;
        Assert.Contains("did you mean \"mnist\"", Problem(("dataset.domains", "[\"mnits\"]")));
        Assert.Contains("dataset.size", Problem(("dataset.size", "null")));
        Assert.Contains("dataset.domains", Problem(("dataset.name", "mnist")));
        Assert.Contains("dataset.domains", Problem(("dataset.domains", "null")));
        Dataset single = new DatasetOptions { Train = 20, Test = 20 }.Load(null);
        Assert.Contains("dataset.domains", string.Join(" ", new DomainScenario().Validate(single)));
        Dataset two = ExperimentFile.Parse(Two).Dataset.Load(null);
        Assert.Contains("trainPerTask", string.Join(" ", new DomainScenario { TrainPerTask = 61 }.Validate(two)));
    }

    [Fact]
    public void Coloured_digits_are_the_gray_ones_between_two_colours_that_differ()
    {
        var options = new SyntheticDigitsOptions { Train = 30, Test = 30, Noise = 0 };
        Dataset gray = SyntheticDigits.Create(options), colour = SyntheticDigits.Create(options with { Coloured = true });
        Assert.Equal(gray.Train.Labels.ToArray(), colour.Train.Labels.ToArray());
        Assert.Equal(3, colour.Train.Channels);
        var papers = new HashSet<int>();
        for (int i = 0; i < 30; i++)
        {
            ReadOnlySpan<byte> value = gray.Train.Pixels(i), pixels = colour.Train.Pixels(i);
            int paper = value.IndexOf((byte)0), ink = value.IndexOf(value.ToArray().Max());
            double contrast = 0;
            for (int c = 0; c < 3; c++)
            {
                ReadOnlySpan<byte> plane = pixels.Slice(c * 784, 784);
                contrast += (plane[ink] - plane[paper]) * 255.0 / value[ink];
                for (int p = 0; p < 784; p++)
                {
                    // on the straight line from paper to ink, rounded
                    double expected = plane[paper] + ((plane[ink] - plane[paper]) * (double)value[p] / value[ink]);
                    Assert.Equal(expected, plane[p], 2.0);
                }
            }

            Assert.True(Math.Abs(contrast) >= (3 * 64) - 12, $"{contrast}");
            papers.Add((pixels[paper] << 16) | (pixels[784 + paper] << 8) | pixels[1568 + paper]);
        }

        Assert.True(papers.Count > 25);
        Assert.Equal(colour.Train.Slice(0, 10).AllPixels.ToArray(), SyntheticDigits.Create(options with { Coloured = true, Train = 10 }).Train.AllPixels.ToArray());
    }
}
