namespace Engram.Data.Tests;

public class NormalizationTests
{
    [Fact]
    public void Normalized_pixels_have_mean_0_and_deviation_1_in_every_channel()
    {
        byte[] pixels = new byte[50 * 3 * 7 * 9];
        Random random = new(1);
        for (int i = 0; i < pixels.Length; i++)
        {
            int channel = i / 63 % 3;
            pixels[i] = (byte)random.Next(20 * channel, 100 + (70 * channel));
        }

        ImageSet images = new("x", pixels, new int[50], 7, 9, 3, 1);
        Normalization normalization = Normalization.Of(images);
        float[] rows = new float[pixels.Length];
        images.CopyTo([.. Enumerable.Range(0, 50)], rows);
        float[] original = [.. rows];
        normalization.Apply(rows, 3 * 63);
        for (int c = 0; c < 3; c++)
        {
            double[] channel = [.. Enumerable.Range(0, rows.Length).Where(i => i / 63 % 3 == c).Select(i => (double)rows[i])];
            Assert.Equal(0, channel.Average(), 1e-4);
            Assert.Equal(1, Math.Sqrt(channel.Average(x => x * x)), 1e-4);
        }

        for (int i = 0; i < rows.Length; i++)
        {
            int c = i / 63 % 3;
            Assert.Equal((original[i] - normalization.Mean[c]) / (double)normalization.StandardDeviation[c], rows[i], 1e-5);
        }
    }

    [Fact]
    public void A_channel_of_one_value_becomes_zero()
    {
        ImageSet images = new("x", new byte[] { 9, 9, 9, 9 }, new int[1], 2, 2, 1, 1);
        float[] row = new float[4];
        images.CopyTo([0], row);
        Normalization.Of(images).Apply(row, 4);
        Assert.All(row, x => Assert.Equal(0, x, 6));
    }

    [Fact]
    public void Wrong_values_and_rows_are_named()
    {
        Assert.Contains("3 channels", Assert.Single(new Normalization().Problems(3)));
        Assert.Contains("above 0", Assert.Single(new Normalization { StandardDeviation = [0] }.Problems(1)));
        Assert.Contains("finite", Assert.Single(new Normalization { Mean = [float.NaN] }.Problems(1)));
        Assert.Empty(new Normalization().Problems(1));
        Assert.Throws<ArgumentException>(() => Normalization.Published("cifar10")!.Apply(new float[8], 8));
        Assert.Throws<ArgumentException>(() => Normalization.Of(new ImageSet("x", default, default, 2, 2, 1, 1)));
    }

    [Fact]
    public void Gray_values_serve_copied_planes_and_colour_values_nothing_else()
    {
        Assert.Equal([0.1307f, 0.1307f, 0.1307f], Normalization.Published("mnist")!.ForChannels(3)!.Mean);
        Assert.Null(Normalization.Published("cifar10")!.ForChannels(1));
        Assert.All(DatasetCatalog.Names, name => Assert.Empty(
            Normalization.Published(name) is { } published ? published.Problems(published.Mean.Count) : []));
    }

    [SkippableTheory]
    [InlineData("mnist", 1e-3)]
    [InlineData("fashion-mnist", 1e-3)]
    [InlineData("cifar10", 1e-3)]
    [InlineData("cifar100", 4e-3)] // two fifths of the training images
    public void Published_values_are_those_of_the_training_images(string name, double tolerance)
    {
        ImageSet train = RealData.Require(name).Load(name, firstTest: 1).Train;
        Normalization computed = Normalization.Of(train), published = Normalization.Published(name)!;
        for (int c = 0; c < train.Channels; c++)
        {
            Assert.Equal(published.Mean[c], computed.Mean[c], tolerance);
            Assert.Equal(published.StandardDeviation[c], computed.StandardDeviation[c], tolerance);
        }
    }

    [Fact]
    public void Equality_is_by_value()
    {
        Assert.Equal(Normalization.Published("svhn"), Normalization.Published("svhn"));
        Assert.Equal(Normalization.Published("svhn")!.GetHashCode(), Normalization.Published("svhn")!.GetHashCode());
        Assert.NotEqual(Normalization.Published("svhn"), Normalization.Published("cifar10"));
    }
}
