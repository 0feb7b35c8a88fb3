using Engram.Kernels;
using FsCheck;
using FsCheck.Fluent;

namespace Engram.Data.Tests;

public class AugmentationTests
{
    private static readonly RandomStream s_stream = RandomStream.For(3, "augmentation", 17);

    [Fact]
    public void Without_strength_images_stay_as_they_are()
    {
        Prop.ForAll(Shapes(), shape =>
        {
            float[] image = Image(shape), changed = Changed(new AugmentationOptions(), shape, image, 5);
            Assert.Equal(image, changed);
        }).QuickCheckThrowOnFailure();
        Assert.True(new AugmentationOptions().IsIdentity);
    }

    [Fact]
    public void A_crop_of_the_padded_image_is_the_image_shifted_and_all_shifts_occur()
    {
        const int height = 5, width = 6, padding = 2;
        AugmentationOptions options = new() { CropPadding = padding };
        Augmentation augmentation = new(options, 2, height, width);
        float[] image = Image((2, height, width)), changed = new float[image.Length];
        HashSet<(int, int)> seen = [];
        for (int number = 0; number < 400; number++)
        {
            augmentation.Apply(image, changed, s_stream, number);
            (int, int)[] fitting = [.. from dy in Enumerable.Range(-padding, 5) from dx in Enumerable.Range(-padding, 5)
                where changed.SequenceEqual(Shifted(image, 2, height, width, dy, dx)) select (dy, dx)];
            seen.Add(Assert.Single(fitting));
        }

        Assert.Equal(25, seen.Count);
    }

