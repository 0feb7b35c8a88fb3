using Engram.ContinualLearning.Experiments;
using Engram.Data;

namespace Engram.ContinualLearning.Tests.Experiments;

public class DatasetOptionsTests
{
    private const string Cell = """
        {
          "name": "tiny",
          "dataset": { "name": "synthetic-digits", "train": 200, "test": 100 },
          "methods": [ { "name": "finetune", "strategy": { "kind": "finetune" } } ]
        }
        """;

    [Fact]
    public void Keys_that_are_not_set_do_not_appear_so_that_cells_keep_their_fingerprints()
    {
        string json = ExperimentFile.ToJson(ExperimentFile.Parse(Cell))["dataset"]!.ToJsonString();
        Assert.StartsWith("""{"name":"synthetic-digits","train":200,"test":100,"synthetic":{""", json);
    }

    [Theory]
    [InlineData("dataset.fraction", "0.5")]
    [InlineData("dataset.size", "32")]
    [InlineData("dataset.channels", "3")]
    [InlineData("dataset.sizing", "resize")]
    [InlineData("dataset.normalize", "computed")]
    [InlineData("training.augment.flip", "true")]
    [InlineData("training.augment.cropPadding", "4")]
    public void A_key_that_is_set_is_part_of_the_fingerprint(string key, string value)
    {
        string plain = ExperimentPlan.Cells(ExperimentFile.Parse(Cell))[0].Fingerprint;
        ExperimentOptions changed = ExperimentFile.Parse(Cell, changes: [(key, value)]);
        Assert.NotEqual(plain, ExperimentPlan.Cells(changed)[0].Fingerprint);
        Assert.Equal(ExperimentPlan.Cells(changed)[0].Fingerprint, ExperimentPlan.Cells(ExperimentFile.Parse(ExperimentFile.ToJson(changed).ToJsonString()))[0].Fingerprint);
    }

    [Theory]
    [InlineData("dataset.fraction", "0")]
    [InlineData("dataset.fraction", "1.5")]
    [InlineData("dataset.size", "0")]
    [InlineData("dataset.channels", "2")]
    [InlineData("dataset.sizing", "stretch")]
    [InlineData("dataset.normalize", "dataset")]
    [InlineData("dataset.normalize", "std")]
    [InlineData("dataset.path", "images")]
    [InlineData("training.augment.brightness", "-1")]
    public void A_wrong_value_is_named(string key, string value) =>
        Assert.Contains(key, Assert.Throws<ConfigurationException>(() => ExperimentFile.Parse(Cell, changes: [(key, value)])).Message);

    [Fact]
    public void Images_come_in_the_form_asked_for()
    {
        DatasetOptions plain = new() { Train = 200, Test = 100 };
        Dataset whole = plain.Load(null), shaped = (plain with { Size = 32, Channels = 3, Fraction = 0.25 }).Load(null);
        Assert.Equal((3, 32, 32), (shaped.Train.Channels, shaped.Train.Height, shaped.Train.Width));
        Assert.Equal((3, 32, 32, 100), (shaped.Test.Channels, shaped.Test.Height, shaped.Test.Width, shaped.Test.Count));
        Assert.Equal(50, shaped.Train.Count);
        Assert.Equal(whole.Test.Pad(32, 32).AllPixels.ToArray(), shaped.Test.ToChannels(1).AllPixels.ToArray());
        Assert.Equal(whole.Test.Resize(32, 32).AllPixels.ToArray(), (plain with { Size = 32, Sizing = Sizing.Resize }).Load(null).Test.AllPixels.ToArray());
    }

    [Fact]
    public void A_form_that_the_images_cannot_take_is_a_problem_of_the_configuration() =>
        Assert.Throws<ConfigurationException>(() => new DatasetOptions { Train = 20, Test = 10, Size = 14, Sizing = Sizing.Pad }.Load(null));

    [Fact]
    public void Computed_normalization_is_that_of_the_images_used_and_reaches_the_stream()
    {
        Dataset dataset = new DatasetOptions { Train = 100, Test = 20, Size = 32, Channels = 3, Normalize = NormalizationKind.Computed }.Load(null);
        Assert.Equal(Normalization.Of(dataset.Train), dataset.Normalization);
        Assert.Same(dataset.Normalization, new RotationScenario { Tasks = 2 }.CreateStream(dataset, 0).Normalization);
        Assert.Null(new DatasetOptions { Train = 20, Test = 20 }.Load(null).Normalization);
        Assert.Empty(new DatasetOptions { Name = "mnist", Channels = 3, Normalize = NormalizationKind.Dataset }.Problems());
        Assert.Contains("computed", Assert.Single(new DatasetOptions { Name = "cifar10", Channels = 1, Normalize = NormalizationKind.Dataset }.Problems()));
    }

    [Fact]
    public void Training_options_keep_their_form_without_augmentation() =>
        Assert.DoesNotContain("augment", ExperimentFile.ToJson(ExperimentFile.Parse(Cell))["training"]!.ToJsonString());

    [Fact]
    public void A_folder_of_images_is_named_by_its_path()
    {
        Assert.Contains("dataset.path", Assert.Single(new DatasetOptions { Name = "folder" }.Problems()));
        Assert.Empty(new DatasetOptions { Name = "folder", Path = "birds" }.Problems());
        Assert.Contains("birds", Assert.Throws<DatasetNotFoundException>(() => new DatasetOptions { Name = "folder", Path = "birds" }.Load("/nowhere")).Message);
    }
}
