namespace Engram.Data.Tests;

public sealed class ImageFolderTests : IDisposable
{
    private readonly IdxBytes _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Classes_are_folders_and_images_come_in_turn()
    {
        foreach ((string file, byte value) in ((string, byte)[])[("train/cat/b", 2), ("train/cat/a", 1), ("train/ant/x", 11), ("train/ant/y", 12), ("train/ant/z", 13), ("test/ant/q", 21), ("test/cat/q", 22)])
        {
            _files.Write(file + ".png", Gray(4, 4, value));
        }

        _files.Write("train/ant/notes.txt", [1, 2, 3]);
        Dataset dataset = DatasetCatalog.Load("folder:" + _files.Folder);
        Assert.Equal([11, 1, 12, 2, 13], Firsts(dataset.Train));
        Assert.Equal([0, 1, 0, 1, 0], dataset.Train.Labels.ToArray());
        Assert.Equal([21, 22], Firsts(dataset.Test));
        Assert.Equal((1, 4, 4, 2), (dataset.Train.Channels, dataset.Train.Height, dataset.Train.Width, dataset.Train.ClassCount));
        Assert.Equal([11, 1, 12], Firsts(ImageFolder.Load(_files.Folder, firstTrain: 3).Train));
    }

    [Fact]
    public void Without_splits_every_fifth_image_of_a_class_is_for_testing()
    {
        for (int i = 0; i < 12; i++)
        {
            _files.Write($"one/{i:00}.png", Gray(2, 3, (byte)i));
            _files.Write($"two/{i:00}.PNG", Gray(2, 3, (byte)(100 + i)));
        }

        Dataset dataset = ImageFolder.Load(_files.Folder);
        Assert.Equal([4, 104, 9, 109], Firsts(dataset.Test));
        Assert.Equal([0, 100, 1, 101, 2, 102, 3, 103, 5, 105, 6, 106, 7, 107, 8, 108, 10, 110, 11, 111], Firsts(dataset.Train));
        Assert.Equal((3, 2), (dataset.Train.Height, dataset.Train.Width));
    }

    [Fact]
    public void Images_of_different_form_are_brought_to_one()
    {
        byte[] colour = [.. Enumerable.Repeat((byte)200, 16), .. Enumerable.Repeat((byte)100, 16), .. Enumerable.Repeat((byte)50, 16)];
        for (int i = 0; i < 5; i++)
        {
            _files.Write($"a/{i}.png", i == 2 ? PngBytes.Of(4, 4, colour) : Gray(6 + i, 5, (byte)(10 * i)));
        }

        Assert.Contains("dataset.size", Assert.Throws<DataFormatException>(() => ImageFolder.Load(_files.Folder)).Remedy);
        Dataset dataset = ImageFolder.Load(_files.Folder, size: 8, sizing: Sizing.Resize);
        Assert.Equal((3, 8, 8, 4), (dataset.Train.Channels, dataset.Train.Height, dataset.Train.Width, dataset.Train.Count));
        Assert.Equal([200, 100, 50], new[] { 0, 64, 128 }.Select(i => (int)dataset.Train.Pixels(2)[i]));
        Assert.Equal([30, 30, 30], new[] { 0, 64, 128 }.Select(i => (int)dataset.Train.Pixels(3)[i]));
        Assert.Equal(1, ImageFolder.Load(_files.Folder, size: 8, channels: 1).Train.Channels);
        Assert.Throws<DataFormatException>(() => ImageFolder.Load(_files.Folder, size: 8, sizing: Sizing.Pad));
    }

    [Fact]
    public void A_damaged_image_is_named()
    {
        for (int i = 0; i < 10; i++)
        {
            _files.Write($"a/{i}.png", i == 7 ? Gray(4, 4, 7)[..60] : Gray(4, 4, 7));
        }

        Assert.EndsWith("7.png", Assert.Throws<DataFormatException>(() => ImageFolder.Load(_files.Folder)).File);
    }

    [Fact]
    public void A_folder_without_images_says_what_it_should_hold()
    {
        Assert.Contains("does not exist", Assert.Throws<DatasetNotFoundException>(() => DatasetCatalog.Load("folder:/nowhere/at/all")).Message);
        Assert.Contains("per class", Assert.Throws<DatasetNotFoundException>(() => ImageFolder.Load(_files.Folder)).Message);
        _files.Write("a/1.png", Gray(4, 4, 7));
        Assert.Contains("1 and 0", Assert.Throws<DatasetNotFoundException>(() => ImageFolder.Load(_files.Folder)).Message);
        _files.Write("train/a/1.png", Gray(4, 4, 7));
        _files.Write("test/b/1.png", Gray(4, 4, 7));
        Assert.Contains("same classes", Assert.Throws<DatasetNotFoundException>(() => ImageFolder.Load(_files.Folder)).Message);
    }

    private static int[] Firsts(ImageSet images) => [.. Enumerable.Range(0, images.Count).Select(i => (int)images.Pixels(i)[0])];

    private static byte[] Gray(int width, int height, byte value)
    {
        byte[] plane = new byte[width * height];
        plane.AsSpan().Fill(value);
        return PngBytes.Of(width, height, plane);
    }
}
