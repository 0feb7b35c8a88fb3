using FsCheck;
using FsCheck.Fluent;

namespace Engram.Data.Tests;

public class ImageShapingTests
{
    [Fact]
    public void A_padded_image_stands_in_the_middle_of_zeros()
    {
        ImageSet images = Random(3, 2, 3, 4, seed: 1), padded = images.Pad(6, 9);
        Assert.Equal((3, 2, 6, 9), (padded.Count, padded.Channels, padded.Height, padded.Width));
        for (int plane = 0; plane < 6; plane++)
        {
            for (int y = 0; y < 6; y++)
            {
                for (int x = 0; x < 9; x++)
                {
                    bool inside = y is >= 1 and < 4 && x is >= 2 and < 6;
                    int expected = inside ? images.AllPixels[(plane * 12) + ((y - 1) * 4) + x - 2] : 0;
                    Assert.Equal(expected, padded.AllPixels[(plane * 54) + (y * 9) + x]);
                }
            }
        }

        Assert.Throws<ArgumentException>(() => images.Pad(2, 9));
    }

    [Fact]
    public void Resampling_keeps_flat_images_flat() =>
        Prop.ForAll(Gen.Choose(1, 40).Four().Zip(Gen.Choose(0, 255)).ToArbitrary(), sample =>
        {
            ((int height, int width, int newHeight, int newWidth), int value) = sample;
            byte[] pixels = new byte[height * width];
            pixels.AsSpan().Fill((byte)value);
            ImageSet resized = new ImageSet("flat", pixels, new int[1], height, width, 1, 1).Resize(newHeight, newWidth);
            Assert.All(resized.AllPixels.ToArray(), pixel => Assert.Equal(value, pixel));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Shrinking_by_a_whole_factor_keeps_the_mean_up_to_rounding()
    {
        ImageSet images = Random(4, 3, 32, 32, seed: 2), small = images.Resize(16, 8);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(images.Pixels(i).ToArray().Average(p => p), small.Pixels(i).ToArray().Average(p => p), 3.0);
        }
    }

    [Fact]
    public void Doubling_interpolates_between_pixel_centres()
    {
        ImageSet images = new("x", new byte[] { 0, 100, 200 }, new int[1], 1, 3, 1, 1);
        Assert.Equal([0, 25, 75, 125, 175, 200], images.Resize(1, 6).AllPixels.ToArray());
    }

    // The values are Pillow's (Image.resize with BILINEAR), which rounds between columns and rows: one unit apart at most.
    [Theory]
    [InlineData(7, 3, "031f5b3a446d735680993f90521f3336412f36805a")]
    [InlineData(3, 7, "4b231337666c5ca469321a6f765334383f4e664710")]
    public void Resampling_agrees_with_an_independent_program(int height, int width, string expected)
    {
        byte[] pixels = new byte[25];
        for (int i = 0; i < 25; i++)
        {
            pixels[i] = (byte)(i * i * 7 % 251);
        }

        byte[] resized = new ImageSet("x", pixels, new int[1], 5, 5, 1, 1).Resize(height, width).AllPixels.ToArray();
        byte[] theirs = Convert.FromHexString(expected);
        Assert.Equal(theirs.Length, resized.Length);
        for (int i = 0; i < resized.Length; i++)
        {
            Assert.InRange(resized[i], theirs[i] - 1, theirs[i] + 1);
        }
    }

    [Theory]
    [InlineData(28, 32, 28)] // a border: every pixel of the image is still there
    [InlineData(16, 28, 28)] // resampled: the image fills the frame
    [InlineData(32, 28, 28)]
    public void Automatic_sizing_pads_a_little_and_resamples_otherwise(int side, int size, int filled)
    {
        byte[] pixels = new byte[side * side];
        pixels.AsSpan().Fill(255);
        ImageSet sized = new ImageSet("x", pixels, new int[1], side, side, 1, 1).ToSize(size, size);
        Assert.Equal(filled * filled, sized.AllPixels.ToArray().Count(p => p == 255));
    }

    [Fact]
    public void Gray_becomes_three_equal_planes_and_comes_back()
    {
        ImageSet gray = Random(5, 1, 4, 3, seed: 3), colour = gray.ToChannels(3);
        Assert.Equal((3, 36), (colour.Channels, colour.PixelCount));
        for (int i = 0; i < 5; i++)
        {
            for (int c = 0; c < 3; c++)
            {
                Assert.Equal(gray.Pixels(i).ToArray(), colour.Pixels(i).Slice(12 * c, 12).ToArray());
            }
        }

        Assert.Equal(gray.AllPixels.ToArray(), colour.ToChannels(1).AllPixels.ToArray());
        Assert.Same(gray, gray.ToChannels(1));
        Assert.Throws<ArgumentException>(() => gray.ToChannels(2));
    }

    [Fact]
    public void Colours_become_their_luma()
    {
        ImageSet colours = new("x", new byte[] { 255, 0, 0, 0, 255, 0, 0, 0, 255 }, new int[1], 1, 3, 3, 1);
        Assert.Equal([76, 150, 29], colours.ToChannels(1).AllPixels.ToArray());
    }

    [Fact]
    public void Fractions_are_stratified_deterministic_and_nested()
    {
        int[] labels = [.. Enumerable.Range(0, 1000).Select(i => i % 7 == 0 ? 0 : i % 3)];
        byte[] pixels = [.. Enumerable.Range(0, 1000).SelectMany(i => BitConverter.GetBytes(i))];
        ImageSet images = new("x", pixels, labels, 2, 2, 1, 4);
        int[] Ids(double fraction) => [.. Enumerable.Range(0, images.Fraction(fraction).Count).Select(i => BitConverter.ToInt32(images.Fraction(fraction).Pixels(i)))];
        int[] whole = images.ClassHistogram();
        int[] smaller = Ids(0.2), larger = Ids(0.35);
        Assert.Equal(smaller, Ids(0.2));
        Assert.Equal(smaller, smaller.Order());
        Assert.Empty(smaller.Except(larger));
        Assert.Equal(whole.Select(n => (int)Math.Round(0.2 * n)), images.Fraction(0.2).ClassHistogram());
        Assert.NotEqual(Enumerable.Range(0, smaller.Length), smaller);
        Assert.Equal([1, 1, 1, 0], images.Fraction(1e-9).ClassHistogram());
        Assert.Same(images, images.Fraction(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => images.Fraction(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => images.Fraction(double.NaN));
    }

    [Fact]
    public void Every_channel_is_rotated_alike()
    {
        ImageSet gray = Random(3, 1, 9, 9, seed: 4);
        ImageRotation rotation = new(37, 9, 9, Interpolation.Bilinear);
        Assert.Equal(gray.Transform(rotation).ToChannels(3).AllPixels.ToArray(), gray.ToChannels(3).Transform(rotation).AllPixels.ToArray());
    }

    private static ImageSet Random(int count, int channels, int height, int width, int seed)
    {
        byte[] pixels = new byte[count * channels * height * width];
        new Random(seed).NextBytes(pixels);
        return new ImageSet("random", pixels, new int[count], height, width, channels, 1);
    }
}
