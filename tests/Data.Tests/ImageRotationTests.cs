using FsCheck;
using FsCheck.Fluent;

namespace Engram.Data.Tests;

public sealed class ImageRotationTests
{
    // an asymmetric 3x3 image
    private static readonly byte[] Image = [1, 2, 3, 4, 5, 6, 7, 8, 9];

    [Theory]
    [InlineData(Interpolation.Nearest)]
    [InlineData(Interpolation.Bilinear)]
    public void Quarter_turns_move_the_top_edge_to_the_left_and_on(Interpolation interpolation)
    {
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9], Rotate(0, interpolation));
        Assert.Equal([3, 6, 9, 2, 5, 8, 1, 4, 7], Rotate(90, interpolation));
        Assert.Equal([9, 8, 7, 6, 5, 4, 3, 2, 1], Rotate(180, interpolation));
        Assert.Equal([7, 4, 1, 8, 5, 2, 9, 6, 3], Rotate(270, interpolation));
        Assert.Equal(Rotate(270, interpolation), Rotate(-90, interpolation));
        Assert.Equal(Rotate(90, interpolation), Rotate(450, interpolation));
    }

    [Theory]
    [InlineData(Interpolation.Nearest)]
    [InlineData(Interpolation.Bilinear)]
    public void No_rotation_is_the_identity_bit_for_bit(Interpolation interpolation)
    {
        byte[] image = [.. Enumerable.Range(0, 28 * 28).Select(i => (byte)((i * 73) ^ (i >> 3)))];
        byte[] result = new byte[image.Length];
        ImageRotation rotation = new(0, 28, 28, interpolation);
        Assert.True(rotation.IsIdentity);
        rotation.Apply(image, result);
        Assert.Equal(image, result);
    }

    [Theory]
    [InlineData(Interpolation.Nearest)]
    [InlineData(Interpolation.Bilinear)]
    public void Four_quarter_turns_come_back(Interpolation interpolation)
    {
        byte[] image = [.. Enumerable.Range(0, 28 * 28).Select(i => (byte)(i * 31))];
        ImageRotation quarter = new(90, 28, 28, interpolation);
        byte[] from = image, to = new byte[image.Length];
        for (int i = 0; i < 4; i++)
        {
            to = new byte[image.Length];
            quarter.Apply(from, to);
            from = to;
        }

        Assert.Equal(image, to);
    }

    [Fact]
    public void Nearest_only_moves_pixels_and_fills_with_zero()
    {
        Prop.ForAll(Gen.Choose(-3600, 3600).ToArbitrary(), tenths =>
        {
            byte[] ones = new byte[28 * 28], result = new byte[28 * 28];
            Array.Fill(ones, (byte)200);
            new ImageRotation(tenths / 10.0, 28, 28).Apply(ones, result);
            Assert.All(result, b => Assert.True(b is 0 or 200));

            // the largest disc inside the image stays inside at every angle
            for (int p = 0; p < result.Length; p++)
            {
                double dx = (p % 28) - 13.5, dy = (p / 28) - 13.5;
                Assert.True(result[p] == 200 || (dx * dx) + (dy * dy) > 13 * 13);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_target_pixel_shows_the_pixel_that_the_documented_formula_names()
    {
        // an independent statement of the formula, about the pixel centre (13.5, 13.5)
        byte[] image = [.. Enumerable.Range(0, 28 * 28).Select(i => (byte)(1 + (i % 255)))];
        byte[] result = new byte[image.Length];
        foreach (double degrees in (double[])[20, 40, 60, 80, -17.3, 123.4, 301])
        {
            new ImageRotation(degrees, 28, 28).Apply(image, result);
            (double sin, double cos) = Math.SinCos(degrees * Math.PI / 180);
            for (int y = 0; y < 28; y++)
            {
                for (int x = 0; x < 28; x++)
                {
                    int column = (int)Math.Round(13.5 + (cos * (x - 13.5)) - (sin * (y - 13.5)), MidpointRounding.AwayFromZero);
                    int row = (int)Math.Round(13.5 + (sin * (x - 13.5)) + (cos * (y - 13.5)), MidpointRounding.AwayFromZero);
                    byte expected = column is >= 0 and < 28 && row is >= 0 and < 28 ? image[(row * 28) + column] : (byte)0;
                    Assert.Equal(expected, result[(y * 28) + x]);
                }
            }
        }
    }

    [Fact]
    public void A_dot_right_of_the_centre_moves_up_when_turned_counter_clockwise()
    {
        byte[] image = new byte[28 * 28], result = new byte[28 * 28];
        image[(13 * 28) + 23] = image[(14 * 28) + 23] = 255;
        new ImageRotation(45, 28, 28).Apply(image, result);
        int[] lit = [.. Enumerable.Range(0, result.Length).Where(p => result[p] != 0)];
        Assert.NotEmpty(lit);
        Assert.All(lit, p =>
        {
            Assert.InRange(p % 28, 19, 22);
            Assert.InRange(p / 28, 5, 8);
        });
    }

    [Fact]
    public void Bilinear_is_a_weighted_mean_within_one_level_of_the_exact_value()
    {
        // a ramp is linear, so interpolation must reproduce it inside the image
        byte[] ramp = [.. Enumerable.Range(0, 28 * 28).Select(i => (byte)((4 * (i % 28)) + (3 * (i / 28))))];
        byte[] result = new byte[ramp.Length];
        new ImageRotation(33, 28, 28, Interpolation.Bilinear).Apply(ramp, result);
        (double sin, double cos) = Math.SinCos(33 * Math.PI / 180);
        for (int y = 8; y < 20; y++)
        {
            for (int x = 8; x < 20; x++)
            {
                double column = 13.5 + (cos * (x - 13.5)) - (sin * (y - 13.5)), row = 13.5 + (sin * (x - 13.5)) + (cos * (y - 13.5));
                Assert.InRange(result[(y * 28) + x] - ((4 * column) + (3 * row)), -1, 1);
            }
        }
    }

    [Fact]
    public void Each_channel_of_a_set_is_rotated_alike()
    {
        byte[] colour = [.. Image, .. Image.Select(b => (byte)(b + 100)), .. Image.Select(b => (byte)(b + 200))];
        ImageSet set = new("rgb", colour, new[] { 1 }, 3, 3, 3, 2);
        ImageSet turned = set.Transform(new ImageRotation(90, 3, 3));
        byte[] expected = Rotate(90, Interpolation.Nearest);
        Assert.Equal([.. expected, .. expected.Select(b => (byte)(b + 100)), .. expected.Select(b => (byte)(b + 200))], turned.Pixels(0).ToArray());
        Assert.Equal("rgb, rotation 90°", turned.Name);
    }

    [Fact]
    public void A_set_is_transformed_image_by_image_and_an_identity_shares_pixels()
    {
        ImageSet digits = SyntheticDigits.Create(new SyntheticDigitsOptions { Train = 1100, Test = 1 }).Train;
        ImageRotation rotation = new(20, 28, 28);
        ImageSet turned = digits.Transform(rotation);
        byte[] one = new byte[784];
        foreach (int i in (int[])[0, 511, 512, 1099])
        {
            rotation.Apply(digits.Pixels(i), one);
            Assert.Equal(one, turned.Pixels(i).ToArray());
        }

        Assert.True(digits.Labels.SequenceEqual(turned.Labels));
        Assert.True(digits.Transform(new ImageRotation(360, 28, 28)).AllPixels.Overlaps(digits.AllPixels));
        Assert.Throws<ArgumentException>(() => digits.Transform(new ImageRotation(20, 16, 16)));
    }

    [Fact]
    public void A_permutation_moves_every_pixel_exactly_once()
    {
        PixelPermutation permutation = PixelPermutation.Random(784, seed: 3, task: 1);
        Assert.Equal(Enumerable.Range(0, 784), permutation.Order.ToArray().Order());
        Assert.Equal(permutation.Order.ToArray(), PixelPermutation.Random(784, 3, 1).Order.ToArray());
        Assert.NotEqual(permutation.Order.ToArray(), PixelPermutation.Random(784, 3, 2).Order.ToArray());
        Assert.NotEqual(permutation.Order.ToArray(), PixelPermutation.Random(784, 4, 1).Order.ToArray());
        byte[] result = new byte[3];
        new PixelPermutation([2, 0, 1]).Apply([10, 20, 30], result);
        Assert.Equal([30, 10, 20], result);
        Assert.Contains("second time", Assert.Throws<ArgumentException>(() => new PixelPermutation([0, 0, 1])).Message);
        Assert.Throws<ArgumentException>(() => new PixelPermutation([0, 3, 1]));
    }

    private static byte[] Rotate(double degrees, Interpolation interpolation)
    {
        byte[] result = new byte[9];
        new ImageRotation(degrees, 3, 3, interpolation).Apply(Image, result);
        return result;
    }
}
