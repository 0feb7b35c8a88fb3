namespace Engram.Data.Tests;

public sealed class DatasetCatalogTests
{
    [Fact]
    public void The_built_in_dataset_needs_no_folder()
    {
        Dataset dataset = DatasetCatalog.Load(SyntheticDigits.Name, synthetic: new SyntheticDigitsOptions { Train = 20, Test = 10 });
        Assert.Equal((20, 10), (dataset.Train.Count, dataset.Test.Count));
        Assert.Equal(SyntheticDigits.Name, DatasetCatalog.Names[0]);
    }

    [Fact]
    public void A_dataset_of_files_without_a_folder_says_how_to_give_one()
    {
        DatasetNotFoundException e = Assert.Throws<DatasetNotFoundException>(() => DatasetCatalog.Load("mnist"));
        Assert.Contains("ENGRAM_DATA", e.Message);
        Assert.Contains(SyntheticDigits.Name, e.Message);
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_known_ones() =>
        Assert.All(DatasetCatalog.Names, name => Assert.Contains(name, Assert.Throws<DatasetNotFoundException>(() => DatasetCatalog.Load("svhm", ".")).Message));

    [SkippableFact]
    public void Files_are_read_from_the_folder()
    {
        RealData.Require("usps");
        Assert.Equal(7291, DatasetCatalog.Load("usps", RealData.Folder).Train.Count);
    }
}