    [Fact]
    public void A_crop_larger_than_the_image_is_black_or_a_part_of_it() =>
        Prop.ForAll(Shapes().Generator.Zip(Gen.Choose(1, 20)).ToArbitrary(), sample =>
        {
            ((int channels, int height, int width) shape, int padding) = sample;
            float[] image = Image(shape), changed = Changed(new AugmentationOptions { CropPadding = padding, Flip = true }, shape, image, padding);
            Assert.All(changed, x => Assert.True(x == 0 || image.Contains(x)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_flip_is_its_own_inverse_and_meets_every_second_image()
    {
        (int Channels, int Height, int Width) shape = (3, 4, 5);
        float[] image = Image(shape);
        int mirrored = 0;
        for (int number = 0; number < 1000; number++)
        {
            float[] once = Changed(new AugmentationOptions { Flip = true }, shape, image, number);
            Assert.Equal(image, Changed(new AugmentationOptions { Flip = true }, shape, once, number));
            if (!once.SequenceEqual(image))
            {
                mirrored++;
                for (int row = 0; row < 12; row++)
                {
                    Assert.Equal(image[(row * 5)..((row * 5) + 5)], once[(row * 5)..((row * 5) + 5)].Reverse());
                }
            }
        }

        Assert.InRange(mirrored, 430, 570);
    }

    [Fact]
    public void Shift_and_flip_together_are_the_flip_of_the_shift()
    {
        (int Channels, int Height, int Width) shape = (3, 6, 7);
        float[] image = Image(shape);
        for (int number = 0; number < 200; number++)
        {
            float[] shifted = Changed(new AugmentationOptions { CropPadding = 3 }, shape, image, number);
            float[] both = Changed(new AugmentationOptions { CropPadding = 3, Flip = true }, shape, image, number);
            Assert.Equal(Changed(new AugmentationOptions { Flip = true }, shape, shifted, number), both);
        }
    }

    [Fact]
    public void What_happens_to_an_image_depends_on_stream_and_number_alone()
    {
        (int Channels, int Height, int Width) shape = (3, 8, 8);
        Augmentation augmentation = new(Everything, 3, 8, 8);
        float[][] images = [.. Enumerable.Range(0, 32).Select(i => Image(shape, i))];
        float[][] inOrder = [.. images.Select((image, i) => Changed(Everything, shape, image, i))];
        float[][] parallel = new float[32][];
        Parallel.For(0, 32, i =>
        {
            parallel[31 - i] = new float[image().Length];
            augmentation.Apply(image(), parallel[31 - i], s_stream, 31 - i);
            float[] image() => images[31 - i];
        });
        Assert.Equal(inOrder, parallel);
        Assert.NotEqual(inOrder[0], Changed(Everything, shape, images[0], 1));
    }

    [Fact]
    public void Jitter_keeps_pixels_in_range_and_leaves_gray_pixels_gray()
    {
        (int Channels, int Height, int Width) shape = (3, 6, 6);
        float[] plane = Image((1, 6, 6)), gray = [.. plane, .. plane, .. plane];
        for (int number = 0; number < 300; number++)
        {
            Assert.All(Changed(Everything with { Brightness = 3, Contrast = 3, Saturation = 3 }, shape, Image(shape, number), number), x => Assert.InRange(x, 0f, 1f));
            float[] changed = Changed(Everything, shape, gray, number);
            for (int i = 0; i < 36; i++)
            {
                Assert.Equal(changed[i], changed[36 + i], 1e-5f);
                Assert.Equal(changed[i], changed[72 + i], 1e-5f);
            }
        }
    }

    [Fact]
    public void Brightness_scales_contrast_keeps_the_mean_and_saturation_the_luma()
    {
        (int Channels, int Height, int Width) shape = (3, 5, 5);
        float[] image = [.. Image(shape).Select(x => 0.4f + (0.2f * x))]; // far from 0 and 1: nothing is limited
        HashSet<float> factors = [];
        for (int number = 0; number < 50; number++)
        {
            float[] bright = Changed(new AugmentationOptions { Brightness = 0.3 }, shape, image, number);
            float factor = bright[0] / image[0];
            Assert.InRange(factor, 0.7f, 1.3f);
            factors.Add(factor);
            Assert.All(image.Zip(bright), pair => Assert.Equal(pair.First * factor, pair.Second, 1e-5f));
            float[] contrast = Changed(new AugmentationOptions { Contrast = 0.5 }, shape, image, number);
            Assert.Equal(Luma(image).Average(), Luma(contrast).Average(), 1e-5f);
            Assert.NotEqual(image, contrast);
            float[] saturated = Changed(new AugmentationOptions { Saturation = 0.5 }, shape, image, number);
            Assert.All(Luma(image).Zip(Luma(saturated)), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
            Assert.NotEqual(image, saturated);
        }

        Assert.True(factors.Count > 40);
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        Augmentation augmentation = new(Everything, 3, 32, 32);
        float[] image = Image((3, 32, 32)), changed = new float[image.Length];
        augmentation.Apply(image, changed, s_stream, 0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++)
        {
            augmentation.Apply(image, changed, s_stream, i);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Wrong_settings_and_images_are_refused()
    {
        Assert.Contains("cropPadding", Assert.Throws<ArgumentException>(() => new Augmentation(new AugmentationOptions { CropPadding = -1 }, 1, 4, 4)).Message);
        Assert.Contains("contrast", Assert.Throws<ArgumentException>(() => new Augmentation(new AugmentationOptions { Contrast = double.NaN }, 1, 4, 4)).Message);
        Assert.Throws<ArgumentException>(() => new Augmentation(Everything, 1, 4, 4).Apply(new float[15], new float[16], s_stream, 0));
    }

    private static AugmentationOptions Everything => new() { CropPadding = 2, Flip = true, Brightness = 0.4, Contrast = 0.4, Saturation = 0.4 };

    private static Arbitrary<(int Channels, int Height, int Width)> Shapes() =>
        Gen.Elements(1, 3).Zip(Gen.Choose(1, 9)).Zip(Gen.Choose(1, 9)).Select(s => (s.Item1.Item1, s.Item1.Item2, s.Item2)).ToArbitrary();

    private static float[] Image((int Channels, int Height, int Width) shape, int seed = 1)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, shape.Channels * shape.Height * shape.Width).Select(_ => 0.01f + (0.98f * random.NextSingle()))];
    }

    private static float[] Changed(AugmentationOptions options, (int Channels, int Height, int Width) shape, float[] image, int number)
    {
        float[] changed = new float[image.Length];
        changed.AsSpan().Fill(float.NaN);
        new Augmentation(options, shape.Channels, shape.Height, shape.Width).Apply(image, changed, s_stream, number);
        return changed;
    }

    private static float[] Shifted(float[] image, int channels, int height, int width, int dy, int dx)
    {
        float[] shifted = new float[image.Length];
        for (int c = 0; c < channels; c++)
        {
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    bool inside = y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width;
                    shifted[(((c * height) + y) * width) + x] = inside ? image[(((c * height) + y + dy) * width) + x + dx] : 0;
                }
            }
        }

        return shifted;
    }

    private static float[] Luma(float[] image)
    {
        int plane = image.Length / 3;
        return [.. Enumerable.Range(0, plane).Select(i => (0.299f * image[i]) + (0.587f * image[plane + i]) + (0.114f * image[(2 * plane) + i]))];
    }
}
