namespace Engram.Data.Tests;

public sealed class SyntheticDigitsTests
{
    private static readonly SyntheticDigitsOptions Small = new() { Train = 1000, Test = 200, Seed = 5 };

    [Fact]
    public void An_image_depends_on_seed_split_and_index_only()
    {
        Dataset all = SyntheticDigits.Create(Small);
        byte[] pixels = new byte[28 * 28];
        foreach (int i in (int[])[999, 0, 500, 37, 500])
        {
            int label = SyntheticDigits.Draw(Small with { Train = 1 }, train: true, i, pixels);
            Assert.Equal(all.Train.Label(i), label);
            Assert.Equal(all.Train.Pixels(i).ToArray(), pixels);
        }

        Dataset fewer = SyntheticDigits.Create(Small with { Train = 300, Test = 7 });
        Assert.True(all.Train.Slice(0, 300).AllPixels.SequenceEqual(fewer.Train.AllPixels));
        Assert.True(all.Test.Slice(0, 7).AllPixels.SequenceEqual(fewer.Test.AllPixels));
    }

    [Fact]
    public void Other_seeds_and_splits_give_other_images()
    {
        byte[] a = new byte[784], b = new byte[784], c = new byte[784];
        SyntheticDigits.Draw(Small, train: true, 3, a);
        SyntheticDigits.Draw(Small with { Seed = 6 }, train: true, 3, b);
        SyntheticDigits.Draw(Small, train: false, 3, c);
        Assert.NotEqual(a, b);
        Assert.NotEqual(a, c);
    }

    [Fact]
    public void The_labels_of_the_default_dataset_are_pinned()
    {
        // experiments name this dataset by its seed: other labels here would be another dataset under the same name
        Dataset first = SyntheticDigits.Create(new SyntheticDigitsOptions { Train = 20, Test = 20 });
        Assert.Equal([4, 2, 1, 0, 3, 5, 7, 6, 8, 9, 0, 3, 5, 1, 4, 2, 7, 9, 6, 8], first.Train.Labels.ToArray());
        Assert.Equal([2, 8, 0, 5, 7, 6, 9, 4, 1, 3, 8, 4, 3, 6, 1, 2, 7, 5, 9, 0], first.Test.Labels.ToArray());
    }

    [Fact]
    public void Every_ten_consecutive_images_hold_each_digit_once()
    {
        Dataset all = SyntheticDigits.Create(Small);
        foreach (ImageSet split in (ImageSet[])[all.Train, all.Test])
        {
            for (int i = 0; i < split.Count; i += 10)
            {
                Assert.Equal(Enumerable.Range(0, 10), split.Labels.Slice(i, 10).ToArray().Order());
            }
        }

        Assert.NotEqual(all.Train.Labels[..10].ToArray(), all.Train.Labels[10..20].ToArray());
    }

    [Fact]
    public void Digits_lie_inside_the_image_and_have_a_plausible_amount_of_ink()
    {
        ImageSet clean = SyntheticDigits.Create(Small with { Noise = 0 }).Train;
        int touching = 0;
        for (int i = 0; i < clean.Count; i++)
        {
            ReadOnlySpan<byte> image = clean.Pixels(i);
            int ink = 0, border = 0;
            for (int p = 0; p < image.Length; p++)
            {
                int x = p % 28, y = p / 28;
                ink += image[p] > 100 ? 1 : 0;
                border += (x is 0 or 27 || y is 0 or 27) && image[p] > 100 ? 1 : 0;
            }

            Assert.InRange(ink, 12, 250);
            touching += border > 0 ? 1 : 0;
        }

        Assert.InRange(touching, 0, clean.Count / 10);
    }

    [Fact]
    public void Class_means_tell_most_digits_apart_but_not_all()
    {
        // a nearest-mean classifier: far above chance (the classes are real), far from perfect (the task is not trivial)
        Dataset all = SyntheticDigits.Create(Small with { Train = 4000, Test = 1000 });
        double[][] means = [.. Enumerable.Range(0, 10).Select(_ => new double[784])];
        for (int i = 0; i < all.Train.Count; i++)
        {
            for (int p = 0; p < 784; p++)
            {
                means[all.Train.Label(i)][p] += all.Train.Pixels(i)[p] / 400.0;
            }
        }

        int right = 0;
        for (int i = 0; i < all.Test.Count; i++)
        {
            byte[] image = all.Test.Pixels(i).ToArray();
            int nearest = Enumerable.Range(0, 10).MinBy(c => image.Select((b, p) => (b - means[c][p]) * (b - means[c][p])).Sum());
            right += nearest == all.Test.Label(i) ? 1 : 0;
        }

        Assert.InRange(right / 1000.0, 0.5, 0.9);
    }

    [Fact]
    public void Without_distortion_the_eight_of_two_ellipses_is_symmetric()
    {
        byte[] image = new byte[784];
        int checkedImages = 0;
        for (int i = 0; i < 400; i++)
        {
            SyntheticDigitsOptions plain = new() { Distortion = 0, Noise = 0 };
            int digit = SyntheticDigits.Draw(plain, train: true, i, image);
            if (digit != 8)
            {
                continue;
            }

            int difference = 0;
            for (int p = 0; p < 784; p++)
            {
                difference = Math.Max(difference, Math.Abs(image[p] - image[((p / 28) * 28) + 27 - (p % 28)]));
            }

            checkedImages += difference <= 8 ? 1 : 0;
        }

        // two ways to write 8; the one of two ellipses is symmetric, and half of about 40 images use it
        Assert.InRange(checkedImages, 8, 32);
    }

    [Fact]
    public void Impossible_options_are_all_named_at_once()
    {
        SyntheticDigitsOptions bad = new() { Train = 0, Test = -1, Distortion = float.NaN, Noise = 9 };
        Assert.Equal(4, bad.Validate().Count);
        string message = Assert.Throws<ArgumentException>(() => SyntheticDigits.Create(bad)).Message;
        Assert.All((string[])["train", "test", "distortion", "noise"], name => Assert.Contains(name, message));
    }
}
