namespace Engram.Data.Tests;

public sealed class DatasetFolderTests
{
    [SkippableTheory]
    [InlineData("mnist", 28, 60_000, 10_000)]
    [InlineData("fashion-mnist", 28, 60_000, 10_000)]
    [InlineData("notmnist", 28, 10_000, 4_526)]
    [InlineData("usps", 16, 7_291, 2_007)]
    public void Real_datasets_load_whole(string name, int side, int train, int test)
    {
        Dataset dataset = RealData.Require(name).Load(name);
        Assert.Equal((train, test), (dataset.Train.Count, dataset.Test.Count));
        Assert.Equal((side, side, 1, 10), (dataset.Train.Height, dataset.Train.Width, dataset.Train.Channels, dataset.Train.ClassCount));
        Assert.Equal(train, dataset.Train.ClassHistogram().Sum());
        Assert.All(dataset.Test.ClassHistogram(), count => Assert.InRange(count, test / 20, test / 4));
    }

    [SkippableFact]
    public void Mnist_has_the_known_class_counts()
    {
        Dataset mnist = RealData.Require("mnist").Load("mnist");
        Assert.Equal([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949], mnist.Train.ClassHistogram());
        Assert.Equal([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009], mnist.Test.ClassHistogram());
        Assert.Equal([5, 0, 4, 1, 9, 2, 1, 3, 1, 4], mnist.Train.Labels[..10].ToArray());

        // the published mean and deviation of the training pixels, 0.1307 and 0.3081
        double sum = 0, squares = 0;
        foreach (byte b in mnist.Train.AllPixels)
        {
            sum += b;
            squares += b * b;
        }

        double n = mnist.Train.AllPixels.Length, mean = sum / n / 255;
        Assert.Equal(0.1307, mean, 4);
        Assert.Equal(0.3081, Math.Sqrt((squares / n / 255 / 255) - (mean * mean)), 4);
    }

    [SkippableFact]
    public void Fashion_mnist_is_balanced()
    {
        Dataset fashion = RealData.Require("fashion-mnist").Load("fashion-mnist");
        Assert.All(fashion.Train.ClassHistogram(), count => Assert.Equal(6000, count));
        Assert.All(fashion.Test.ClassHistogram(), count => Assert.Equal(1000, count));
    }

    [SkippableFact]
    public void The_first_images_are_the_same_as_in_the_whole()
    {
        DatasetFolder folder = RealData.Require("mnist");
        Dataset some = folder.Load("mnist", firstTrain: 123, firstTest: 45);
        Dataset all = folder.Load("mnist");
        Assert.Equal((123, 45), (some.Train.Count, some.Test.Count));
        Assert.True(some.Train.AllPixels.SequenceEqual(all.Train.Slice(0, 123).AllPixels));
        Assert.True(some.Test.Labels.SequenceEqual(all.Test.Labels[..45]));
    }

    [Fact]
    public void A_missing_dataset_says_what_was_looked_for_where_and_what_to_do()
    {
        using IdxBytes files = new();
        files.Write("mnist/train-images-idx3-ubyte.gz", IdxBytes.Gzip(IdxBytes.Images(1, 2, 2, _ => 0)));
        DatasetFolder folder = new(files.Folder);
        Assert.False(folder.Contains("mnist"));
        DatasetNotFoundException e = Assert.Throws<DatasetNotFoundException>(() => folder.Load("mnist"));
        Assert.Contains("train-labels-idx1-ubyte[.gz]", e.Message);
        Assert.DoesNotContain("train-images-idx3-ubyte[.gz]", e.Message);
        Assert.Contains(files.Folder, e.Message);
        Assert.Contains("--data", e.Message);
    }

    [Fact]
    public void An_absent_folder_and_an_unknown_name_are_told_apart()
    {
        DatasetFolder folder = new("/nowhere/at/all");
        Assert.Contains("does not exist", Assert.Throws<DatasetNotFoundException>(() => folder.Load("usps")).Message);
        DatasetNotFoundException e = Assert.Throws<DatasetNotFoundException>(() => folder.Load("imagenet"));
        Assert.Contains("fashion-mnist", e.Message);
    }

    [Fact]
    public void Plain_and_packed_files_may_be_mixed()
    {
        using IdxBytes files = new();
        files.Write("usps/train-images-idx3-ubyte", IdxBytes.Images(2, 2, 2, i => (byte)i));
        files.Write("usps/train-labels-idx1-ubyte.gz", IdxBytes.Gzip(IdxBytes.Labels(1, 2)));
        files.Write("usps/t10k-images-idx3-ubyte.gz", IdxBytes.Gzip(IdxBytes.Images(1, 2, 2, i => (byte)i)));
        files.Write("usps/t10k-labels-idx1-ubyte", IdxBytes.Labels(3));
        Dataset usps = new DatasetFolder(files.Folder).Load("usps");
        Assert.Equal([1, 2], usps.Train.Labels.ToArray());
        Assert.Equal([3], usps.Test.Labels.ToArray());
    }

    [Fact]
    public void Splits_with_images_of_different_size_do_not_pass()
    {
        using IdxBytes files = new();
        files.Write("usps/train-images-idx3-ubyte", IdxBytes.Images(1, 2, 2, i => (byte)i));
        files.Write("usps/train-labels-idx1-ubyte", IdxBytes.Labels(1));
        files.Write("usps/t10k-images-idx3-ubyte", IdxBytes.Images(1, 3, 3, i => (byte)i));
        files.Write("usps/t10k-labels-idx1-ubyte", IdxBytes.Labels(3));
        Assert.Throws<DataFormatException>(() => new DatasetFolder(files.Folder).Load("usps"));
    }
}
